"""Other programs on the same files: what they read of real invoices beside what we do."""

import json
import subprocess
import venv
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ledgers import public_data, read_files
from matching import Tally
from reading_quality import HEADER, _by_name, _count, _stated
from sections import BENCHMARKS, PERFORMANCE, Row, Section, skipped
from stopwatch import timed

OTHERS = ("invoice2data==1.0.1", "drafthorse==2025.2.0")
"""As they stand in the package index; no dependencies of ours, installed for this part alone."""
WORKER = Path(__file__).with_name("other_readers.py")
TITLE = "Other programs on the same invoices"


def alternatives() -> list[Section]:
    """Fields of real invoices as invoice2data and drafthorse read them, and as we do."""
    folder = public_data()
    if folder is None:
        return skipped(BENCHMARKS, TITLE)
    pdfs = {path.name: path.read_bytes() for path in sorted(folder.rglob("*.pdf"))}
    xmls = {path.name: path.read_bytes() for path in sorted(folder.rglob("*.xml"))}
    with TemporaryDirectory() as place:
        home = Path(place)
        try:
            python = _installed(home / "venv")
        except (OSError, subprocess.CalledProcessError) as error:
            reason = f"skipped: {' and '.join(OTHERS)} could not be installed ({_why(error)})"
            return [Section(BENCHMARKS, TITLE, reason, (), ())]
        theirs = {
            "invoice2data": _theirs(python, "invoice2data", pdfs, home / "pdf"),
            "drafthorse": _theirs(python, "drafthorse", xmls, home / "xml"),
        }
    ours = {"page": timed(lambda: read_files(pdfs)), "xml": timed(lambda: read_files(xmls))}
    stated = _stated()
    tallies: dict[str, Tally] = {}
    for name, (files, reading) in (("invoice2data", (pdfs, "page")), ("drafthorse", (xmls, "xml"))):
        truth = {one: facts for one, facts in stated.items() if one in files}
        own = _by_name(ours[reading][0], reading)
        for one, facts in truth.items():
            found = {field: (value, 1.0) for field, value in theirs[name][one]["fields"].items()}
            kinds = ["", ", CII alone"] if facts["syntax"] == "CII" and reading == "xml" else [""]
            for kind in kinds:
                _count(tallies.setdefault(f"{name}{kind}", Tally()), found, facts)
                _count(tallies.setdefault(f"ours, {reading}{kind}", Tally()), own.get(one, {}),
                       facts)  # fmt: skip
    return [_quality(tallies, theirs, pdfs, xmls), _speed(theirs, ours, pdfs, xmls)]


def _quality(
    tallies: Mapping[str, Tally], theirs: Mapping[str, Mapping[str, Any]],
    pdfs: Mapping[str, bytes], xmls: Mapping[str, bytes],
) -> Section:  # fmt: skip
    rows: list[Row] = [
        (field, *(_share(one, field) for one in tallies.values())) for field in HEADER
    ]
    rows.append(("all header fields", *(one.all.right / one.all.of for one in tallies.values())))
    read = {name: sum(bool(one["fields"]) for one in own.values()) for name, own in theirs.items()}
    sentence = (
        f"Of {len(pdfs)} PDFs, their XML hidden from our pages, invoice2data reads "
        f"{read['invoice2data']} with the templates that it ships: it needs one for each vendor. "
        f"Of {len(xmls)} XML files drafthorse reads {read['drafthorse']}: it knows CII alone, and "
        "the others are UBL, FatturaPA or hold no amount where one must be. The share of all "
        f"stated fields read right. Installed for this part: {', '.join(OTHERS)}."
    )
    return Section(BENCHMARKS, TITLE, sentence, ("field", *tallies), rows)


def _share(tally: Tally, field: str) -> float | None:
    count = tally.fields.get(field)
    return count.right / count.of if count else None


def _speed(
    theirs: Mapping[str, Mapping[str, Any]], ours: Mapping[str, Any],
    pdfs: Mapping[str, bytes], xmls: Mapping[str, bytes],
) -> Section:  # fmt: skip
    rows: list[Row] = []
    for name, reading, files in (("invoice2data", "page", pdfs), ("drafthorse", "xml", xmls)):
        spent = sum(one["cpu"] for one in theirs[name].values())
        rows.append((name, len(files), 1000 * spent / len(files)))
        rows.append((f"ours, {reading}", len(files), 1000 * ours[reading][1].cpu / len(files)))
    sentence = (
        "The same files, one process, without its start. Ours looks into every file, reads all "
        "fields with their evidence, line items included, and for PDFs page and XML both."
    )
    return Section(PERFORMANCE, TITLE, sentence, ("by", "files", "CPU ms a file"), rows)


def _installed(place: Path) -> Path:
    """An environment with the other programs; raises CalledProcessError where that fails."""
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, *OTHERS], check=True, capture_output=True, timeout=600)
    return python


def _theirs(python: Path, name: str, files: Mapping[str, bytes], folder: Path) -> Mapping[str, Any]:
    folder.mkdir()
    for one, data in files.items():
        (folder / one).write_bytes(data)
    command = [str(python), str(WORKER), name, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, timeout=600)
    read: Mapping[str, Any] = json.loads(done.stdout)
    return read


def _why(error: OSError | subprocess.CalledProcessError) -> str:
    said = error.stderr.decode("utf-8", "replace") if hasattr(error, "stderr") else str(error)
    return said.strip().split("\n")[-1][:160]

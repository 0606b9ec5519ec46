import subprocess
from collections.abc import Callable
from pathlib import Path


def test_an_inbox_of_bad_files_alone_is_accounted_for_and_not_touched(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    (inbox / "deep").mkdir(parents=True)
    (inbox / "a.pdf").write_bytes(b"%PDF-1.7 cut off")
    (inbox / "deep" / "vendors.csv").write_text("vendor_id,name\n,without a key\n")
    before = looks(inbox)
    home = ["--home", str(tmp_path / "home")]
    done = command("run", "--inbox", str(inbox), *home)
    assert done.returncode == 0, done.stderr
    assert looks(inbox) == before
    rejections = "select name, sentence is not null from rejections order by name"
    rows = command("query", rejections, *home).stdout
    assert rows.splitlines()[1:] == ["a.pdf,True", "deep/vendors.csv,True"]


def looks(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Everything below a folder: content (of files), moment of change and rights."""
    return {
        str(path.relative_to(folder)): (
            path.read_bytes() if path.is_file() else b"",
            path.stat().st_mtime_ns,
            path.stat().st_mode,
        )
        for path in [folder, *folder.rglob("*")]
    }

import csv
import io
import json
import shutil

import pytest

from ledgergraph.corpora.annotations import Annotation, from_lines


def text_of(path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))


def submitted(tasks, *people):
    return [
        {**task, "annotations": [
            {"completed_by": {"email": person}, "result": task["predictions"][0]["result"]}
            for person in people
        ]}
        for task in tasks
    ]  # fmt: skip


@pytest.fixture(scope="module")
def exported(home, command, tmp_path_factory):
    """Tasks of the tiny company's papers with their pictures and the configuration."""
    folder = tmp_path_factory.mktemp("tasks")
    done = command(
        "annotate", "export", "--home", str(home), "--out", str(folder / "tasks.json"),
        "--pictures", str(folder / "pictures"), "--config", str(folder / "config.xml"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_what_was_read_of_a_home_becomes_tasks_with_pictures(exported):
    folder, said = exported
    tasks = text_of(folder / "tasks.json")
    assert tasks
    assert f"{len(tasks)} tasks" in said
    for task in tasks:
        name = task["data"]["image"].partition("?d=")[2]
        assert (folder / name).stat().st_size > 1000  # Label Studio serves no folder itself
        assert name.startswith("pictures/")
        labels = {
            one["value"]["rectanglelabels"][0]
            for one in task["predictions"][0]["result"] if one["type"] == "rectanglelabels"
        }  # fmt: skip
        assert {"word", "number", "totals.gross", "seller.name", "description"} <= labels
        assert 0.3 < task["predictions"][0]["score"] <= 1
    assert "<RectangleLabels" in (folder / "config.xml").read_text(encoding="utf-8")


def test_an_export_comes_back_as_annotations_of_each_person(exported, called, tmp_path):
    folder, _ = exported
    tasks = submitted(text_of(folder / "tasks.json"), "ann@example.com", "bob@example.com")
    (tmp_path / "export.json").write_text(json.dumps([*tasks, {"data": {}}]), encoding="utf-8")
    done = called(
        "annotate", "import", str(tmp_path / "export.json"), "--out", str(tmp_path / "a.jsonl")
    )
    assert done.returncode == 0
    assert "of 2 people" in done.stdout
    assert "1 tasks not used" in done.stdout
    assert f"Task {len(tasks) + 1} is none" in done.stderr
    with (tmp_path / "a.jsonl").open(encoding="utf-8") as lines:
        found = list(from_lines(lines, "a.jsonl"))
    assert all(isinstance(one, Annotation) and one.words and one.fields for one in found)
    told = called("annotate", "agreement", str(tmp_path / "export.json"))
    assert "ann@example.com and bob@example.com: kappa 1.000" in told.stdout
    assert "below" not in told.stdout


def test_the_sample_is_a_part_of_the_home_and_can_be_exported(home, called, tmp_path):
    done = called("annotate", "sample", "--home", str(home), "--n", "2", "--seed", "1")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == 2
    out = tmp_path / "tasks.json"
    again = called("annotate", "export", "--home", str(home), "--n", "2", "--seed", "1",
                   "--out", str(out), "--no-words")  # fmt: skip
    assert again.returncode == 0
    assert {one["data"]["annotation_id"] for one in text_of(out)} == {
        row["annotation_id"] for row in rows
    }


def test_annotations_in_a_file_are_exported_as_those_of_a_home_are(exported, called, tmp_path):
    folder, _ = exported
    tasks = submitted(text_of(folder / "tasks.json"), "ann")
    (tmp_path / "export.json").write_text(json.dumps(tasks), encoding="utf-8")
    lines, out = str(tmp_path / "a.jsonl"), str(tmp_path / "tasks.json")
    called("annotate", "import", str(tmp_path / "export.json"), "--out", lines)
    done = called("annotate", "export", "--annotations", lines, "--out", out,
                  "--image", "http://scans/{name}/{page}")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(text_of(tmp_path / "tasks.json")) == len(tasks)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("agreement", "no.json"), "no.json"),
        (("agreement", "list.txt"), "Export the project as JSON"),
        (("agreement", "object.json"), "no list of tasks"),
        (("agreement", "empty.json"), "two people"),
        (("sample", "--home", "nowhere"), "ledgergraph run"),
        (("sample", "--n", "0", "--annotations", "none.jsonl"), "--n"),
        (("export", "--annotations", "bad.jsonl", "--out", "x"), "line 1"),
        (("export", "--annotations", "a", "--pictures", "b", "--out", "x"), "--pictures"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(arguments, sentence, called, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in {"list.txt": "a, b", "object.json": "{}", "empty.json": "[]",
                       "none.jsonl": "", "bad.jsonl": "{}\n"}.items():  # fmt: skip
        (tmp_path / name).write_text(text)
    done = called("annotate", *arguments)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    shutil.rmtree(tmp_path / "nowhere", ignore_errors=True)

import subprocess
from collections.abc import Callable
from pathlib import Path


def test_an_inbox_of_bad_files_alone_is_accounted_for(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.pdf").write_bytes(b"%PDF-1.7 cut off")
    home = ["--home", str(tmp_path / "home")]
    done = command("run", "--inbox", str(tmp_path / "inbox"), *home)
    assert done.returncode == 0, done.stderr
    rows = command("query", "select name, sentence is not null from rejections", *home).stdout
    assert rows.splitlines()[1:] == ["a.pdf,True"]

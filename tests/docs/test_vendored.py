"""What others made lies here as it was published, and VENDORED.md says what it is."""

import hashlib
import re
from pathlib import Path

STATIC = Path(__file__).parents[2] / "static"
LIST = STATIC / "vendor" / "VENDORED.md"
ROW = re.compile(r"^\| `(?P<file>[^`]+)` \|(?: [^|]+ \|){4} `(?P<sha256>[0-9a-f]{64})` \|$", re.M)


def listed() -> dict[str, str]:
    return {row["file"]: row["sha256"] for row in ROW.finditer(LIST.read_text())}


def present() -> dict[str, str]:
    files = [path for name in ("vendor", "fonts") for path in (STATIC / name).rglob("*")]
    return {
        path.relative_to(STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file() and path != LIST
    }


def test_every_vendored_file_is_listed_and_every_listed_file_is_there() -> None:
    assert listed().keys() == present().keys()


def test_vendored_files_are_unedited() -> None:
    assert listed() == present()


def test_every_vendored_folder_holds_a_licence() -> None:
    folders = [path for path in (STATIC / "vendor").iterdir() if path.is_dir()]
    assert folders
    assert [folder.name for folder in folders if not list(folder.glob("LICENSE*"))] == []

"""What others made lies here as it was published, and VENDORED.md says what it is."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What browsers get, and what only the tests in a browser use.
PLACES = pytest.mark.parametrize("place", [ROOT / "static", ROOT / "tests" / "browser"])
ROW = re.compile(r"^\| `(?P<file>[^`]+)` \|(?: [^|]+ \|){4} `(?P<sha256>[0-9a-f]{64})` \|$", re.M)


def listed(place: Path) -> dict[str, str]:
    return {row["file"]: row["sha256"] for row in ROW.finditer(the_list(place).read_text())}


def the_list(place: Path) -> Path:
    return place / "vendor" / "VENDORED.md"


def present(place: Path) -> dict[str, str]:
    files = [path for name in ("vendor", "fonts") for path in (place / name).rglob("*")]
    return {
        path.relative_to(place).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file() and path != the_list(place)
    }


@PLACES
def test_every_vendored_file_is_listed_and_every_listed_file_is_there(place: Path) -> None:
    assert listed(place).keys() == present(place).keys()


@PLACES
def test_vendored_files_are_unedited(place: Path) -> None:
    assert listed(place) == present(place)


@PLACES
def test_every_vendored_folder_holds_a_licence(place: Path) -> None:
    folders = [path for path in (place / "vendor").iterdir() if path.is_dir()]
    assert folders
    assert [folder.name for folder in folders if not list(folder.glob("LICENSE*"))] == []

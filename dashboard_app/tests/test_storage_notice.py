"""What the page Now says of files: nothing, that some were set aside, that one is refused."""

from pathlib import Path

import pytest
from django.test import Client

from dashboard_app.pictures import overview_picture
from storage_app import availability
from storage_app.quarantine import set_aside
from tests.records import make_session

pytestmark = pytest.mark.usefixtures("records")


def now_page() -> str:
    response = Client(headers={"host": "127.0.0.1:8000"}).get("/")
    assert response.status_code == 200
    return str(response.content.decode())


def put_aside(data_dir: Path, reason: str) -> None:
    folder = data_dir / "projects"
    folder.mkdir(exist_ok=True)
    (folder / "broken.json").write_text("{")
    set_aside(folder / "broken.json", reason)


def test_nothing_is_said_while_all_is_well() -> None:
    assert 'id="quarantine"' not in now_page()
    assert 'id="storage-problem"' not in now_page()
    assert 'id="missing"' not in now_page()


def test_files_that_were_set_aside_are_counted_and_the_newest_is_explained(data_dir: Path) -> None:
    make_session()
    put_aside(data_dir, "first reason")
    put_aside(data_dir, "<b>second</b>")
    page = now_page()
    assert "2 files were set aside." in page
    assert "&lt;b&gt;second&lt;/b&gt;" in page
    assert str(data_dir / "quarantine") in page
    pieces = {piece.id: piece.html for piece in overview_picture({}).pieces}
    assert "2 files were set aside." in pieces["storage"]


def test_a_refused_write_is_said_with_its_path() -> None:
    availability.failed("/x/projects/prj_1.json", "No space left on device")
    page = now_page()
    assert "Changes are refused" in page
    assert "/x/projects/prj_1.json cannot be written: No space left on device" in page


def test_that_too_many_files_are_gone_is_said_with_what_to_do() -> None:
    availability.note_missing("30 of 31 files are gone from /x. Put them back, or …")
    page = now_page()
    assert "So many files are gone that no record is removed with them." in page
    assert "30 of 31 files are gone from /x." in page
    availability.note_missing(None)
    assert 'id="missing"' not in now_page()

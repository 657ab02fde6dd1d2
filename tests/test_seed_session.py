"""The seed's session, as its file: it comes in and goes out as it was."""

import json
import shutil
from pathlib import Path

import pytest

from storage_app.kinds import kind_named
from storage_app.models import StoredDocument
from storage_app.starting import take_in_files
from storage_app.writer import write_dirty
from tests.records import wipe_index

SEED = Path(__file__).parent / "data" / "seed-session.json"

pytestmark = pytest.mark.usefixtures("records")


@pytest.fixture
def session_file(data_dir: Path) -> Path:
    path = data_dir / "sessions" / "ses_abc123.json"
    path.parent.mkdir()
    shutil.copy(SEED, path)
    return path


def test_it_is_taken_in_though_its_project_and_tasks_do_not_exist(session_file: Path) -> None:
    found = take_in_files()
    assert (found.taken_in, found.set_aside) == (["sessions/ses_abc123.json"], [])


def test_written_again_it_is_the_same_value_key_order_included(session_file: Path) -> None:
    take_in_files()
    session_file.unlink()
    StoredDocument.objects.update(dirty=True)
    write_dirty()
    assert in_order(session_file) == in_order(SEED)


def in_order(path: Path) -> object:
    """Objects as lists of pairs, since equal dicts may differ in order."""
    return json.loads(path.read_text(), object_pairs_hook=list)


def test_an_index_deleted_and_made_again_gives_the_same_bytes(session_file: Path) -> None:
    take_in_files()
    StoredDocument.objects.update(dirty=True)
    write_dirty()
    written = session_file.read_bytes()
    wipe_index()
    take_in_files()
    StoredDocument.objects.update(dirty=True)
    write_dirty()
    assert session_file.read_bytes() == written
    assert kind_named("session").ids() == ["ses_abc123"]

"""The tree of the seed's own server: taken in where it is, served, and kept in its own words."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from conftest import Api
from sessions_app.models import Session
from storage_app.models import StoredDocument
from storage_app.starting import take_in_files
from storage_app.writer import write_dirty
from tests.records import check_rebuilt_index

TREE = Path(__file__).parents[1] / "data" / "seed-tree"
PROJECT = "proj_1770533548982_3bbizuthk"
FIRST = "task_1770533560921_a1b2c3d4e"
SECOND = "task_1770533571337_f5g6h7i8j"
RUNNING = "sess_1770533589146_k9l0m1n2o"
WAITING = "sess_1770533612480_p3q4r5s6t"


@pytest.fixture
def seed(data_dir: Path, records: None) -> Path:
    shutil.copytree(TREE, data_dir, dirs_exist_ok=True)
    found = take_in_files()
    assert (len(found.taken_in), found.set_aside, found.removed) == (6, [], [])
    return data_dir


def read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text()))


def places(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*.json")}


def rewrite_all() -> None:
    StoredDocument.objects.update(dirty=True)
    write_dirty()


def test_nothing_is_rewritten_by_being_taken_in(seed: Path) -> None:
    for name in places(TREE):
        assert (seed / name).read_bytes() == (TREE / name).read_bytes()


def test_every_document_is_rewritten_where_it_was_and_keeps_all_it_said(seed: Path) -> None:
    rewrite_all()
    assert places(seed) == places(TREE)
    for name in places(TREE):
        before, after = read(TREE / name), read(seed / name)
        lost = [key for key, value in before.items() if value and after[key] != value]
        assert lost in ([], ["items"]), name


def test_it_is_served(seed: Path, api: Api) -> None:
    assert [one["id"] for one in api.get("/projects").body] == [PROJECT]
    tasks = api.get(f"/tasks?projectId={PROJECT}").body
    assert {task["id"] for task in tasks} == {FIRST, SECOND}
    running, waiting = (api.get(f"/sessions/{one}").body for one in (RUNNING, WAITING))
    assert (running["status"], running["strategy"], running["needsInput"]) == (
        "working",
        "simple",
        None,
    )
    assert (waiting["status"], waiting["needsInput"]["active"]) == ("working", True)
    assert waiting["parentSessionId"] == RUNNING
    queue = api.get(f"/sessions/{WAITING}/queue").body["queue"]
    assert (queue["id"], queue["currentIndex"]) == (f"que_{WAITING}", 0)


def test_its_own_words_stay_until_that_field_changes(seed: Path, api: Api) -> None:
    path = seed / "sessions" / f"{RUNNING}.json"
    assert api.patch(f"/sessions/{RUNNING}", {"name": "Renamed"}).status == 200
    write_dirty()
    kept = read(path)
    assert (kept["name"], kept["status"], kept["strategy"]) == ("Renamed", "running", "tree")
    assert kept["terminalTheme"] == "solarized"
    assert api.patch(f"/sessions/{RUNNING}", {"status": "idle"}).status == 200
    write_dirty()
    assert (read(path)["status"], read(path)["strategy"]) == ("idle", "tree")


def test_a_task_changed_here_keeps_its_place_and_its_unknown_keys(seed: Path, api: Api) -> None:
    assert api.patch(f"/tasks/{FIRST}", {"title": "Changed"}).status == 200
    write_dirty()
    document = read(seed / "tasks" / PROJECT / f"{FIRST}.json")
    assert document["title"] == "Changed"
    assert document["timeline"] == read(TREE / "tasks" / PROJECT / f"{FIRST}.json")["timeline"]
    assert not (seed / "tasks" / f"{FIRST}.json").exists()


def test_its_queue_goes_on_where_it_was(seed: Path, api: Api) -> None:
    done = api.post(f"/sessions/{WAITING}/queue/complete", {})
    assert done.status == 200, done.body
    write_dirty()
    document = read(seed / "queues" / f"{WAITING}.json")
    assert [item["status"] for item in document["items"]] == ["completed", "queued"]
    assert not (seed / "queues" / f"que_{WAITING}.json").exists()


def test_its_templates_are_left_alone(seed: Path) -> None:
    rewrite_all()
    name = "templates/worker.json"
    assert (seed / name).read_bytes() == (TREE / name).read_bytes()


def test_an_index_made_again_from_it_is_the_same(seed: Path) -> None:
    check_rebuilt_index()
    assert Session.objects.count() == 2

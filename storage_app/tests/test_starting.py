"""Starting from files: what was edited, added, moved, broken or removed while nothing ran."""

import json
from pathlib import Path
from typing import Any

import pytest

from projects_app.models import Project
from projects_app.services import update_project
from queues_app.models import Queue
from sessions_app.documents import wire_document
from sessions_app.models import Session
from sessions_app.rules import Status
from storage_app.intake import TooManyMissing
from storage_app.models import StoredDocument
from storage_app.starting import take_in_files
from storage_app.writer import write_dirty
from tasks_app.models import Task
from tests.records import (
    check_rebuilt_index,
    documents,
    make_project,
    make_queue,
    make_session,
    make_tasks,
    wipe_index,
)

pytestmark = pytest.mark.usefixtures("records")


def put(path: Path, document: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


def rewrite_all() -> None:
    StoredDocument.objects.update(dirty=True)
    write_dirty()


def files(data_dir: Path) -> dict[str, bytes]:
    return {str(path.relative_to(data_dir)): path.read_bytes() for path in data_dir.rglob("*.json")}


def test_without_its_index_every_record_is_back_byte_for_byte(data_dir: Path) -> None:
    make_queue("One", "Two")
    make_session(make_tasks("Three"))
    write_dirty()
    before, known = files(data_dir), documents()
    wipe_index()
    found = take_in_files()
    assert sorted(found.taken_in) == sorted(before)
    assert documents() == known
    rewrite_all()
    assert files(data_dir) == before


def test_a_second_start_takes_nothing_in() -> None:
    make_queue("One")
    take_in_files()
    found = take_in_files()
    assert (found.taken_in, found.removed, found.set_aside) == ([], [], [])
    assert found.unchanged == 4


def test_an_edit_and_a_new_file_are_taken_in(data_dir: Path) -> None:
    project = make_project("Before")
    write_dirty()
    path = data_dir / "projects" / f"{project.pk}.json"
    put(path, {**json.loads(path.read_text()), "name": "After"})
    put(data_dir / "projects" / "proj_new.json", {"id": "proj_new", "name": "New"})
    found = take_in_files()
    assert sorted(found.taken_in) == sorted(
        [f"projects/{project.pk}.json", "projects/proj_new.json"]
    )
    assert set(Project.objects.values_list("name", flat=True)) == {"After", "New"}


def test_a_file_that_was_only_touched_is_not_taken_in(data_dir: Path) -> None:
    project = make_project()
    write_dirty()
    path = data_dir / "projects" / f"{project.pk}.json"
    path.write_bytes(path.read_bytes())
    assert take_in_files().unchanged == 1


def test_a_removed_file_removes_its_record(data_dir: Path) -> None:
    session, _ = make_queue("One")
    write_dirty()
    (data_dir / "queues" / f"que_{session.pk}.json").unlink()
    (data_dir / "sessions" / f"{session.pk}.json").unlink()
    assert len(take_in_files().removed) == 2
    assert Session.objects.count() == Queue.objects.count() == 0


def test_a_moved_file_keeps_its_record(data_dir: Path) -> None:
    (task,) = make_tasks("One")
    write_dirty()
    folder = data_dir / "tasks" / task.project_id
    folder.mkdir()
    (data_dir / "tasks" / f"{task.pk}.json").rename(folder / f"{task.pk}.json")
    assert take_in_files().removed == []
    assert Task.objects.filter(pk=task.pk).exists()
    rewrite_all()
    assert [path.parent for path in (data_dir / "tasks").rglob("*.json")] == [folder]


def test_when_too_many_files_are_gone_it_stops_and_keeps_everything(data_dir: Path) -> None:
    make_tasks(*(f"Task {number}" for number in range(30)))
    write_dirty()
    doomed = sorted((data_dir / "tasks").iterdir())[:21]
    kept = {path: path.read_bytes() for path in doomed}
    for path in doomed:
        path.unlink()
    with pytest.raises(TooManyMissing, match="storage rebuild"):
        take_in_files()
    assert Task.objects.count() == 30
    for path, content in kept.items():
        path.write_bytes(content)


def test_twenty_missing_files_are_a_persons_doing(data_dir: Path) -> None:
    make_tasks(*(f"Task {number}" for number in range(25)))
    write_dirty()
    for path in sorted((data_dir / "tasks").iterdir())[:20]:
        path.unlink()
    assert len(take_in_files().removed) == 20
    assert Task.objects.count() == 5


SESSION = {"id": "ses_1", "projectId": "prj_1"}
TASK = {"id": "tsk_1", "projectId": "prj_1", "title": "One"}
QUEUE = {"id": "que_ses_1", "sessionId": "ses_1"}
BROKEN: dict[str, tuple[str, bytes]] = {
    "empty": ("sessions", b""),
    "truncated": ("sessions", b'{"id": "ses_1", "proj'),
    "binary": ("sessions", bytes(range(256))),
    "zeros": ("projects", b"\0" * 4096),
    "a list": ("tasks", b"[1, 2]"),
    "a number": ("queues", b"5"),
    "two values": ("projects", b'{"id": "a"} {"id": "b"}'),
    "too deep": ("projects", b'{"id":' + b"[" * 100_000),
    "deeper than can be written": (
        "projects",
        b'{"id": "prj_1", "name": "Deep", "x": ' + b"[" * 300 + b"]" * 300 + b"}",
    ),
}
WRONG: list[tuple[str, dict[str, Any]]] = [
    ("projects", {"name": "No id"}),
    ("projects", {"id": "../../etc/passwd", "name": "Climbs"}),
    ("projects", {"id": "prj_1", "name": ["a list"]}),
    ("projects", {"id": "prj_1", "name": "Late", "createdAt": 10**30}),
    ("projects", {"id": "prj_1", "name": "Late", "createdAt": 2**63}),
    ("projects", {"id": "prj_1", "name": "True", "createdAt": True}),
    ("tasks", {**TASK, "projectId": "a/b"}),
    ("tasks", {**TASK, "dependencies": "tsk_2"}),
    ("tasks", {**TASK, "dependencies": [{"id": "tsk_2"}]}),
    ("tasks", {**TASK, "sessionIds": {"ses_1": 1}}),
    ("tasks", {**TASK, "sessionIds": [["ses_1"]]}),
    ("tasks", {**TASK, "taskSessionStatuses": {"ses_1": ["queued"]}}),
    ("sessions", {**SESSION, "projectId": None}),
    ("sessions", {**SESSION, "status": "sleeping"}),
    ("sessions", {**SESSION, "status": {"is": "idle"}}),
    ("sessions", {**SESSION, "taskIds": "tsk_1"}),
    ("sessions", {**SESSION, "taskIds": ["../x"]}),
    ("sessions", {**SESSION, "timeline": {"0": {}}}),
    ("sessions", {**SESSION, "timeline": ["started"]}),
    ("sessions", {**SESSION, "transitions": [5]}),
    ("sessions", {**SESSION, "env": "A=1"}),
    ("sessions", {**SESSION, "needsInput": {"active": True, "since": "noon"}}),
    ("sessions", {**SESSION, "needsInput": {"active": True, "eventId": {"a": 1}}}),
    ("queues", {**QUEUE, "sessionId": "../ses_1"}),
    ("queues", {**QUEUE, "items": {"0": {}}}),
    ("queues", {**QUEUE, "items": [{"status": "queued"}]}),
    ("queues", {**QUEUE, "items": [{"taskId": "tsk_1", "status": "odd"}]}),
]


def check_set_aside(data_dir: Path, path: Path, content: bytes) -> None:
    """The broken file is in quarantine with a reason, and the good one was taken in."""
    put(data_dir / "projects" / "zz_good.json", {"id": "zz_good", "name": "Good"})
    found = take_in_files()
    assert found.set_aside == [str(path.relative_to(data_dir))]
    assert found.taken_in == ["projects/zz_good.json"]
    assert not path.exists()
    aside = {file.suffix: file for file in (data_dir / "quarantine").iterdir()}
    assert set(aside) == {".unreadable", ".reason"}
    assert aside[".unreadable"].read_bytes() == content
    assert str(path) in aside[".reason"].read_text()


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_no_json_object_is_set_aside_and_the_rest_loads(
    data_dir: Path, name: str
) -> None:
    folder, content = BROKEN[name]
    path = data_dir / folder / "broken.json"
    path.parent.mkdir()
    path.write_bytes(content)
    check_set_aside(data_dir, path, content)


@pytest.mark.parametrize(("folder", "document"), WRONG)
def test_a_document_of_the_wrong_shape_is_set_aside_and_the_rest_loads(
    data_dir: Path, folder: str, document: dict[str, Any]
) -> None:
    path = put(data_dir / folder / "wrong.json", document)
    check_set_aside(data_dir, path, path.read_bytes())


def test_broken_files_of_one_name_are_all_kept(data_dir: Path) -> None:
    for folder in ("projects", "tasks", "sessions", "queues", "tasks/proj_1"):
        (data_dir / folder).mkdir()
        (data_dir / folder / "same.json").write_text(f"not json: {folder}")
    assert len(take_in_files().set_aside) == 5
    aside = list((data_dir / "quarantine").glob("*.unreadable"))
    assert len({file.read_text() for file in aside}) == 5


def test_what_the_database_has_is_written_back_in_place_of_a_broken_file(data_dir: Path) -> None:
    project = make_project("Kept")
    write_dirty()
    path = data_dir / "projects" / f"{project.pk}.json"
    before = path.read_bytes()
    path.write_bytes(before[: len(before) // 2])
    take_in_files()
    assert path.read_bytes() == before
    assert len(list((data_dir / "quarantine").glob("*.unreadable"))) == 1


def test_an_edit_of_a_dirty_document_is_set_aside_and_never_merged(data_dir: Path) -> None:
    project = make_project("First")
    write_dirty()
    path = data_dir / "projects" / f"{project.pk}.json"
    update_project(project.pk, name="Ours")
    put(path, {**json.loads(path.read_text()), "name": "Theirs"})
    take_in_files()
    assert json.loads(path.read_text())["name"] == "Ours"
    (aside,) = (data_dir / "quarantine").glob("*.conflict")
    assert json.loads(aside.read_text())["name"] == "Theirs"


def test_a_second_file_of_the_same_record_is_set_aside(data_dir: Path) -> None:
    put(data_dir / "projects" / "a.json", {"id": "prj_1", "name": "First"})
    put(data_dir / "projects" / "b.json", {"id": "prj_1", "name": "Second"})
    found = take_in_files()
    assert (found.taken_in, found.set_aside) == (["projects/a.json"], ["projects/b.json"])
    assert Project.objects.get().name == "First"


def test_unknown_keys_are_kept_and_written_back(data_dir: Path) -> None:
    extra = {"x-mine": {"deep": [1, None]}, "emoji": "🎼"}
    put(data_dir / "projects" / "prj_1.json", {"id": "prj_1", "name": "One", **extra})
    put(data_dir / "tasks" / "tsk_1.json", {**TASK, **extra})
    put(data_dir / "sessions" / "ses_1.json", {**SESSION, "taskIds": ["tsk_1"], **extra})
    items = [{"taskId": "tsk_1", "status": "queued", **extra}]
    put(data_dir / "queues" / "que_ses_1.json", {**QUEUE, "items": items, **extra})
    take_in_files()
    rewrite_all()
    for content in files(data_dir).values():
        assert extra.items() <= json.loads(content).items()
    queue = json.loads((data_dir / "queues" / "que_ses_1.json").read_text())
    assert extra.items() <= queue["items"][0].items()


@pytest.mark.parametrize(("word", "waits"), [("running", False), ("needs-user-input", True)])
def test_a_status_of_the_seeds_server_reads_as_working_and_is_written_back(
    data_dir: Path, word: str, waits: bool
) -> None:
    path = put(data_dir / "sessions" / "sess_1.json", {**SESSION, "id": "sess_1", "status": word})
    take_in_files()
    session = Session.objects.get()
    wire = wire_document(session)
    assert (session.state, wire["status"]) == (Status.WORKING, "working")
    assert (wire["needsInput"] is not None) is waits
    rewrite_all()
    assert json.loads(path.read_text())["status"] == word


def test_a_foreign_word_is_replaced_when_its_field_changes(data_dir: Path) -> None:
    from access_app.actors import USER
    from sessions_app.services import SessionPatch, patch_session

    path = put(
        data_dir / "sessions" / "s.json", {**SESSION, "status": "running", "strategy": "tree"}
    )
    take_in_files()
    patch_session("ses_1", SessionPatch(status="idle"), by=USER)
    write_dirty()
    document = json.loads(path.read_text())
    assert (document["status"], document["strategy"]) == ("idle", "tree")
    assert wire_document(Session.objects.get())["strategy"] == "simple"


def test_the_seeds_tree_is_taken_in_and_each_document_rewritten_where_it_was(
    data_dir: Path,
) -> None:
    project, task, session = "proj_17072_ab", "task_17072_cd", "sess_17072_ef"
    put(data_dir / "projects" / f"{project}.json", {"id": project, "name": "Seed"})
    put(
        data_dir / "tasks" / project / f"{task}.json",
        {"id": task, "projectId": project, "title": "One", "sessionIds": [session]},
    )
    put(
        data_dir / "sessions" / f"{session}.json",
        {"id": session, "projectId": project, "taskIds": [task], "status": "running"},
    )
    put(
        data_dir / "queues" / f"{session}.json",
        {"sessionId": session, "strategy": "queue", "items": [{"taskId": task}]},
    )
    put(data_dir / "templates" / "worker.json", {"left": "alone"})
    before = set(files(data_dir))
    found = take_in_files()
    assert (len(found.taken_in), found.set_aside) == (4, [])
    rewrite_all()
    assert set(files(data_dir)) == before
    assert (data_dir / "templates" / "worker.json").read_text() == '{"left": "alone"}'


def test_odd_timeline_entries_are_kept_as_they_are(data_dir: Path) -> None:
    entries: list[dict[str, Any]] = [
        {"id": "evt_1", "type": "my_own_type", "timestamp": 5, "note": "kept"},
        {"type": ["no", "word"], "timestamp": "yesterday", "taskId": {"a": 1}},
        {"id": 7, "type": "progress", "metadata": "no object", "timestamp": 1e300},
        {},
    ]
    path = put(data_dir / "sessions" / "ses_1.json", {**SESSION, "timeline": entries})
    assert take_in_files().set_aside == []
    rewrite_all()
    assert json.loads(path.read_text())["timeline"] == entries


def test_hidden_files_and_folders_of_sessions_are_no_documents(data_dir: Path) -> None:
    put(data_dir / "sessions" / "ses_1" / "manifest.json", {"manifestVersion": "1.0"})
    put(data_dir / "sessions" / ".ses_1.json.tmp.json", {"half": "written"})
    found = take_in_files()
    assert (found.taken_in, found.set_aside) == ([], [])


def test_a_record_with_the_longest_id_comes_back_with_its_queue(data_dir: Path) -> None:
    make_session(make_tasks("One"), session_id="s" * 64)
    from access_app.actors import USER
    from queues_app.services import create_with_queue
    from sessions_app.rules import Strategy
    from sessions_app.services import NewSession

    project = make_project()
    new = NewSession(project_id=project.pk, session_id="q" * 64, strategy=Strategy.QUEUE)
    create_with_queue(new, by=USER)
    check_rebuilt_index()
    assert Queue.objects.get().pk == f"que_{'q' * 64}"

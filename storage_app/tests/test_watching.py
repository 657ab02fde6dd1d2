"""What is done to files by hand while the server runs, as the watcher takes it in."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import StorageUnavailable
from projects_app.models import Project
from projects_app.services import update_project
from queues_app.models import Queue
from sessions_app.models import Session
from storage_app import availability, quarantine
from storage_app.intake import TooManyMissing
from storage_app.models import StoredDocument
from storage_app.watcher import all_paths, look_at
from storage_app.writer import write_dirty
from tasks_app.models import Task
from tests.records import log_types, make_project, make_queue, make_tasks

pytestmark = pytest.mark.usefixtures("records")


def no_wait(seconds: float) -> None:
    """Nobody is saving a file while a test runs."""


def look(*paths: Path) -> list[str]:
    """Look at these files; what was announced."""
    before = len(log_types())
    look_at(set(paths), wait=no_wait)
    return log_types()[before:]


def edit(path: Path, **keys: Any) -> Path:
    path.write_text(json.dumps({**json.loads(path.read_text()), **keys}))
    return path


def written_project(data_dir: Path, name: str = "Before") -> tuple[Project, Path]:
    project = make_project(name)
    write_dirty()
    return project, data_dir / "projects" / f"{project.pk}.json"


def aside(data_dir: Path, ending: str) -> list[Path]:
    return list((data_dir / "quarantine").glob(f"*.{ending}"))


def test_an_edit_is_taken_in_and_announced_once(data_dir: Path) -> None:
    project, path = written_project(data_dir)
    assert look(edit(path, name="After")) == ["project:updated"]
    assert Project.objects.get(pk=project.pk).name == "After"
    assert look(path) == []


def test_a_new_file_of_each_kind_is_announced_as_created(data_dir: Path) -> None:
    folder = data_dir / "tasks" / "proj_1"
    folder.mkdir(parents=True)
    for name in ("projects", "sessions", "queues"):
        (data_dir / name).mkdir()
    files = {
        data_dir / "projects" / "proj_1.json": {"id": "proj_1", "name": "New"},
        folder / "task_1.json": {"id": "task_1", "projectId": "proj_1", "title": "One"},
        data_dir / "sessions" / "sess_1.json": {"id": "sess_1", "projectId": "proj_1"},
        data_dir / "queues" / "sess_1.json": {"sessionId": "sess_1", "items": []},
    }
    for path, document in files.items():
        path.write_text(json.dumps(document))
    announced = look(*files)
    expected = ["project:created", "queue:updated", "session:created", "task:created"]
    assert sorted(announced) == expected
    assert Queue.objects.get().session_id == "sess_1"


def test_a_removed_file_removes_its_record(data_dir: Path) -> None:
    _session, tasks = make_queue("One")
    write_dirty()
    path = data_dir / "tasks" / f"{tasks[0].pk}.json"
    path.unlink()
    assert look(path) == ["task:deleted"]
    assert not Task.objects.exists()


def test_all_files_of_a_session_can_go_at_once(data_dir: Path) -> None:
    session, _tasks = make_queue("One")
    write_dirty()
    paths = [
        data_dir / "sessions" / f"{session.pk}.json",
        data_dir / "queues" / f"que_{session.pk}.json",
    ]
    for path in paths:
        path.unlink()
    assert sorted(look(*paths)) == ["queue:updated", "session:deleted"]
    assert Session.objects.count() == Queue.objects.count() == 0


def test_what_maestro_wrote_itself_is_not_read(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, path = written_project(data_dir)
    update_project(project.pk, name="Ours")
    write_dirty()

    def refuse(self: Path) -> bytes:
        raise AssertionError(f"{self} was read")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", refuse)
        assert look(*all_paths()) == []
    assert path in all_paths()


def test_an_edit_of_a_dirty_document_is_set_aside_and_announced(data_dir: Path) -> None:
    project, path = written_project(data_dir)
    update_project(project.pk, name="Ours")
    assert look(edit(path, name="Theirs")) == ["storage:problem"]
    write_dirty()
    assert json.loads(path.read_text())["name"] == "Ours"
    (kept,) = aside(data_dir, "conflict")
    assert json.loads(kept.read_text())["name"] == "Theirs"


def test_the_writer_that_comes_first_sets_the_edit_aside_and_announces_it(data_dir: Path) -> None:
    project, path = written_project(data_dir)
    update_project(project.pk, name="Ours")
    edit(path, name="Theirs")
    write_dirty()
    assert json.loads(path.read_text())["name"] == "Ours"
    assert len(aside(data_dir, "conflict")) == 1
    assert log_types()[-1] == "storage:problem"
    assert look(path) == []


def test_a_file_that_a_crash_left_unnoted_is_ours_and_no_conflict(data_dir: Path) -> None:
    project, path = written_project(data_dir)
    noted = StoredDocument.objects.values("size_bytes", "mtime_ns", "sha256").get()
    update_project(project.pk, name="Written, then killed")
    write_dirty()
    StoredDocument.objects.update(dirty=True, **noted)
    update_project(project.pk, name="Later")
    write_dirty()
    assert json.loads(path.read_text())["name"] == "Later"
    assert aside(data_dir, "conflict") == []


def test_what_was_written_and_not_yet_noted_is_no_edit(data_dir: Path) -> None:
    project, path = written_project(data_dir)
    noted = StoredDocument.objects.values("size_bytes", "mtime_ns", "sha256").get()
    update_project(project.pk, name="Written, and the index was full")
    write_dirty()
    StoredDocument.objects.update(dirty=True, **noted)
    assert look(path) == []
    assert aside(data_dir, "conflict") == []
    assert json.loads(path.read_text())["name"].startswith("Written")


def test_an_unreadable_edit_is_set_aside_and_the_databases_copy_written_back(
    data_dir: Path,
) -> None:
    _project, path = written_project(data_dir)
    before = path.read_bytes()
    path.write_bytes(before[:20])
    assert look(path) == ["storage:problem"]
    write_dirty()
    assert path.read_bytes() == before
    assert len(aside(data_dir, "unreadable")) == 1
    assert quarantine.keeps_file_of(path)
    assert not quarantine.keeps_file_of(path.with_name("prj_other.json"))


def test_a_file_that_is_saved_while_we_wait_is_no_problem(data_dir: Path) -> None:
    project, path = written_project(data_dir)
    whole = path.read_text().replace("Before", "After")
    path.write_text(whole[:10])
    look_at({path}, wait=lambda _: path.write_text(whole))
    assert Project.objects.get(pk=project.pk).name == "After"
    assert aside(data_dir, "unreadable") == []


def test_a_file_whose_id_was_edited_is_the_other_record(data_dir: Path) -> None:
    project, path = written_project(data_dir)
    assert sorted(look(edit(path, id="prj_other"))) == ["project:created", "project:deleted"]
    assert Project.objects.get().pk == "prj_other"
    assert not StoredDocument.objects.filter(record_id=project.pk).exists()


def test_a_file_whose_id_became_that_of_another_file_is_set_aside(data_dir: Path) -> None:
    first, path = written_project(data_dir, "First")
    second, _ = written_project(data_dir, "Second")
    before = path.read_bytes()
    assert look(edit(path, id=second.pk)) == ["storage:problem"]
    write_dirty()
    assert path.read_bytes() == before
    assert dict(Project.objects.values_list("pk", "name")) == {
        first.pk: "First",
        second.pk: "Second",
    }


def test_when_too_many_files_go_at_once_nothing_is_removed(data_dir: Path) -> None:
    make_tasks(*(f"Task {number}" for number in range(30)))
    write_dirty()
    kept = {path: path.read_bytes() for path in (data_dir / "tasks").iterdir()}
    for path in kept:
        path.unlink()
    project = Project.objects.get()
    edited = edit(data_dir / "projects" / f"{project.pk}.json", name="Edited meanwhile")
    with pytest.raises(TooManyMissing, match="storage restore"):
        look(*kept, edited)
    assert Task.objects.count() == 30
    assert Project.objects.get().name == "Edited meanwhile"
    assert "30 of 31 files are gone" in str(availability.missing())
    assert log_types()[-1] == "storage:problem"
    with pytest.raises(TooManyMissing):
        look(*kept)
    assert log_types().count("storage:problem") == 1
    for path, content in kept.items():
        path.write_bytes(content)


def test_while_files_cannot_be_written_an_edit_waits(data_dir: Path) -> None:
    project, path = written_project(data_dir)
    availability.failed("sessions/x.json", "No space left on device")
    edit(path, name="After")
    with pytest.raises(StorageUnavailable):
        look(path)
    availability.forget()
    assert look(path) == ["project:updated"]
    assert Project.objects.get(pk=project.pk).name == "After"


def test_what_is_no_document_by_its_place_is_left_alone(data_dir: Path) -> None:
    folder = data_dir / "sessions" / "ses_1"
    folder.mkdir(parents=True)
    paths = [folder / "manifest.json", data_dir / "sessions" / ".x.json", data_dir / "a.json"]
    for path in paths:
        path.write_text("not json")
    assert look(*paths) == []
    assert all(path.exists() for path in paths)


def test_files_that_were_only_moved_are_not_missing(data_dir: Path) -> None:
    tasks = make_tasks(*(f"Task {number}" for number in range(30)))
    write_dirty()
    folder = data_dir / "tasks" / tasks[0].project_id
    folder.mkdir()
    before = list((data_dir / "tasks").glob("*.json"))
    moved = [path.rename(folder / path.name) for path in before]
    look(*before, *moved)
    assert Task.objects.count() == 30
    places = StoredDocument.objects.filter(kind="task").values_list("path", flat=True)
    assert sorted(places) == sorted(str(path.relative_to(data_dir)) for path in moved)

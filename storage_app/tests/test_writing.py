"""From a change to its file: marks, the writing of them, and a disk that refuses."""

import json
import os
from pathlib import Path

import pytest
from django.db import OperationalError

from core.errors import StorageUnavailable
from maestro_site.errors import as_maestro_error
from projects_app.models import Project
from projects_app.services import create_project, update_project
from storage_app import availability
from storage_app.changes import change
from storage_app.models import StoredDocument
from storage_app.writer import write_dirty, write_now
from tests.records import log_types, make_project, make_queue, make_session

pytestmark = pytest.mark.usefixtures("records")


def dirty() -> set[str]:
    return set(StoredDocument.objects.filter(dirty=True).values_list("path", flat=True))


def test_a_change_marks_what_it_touched_and_writes_no_file_itself(data_dir: Path) -> None:
    project = make_project()
    assert dirty() == {f"projects/{project.pk}.json"}
    assert not (data_dir / "projects").exists()


@pytest.mark.usefixtures("alone")
def test_a_process_that_runs_alone_writes_its_own_files(data_dir: Path) -> None:
    project = make_project()
    assert dirty() == set()
    assert (data_dir / "projects" / f"{project.pk}.json").exists()


def test_a_spawned_queue_marks_session_queue_and_tasks() -> None:
    session, tasks = make_queue("One")
    write_dirty()
    from access_app.actors import AGENT
    from queues_app.services import claim_next

    claim_next(session.pk, by=AGENT)
    assert dirty() == {
        f"sessions/{session.pk}.json",
        f"queues/que_{session.pk}.json",
        f"tasks/{tasks[0].pk}.json",
    }


def test_what_is_dirty_is_written_and_clean_afterwards(data_dir: Path) -> None:
    project = make_project("Written")
    write_dirty()
    assert dirty() == set()
    path = data_dir / "projects" / f"{project.pk}.json"
    assert list(json.loads(path.read_text())) == [
        "id",
        "name",
        "workingDir",
        "description",
        "createdAt",
        "updatedAt",
    ]
    mark = StoredDocument.objects.get(record_id=project.pk)
    assert mark.fingerprint.looks_like(path)


def test_only_what_is_named_is_written_now(data_dir: Path) -> None:
    one, two = make_project("One"), make_project("Two")
    write_now(("project", one.pk))
    assert dirty() == {f"projects/{two.pk}.json"}


def test_a_change_while_its_file_is_written_keeps_the_mark(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project("First")
    real = os.rename

    def rename_late(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "rename", real)
        update_project(project.pk, name="Second")
        real(source, target)

    monkeypatch.setattr(os, "rename", rename_late)
    write_dirty()
    assert dirty() == {f"projects/{project.pk}.json"}
    write_dirty()
    path = data_dir / "projects" / f"{project.pk}.json"
    assert json.loads(path.read_text())["name"] == "Second"


def test_a_deleted_record_loses_its_file_and_folder(data_dir: Path) -> None:
    from access_app.actors import USER
    from agents_app.services import delete_session

    session = make_session()
    write_dirty()
    folder = data_dir / "sessions" / session.pk
    folder.mkdir()
    (folder / "manifest.md").write_text("brief")
    delete_session(session.pk, by=USER)
    write_dirty()
    assert list((data_dir / "sessions").iterdir()) == []
    assert not StoredDocument.objects.filter(record_id=session.pk).exists()


def test_when_a_file_cannot_be_written_changes_are_refused_until_one_can(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project("Committed")

    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", full)
        write_dirty()
    with pytest.raises(StorageUnavailable) as refused:
        create_project(name="Refused", working_dir="/srv")
    path = data_dir / "projects" / f"{project.pk}.json"
    assert refused.value.details == {"path": str(path)}
    assert "No space left" in refused.value.message
    assert list(Project.objects.values_list("name", flat=True)) == ["Committed"]
    assert dirty() == {f"projects/{project.pk}.json"}
    write_dirty()
    assert availability.problem() is None
    create_project(name="Taken again", working_dir="/srv")


def test_a_document_that_cannot_be_made_leaves_the_others_to_be_written(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    deep: object = 1
    for _ in range(300):
        deep = [deep]
    broken, whole = make_project("Broken"), make_project("Whole")
    Project.objects.filter(pk=broken.pk).update(extra={"deep": deep})
    write_dirty()
    assert dirty() == {f"projects/{broken.pk}.json"}
    assert (data_dir / "projects" / f"{whole.pk}.json").exists()
    assert f"projects/{broken.pk}.json could not be made" in caplog.text
    Project.objects.filter(pk=broken.pk).update(extra={})
    write_dirty()
    assert dirty() == set()


def test_a_change_that_fails_leaves_no_row_no_mark_and_no_news() -> None:
    def fail_halfway() -> None:
        with change():
            make_project()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert Project.objects.count() == StoredDocument.objects.count() == 0
    assert log_types() == []


def test_changes_inside_a_change_are_one() -> None:
    with change():
        project = make_project("One")
        update_project(project.pk, name="Two")
        update_project(project.pk, name="Three")
    assert log_types() == ["project:created", "project:updated"]
    assert StoredDocument.objects.get().version == 1


def test_another_file_that_can_be_written_clears_no_problem(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, free = make_project("Stuck"), make_project("Free")
    real = os.rename

    def refuse_one(source: Path, target: Path) -> None:
        if stuck.pk in str(target):
            raise OSError(30, "Read-only file system")
        real(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", refuse_one)
        write_dirty()
        assert (data_dir / "projects" / f"{free.pk}.json").exists()
        with pytest.raises(StorageUnavailable, match=stuck.pk):
            create_project(name="Refused", working_dir="/srv")
    write_dirty()
    assert availability.problem() is None


@pytest.mark.parametrize(
    "said",
    [
        "database or disk is full",
        "attempt to write a readonly database",
        "disk I/O error",
        "unable to open database file",
    ],
)
def test_a_refusal_of_the_database_is_answered_like_one_of_a_file(said: str) -> None:
    error = as_maestro_error(OperationalError(said))
    assert (error.status, error.code) == (507, "storage_unavailable")
    assert "index.sqlite3" in error.details["path"]


def test_an_index_that_cannot_be_written_stops_changes_until_it_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from storage_app import writer

    make_project()

    def refuse(written: object) -> None:
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(writer, "note_written", refuse)
        write_dirty()
        with pytest.raises(StorageUnavailable, match="disk is full"):
            create_project(name="Refused", working_dir="/srv")
    write_dirty()
    assert dirty() == set()
    create_project(name="Taken again", working_dir="/srv")

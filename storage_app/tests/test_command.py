"""`manage.py storage`: what each action says, does, and leaves alone."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.files import exclusive_lock
from projects_app.models import Project
from projects_app.services import update_project
from storage_app.models import StoredDocument
from storage_app.starting import take_in_files
from storage_app.tree import lock_path
from storage_app.writer import write_dirty
from tasks_app.models import Task
from tests.records import (
    documents,
    log_types,
    make_project,
    make_queue,
    make_session,
    make_tasks,
    rows,
    wipe_index,
)

pytestmark = pytest.mark.usefixtures("records")


def storage(*words: str) -> str:
    said = io.StringIO()
    call_command("storage", *words, stdout=said, stderr=io.StringIO())
    return said.getvalue()


def checked() -> dict[str, Any]:
    """What `check --json` says, whatever its exit code."""
    said, code = io.StringIO(), 0
    try:
        call_command("storage", "check", "--json", stdout=said, stderr=io.StringIO())
    except CommandError as error:
        code = error.returncode
    found = dict(json.loads(said.getvalue()))
    assert code == bool(found["differences"])
    return found


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.json")}


def edit(path: Path, **keys: Any) -> Path:
    path.write_text(json.dumps({**json.loads(path.read_text()), **keys}))
    return path


def path_of(data_dir: Path, project: Project) -> Path:
    return data_dir / "projects" / f"{project.pk}.json"


def test_check_finds_no_difference_where_there_is_none() -> None:
    make_queue("One", "Two")
    write_dirty()
    assert "5 documents, no difference." in storage("check")
    assert checked()["differences"] == []


def test_check_names_every_difference(data_dir: Path) -> None:
    edited, removed, behind, lost = (make_project(name) for name in ("A", "B", "C", "D"))
    write_dirty()
    edit(path_of(data_dir, edited), name="Edited")
    path_of(data_dir, removed).unlink()
    update_project(behind.pk, name="Behind")
    StoredDocument.objects.filter(record_id=lost.pk).delete()
    (data_dir / "projects" / "new.json").write_text('{"id": "new"}')
    said = "\n".join(checked()["differences"])
    assert f"{edited.pk}.json: the file says otherwise in name" in said
    assert f"{removed.pk}.json: " in said
    assert f"{behind.pk}.json: a change is still to be written" in said
    assert "projects/new.json: no record belongs to it" in said
    assert f"project {lost.pk}: no file belongs to it" in said
    storage("rebuild")


def test_a_file_in_another_form_that_means_the_same_is_no_difference(data_dir: Path) -> None:
    (data_dir / "sessions").mkdir()
    (data_dir / "sessions" / "s.json").write_text(
        '{"id":"sess_1","projectId":"proj_gone","status":"running","strategy":"tree"}'
    )
    storage("rebuild")
    found = checked()
    assert found["differences"] == []
    assert found["warnings"] == ["sessions/s.json names project proj_gone, which is not here"]


def test_rebuild_makes_the_index_from_the_files(data_dir: Path) -> None:
    make_queue("One")
    project = make_project("Before")
    write_dirty()
    before = rows()
    edit(path_of(data_dir, project), name="After")
    assert "The index has 5 documents." in storage("rebuild")
    assert Project.objects.get(pk=project.pk).name == "After"
    update_project(project.pk, name="Before", updated_at=project.updated_at)
    assert {k: len(v) for k, v in rows().items()} == {k: len(v) for k, v in before.items()}


def test_rebuild_first_writes_what_was_only_committed(data_dir: Path) -> None:
    project = make_project("Committed")
    storage("rebuild")
    assert Project.objects.get().name == "Committed"
    assert path_of(data_dir, project).exists()


def test_rebuild_accepts_that_files_are_gone(data_dir: Path) -> None:
    make_tasks(*(f"Task {number}" for number in range(30)))
    write_dirty()
    for path in (data_dir / "tasks").iterdir():
        path.unlink()
    storage("rebuild")
    assert not Task.objects.exists()


def test_restore_writes_the_files_and_sets_aside_what_the_index_does_not_know(
    data_dir: Path,
) -> None:
    make_tasks(*(f"Task {number}" for number in range(30)))
    project = make_project("Right")
    write_dirty()
    before = tree(data_dir)
    for path in (data_dir / "tasks").iterdir():
        path.unlink()
    edit(path_of(data_dir, project), name="Wrong")
    (data_dir / "projects" / "new.json").write_text('{"id": "new"}')
    said = storage("restore")
    assert "31 files were written." in said
    assert "quarantine/: projects/new.json" in said
    assert tree(data_dir) == before
    kept = [path.read_text() for path in (data_dir / "quarantine").glob("*.json.*")]
    assert any("Wrong" in content for content in kept)


def test_exports_before_and_after_deleting_the_index_are_the_same_bytes(
    data_dir: Path, tmp_path: Path
) -> None:
    make_queue("One", "Two")
    make_session(make_tasks("Three"))
    write_dirty()
    storage("export", str(tmp_path / "before"))
    wipe_index()
    storage("rebuild")
    storage("export", str(tmp_path / "after"))
    assert tree(tmp_path / "before") == tree(tmp_path / "after") == tree(data_dir)
    assert len(tree(data_dir)) == 8


def test_export_has_what_is_committed_even_before_it_is_written(tmp_path: Path) -> None:
    project = make_project("Not yet written")
    storage("export", str(tmp_path / "out"))
    assert json.loads(path_of(tmp_path / "out", project).read_text())["name"] == "Not yet written"


def test_export_writes_over_nothing(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    for folder in (tmp_path / "full", data_dir / "inside"):
        with pytest.raises(CommandError, match="folder"):
            storage("export", str(folder))


def test_import_takes_in_another_tree_and_announces_it(data_dir: Path, tmp_path: Path) -> None:
    session, tasks = make_queue("One")
    kept = make_project("Kept")
    write_dirty()
    storage("export", str(tmp_path / "other"))
    exported = documents()
    wipe_index()
    storage("rebuild")
    update_project(kept.pk, name="Changed since")
    (data_dir / "queues" / f"que_{session.pk}.json").unlink()
    take_in_files()
    before = len(log_types())
    found = json.loads(storage("import", str(tmp_path / "other"), "--json"))
    assert found["new"] == [f"queues/que_{session.pk}.json"]
    assert found["changed"] == [f"projects/{kept.pk}.json"]
    assert sorted(found["same"])[-1] == f"tasks/{tasks[0].pk}.json"
    assert documents() == exported
    assert sorted(log_types()[before:]) == ["project:updated", "queue:updated"]


def test_a_dry_run_says_the_same_and_changes_nothing(data_dir: Path, tmp_path: Path) -> None:
    project = make_project("New here")
    write_dirty()
    storage("export", str(tmp_path / "other"))
    path_of(data_dir, project).unlink()
    assert "1 would be new" in storage("import", str(tmp_path / "other"), "--dry-run")
    assert Project.objects.count() == 0
    assert not path_of(data_dir, project).exists()


def test_import_refuses_what_is_no_document_and_takes_the_rest(tmp_path: Path) -> None:
    folder = tmp_path / "other" / "projects"
    folder.mkdir(parents=True)
    (folder / "bad.json").write_text('{"id": "../x"}')
    (folder / "good.json").write_text('{"id": "good", "name": "Good"}')
    with pytest.raises(CommandError, match="1 files were refused"):
        storage("import", str(tmp_path / "other"))
    assert Project.objects.get().name == "Good"


@pytest.mark.parametrize("action", ["rebuild", "restore"])
def test_what_needs_the_folder_for_itself_names_who_has_it(action: str) -> None:
    make_project()
    with (
        exclusive_lock(lock_path(), holder="pid 7, http://127.0.0.1:8000"),
        pytest.raises(CommandError, match=r"pid 7, http://127\.0\.0\.1:8000"),
    ):
        storage(action)


def doctor_says() -> list[dict[str, Any]]:
    """Where something is wrong."""
    said = io.StringIO()
    with pytest.raises(CommandError, match="wrong"):
        call_command("storage", "doctor", "--json", stdout=said, stderr=io.StringIO())
    return list(json.loads(said.getvalue()))


def test_the_doctor_says_what_to_do(data_dir: Path) -> None:
    project = make_project()
    write_dirty()
    path = path_of(data_dir, project)
    path.write_text("broken")
    storage("rebuild")
    found = {one["about"]: one for one in doctor_says()}
    (aside,) = (one for about, one in found.items() if about.startswith("quarantine/projects"))
    assert str(path) in aside["said"]
    assert "Repair it" in aside["advice"]
    assert "none is running" in found["server"]["said"]


def test_the_doctor_names_files_that_are_gone(data_dir: Path) -> None:
    project = make_project()
    write_dirty()
    path = path_of(data_dir, project)
    content = path.read_bytes()
    path.unlink()
    found = [one for one in doctor_says() if one["about"] == "files"]
    assert [one["said"] for one in found] == [f"1 are gone, first projects/{project.pk}.json"]
    path.write_bytes(content)


def test_check_changes_nothing_not_even_for_a_moment(
    data_dir: Path,
) -> None:
    """A server beside it would have to wait."""
    (data_dir / "sessions").mkdir()
    (data_dir / "sessions" / "s.json").write_text('{"id": "sess_1", "projectId": "p"}')
    storage("rebuild")
    with CaptureQueriesContext(connection) as captured:
        assert checked()["differences"] == []
    said = {query["sql"].split()[0] for query in captured}
    assert said == {"SELECT"}

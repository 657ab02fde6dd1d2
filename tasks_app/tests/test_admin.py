"""Tasks in the Django admin."""

import json
from pathlib import Path

import pytest

from events_app.models import LogEntry
from projects_app.models import Project
from projects_app.services import create_project
from storage_app import availability
from storage_app.writer import write_dirty
from tasks_app.models import Task
from tasks_app.services import create_task
from tests.admin_pages import AdminPages, refusals, said


@pytest.fixture
def project(records: None) -> Project:
    return create_project(name="Bridge", working_dir="/srv")


def _change_page(task: Task) -> str:
    return f"tasks_app/task/{task.pk}/change/"


def test_an_edit_changes_the_file_and_records_task_updated(
    admin_pages: AdminPages, project: Project, data_dir: Path
) -> None:
    task = create_task(project_id=project.pk, title="Pave")
    admin_pages.change(_change_page(task), title="Pave the road", priority="high")
    write_dirty()
    document = json.loads((data_dir / f"tasks/{task.pk}.json").read_text())
    assert (document["title"], document["priority"]) == ("Pave the road", "high")
    newest = LogEntry.objects.last()
    assert newest is not None
    assert (newest.type, newest.payload["title"]) == ("task:updated", "Pave the road")


def test_a_task_is_added_with_its_dependencies(admin_pages: AdminPages, project: Project) -> None:
    first = create_task(project_id=project.pk, title="Dig")
    answer = admin_pages.change(
        "tasks_app/task/add/", project=project.pk, title="Pave", dependencies=first.pk
    )
    assert answer.status_code == 302
    assert Task.objects.get(title="Pave").dependencies == [first.pk]


def test_a_circle_is_refused_with_the_rules_words_on_the_form(
    admin_pages: AdminPages, project: Project
) -> None:
    first = create_task(project_id=project.pk, title="Dig")
    second = create_task(project_id=project.pk, title="Pave", dependencies=[first.pk])
    page = admin_pages.change(_change_page(first), dependencies=second.pk, title="Dig deep")
    assert refusals(page) == [
        f"That would make a circle: {first.pk} waits for {second.pk} waits for {first.pk}."
    ]
    first.refresh_from_db()
    assert (first.title, first.dependencies) == ("Dig", [])


def test_a_dependency_that_does_not_exist_is_refused(
    admin_pages: AdminPages, project: Project
) -> None:
    task = create_task(project_id=project.pk, title="Dig")
    page = admin_pages.change(_change_page(task), dependencies="tsk_nowhere")
    assert refusals(page) == ["There is no task tsk_nowhere."]


def test_while_the_disk_is_full_the_form_says_so(admin_pages: AdminPages, project: Project) -> None:
    task = create_task(project_id=project.pk, title="Dig")
    availability.failed("tasks/x.json", "No space left on device")
    page = admin_pages.change(_change_page(task), title="Dig deep")
    assert "No space left on device" in refusals(page)[0]


def test_a_task_with_children_is_not_deleted(admin_pages: AdminPages, project: Project) -> None:
    parent = create_task(project_id=project.pk, title="Build")
    create_task(project_id=project.pk, title="Dig", parent_id=parent.pk)
    page = admin_pages.delete(f"tasks_app/task/{parent.pk}/")
    assert "Build has 1 tasks below it" in said(page)[0]
    assert Task.objects.count() == 2


def test_a_tree_that_is_selected_whole_is_deleted(
    admin_pages: AdminPages, project: Project
) -> None:
    parent = create_task(project_id=project.pk, title="Build")
    child = create_task(project_id=project.pk, title="Dig", parent_id=parent.pk)
    admin_pages.act("tasks_app/task/", "delete_selected", parent.pk, child.pk, post="yes")
    assert not Task.objects.exists()
    deleted = LogEntry.objects.filter(type="task:deleted")
    assert [entry.task_id for entry in deleted] == [child.pk, parent.pk]


def test_when_one_of_several_cannot_be_deleted_none_is(
    admin_pages: AdminPages, project: Project
) -> None:
    parent = create_task(project_id=project.pk, title="Build")
    create_task(project_id=project.pk, title="Dig", parent_id=parent.pk)
    alone = create_task(project_id=project.pk, title="Rest")
    page = admin_pages.act("tasks_app/task/", "delete_selected", alone.pk, parent.pk, post="yes")
    assert "Build has 1 tasks below it" in said(page)[0]
    assert Task.objects.count() == 3

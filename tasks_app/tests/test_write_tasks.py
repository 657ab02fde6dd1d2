"""Creating, changing and deleting tasks."""

import pytest

from conftest import START_MS, Clock
from core.errors import BadInput, ProjectNotFound, TaskNotFound
from sessions_app.documents import task_ids_of
from tasks_app.models import Task
from tasks_app.rules import Cycle, HasChildren
from tasks_app.selectors import task_tree
from tasks_app.services import create_task, delete_task, update_task
from tests.records import log_types, make_project, make_session, make_tasks

pytestmark = pytest.mark.usefixtures("records", "clock")


def test_a_new_task_is_to_do_and_announced() -> None:
    (task,) = make_tasks("One")
    assert (task.status, task.priority, task.created_at) == ("todo", "medium", START_MS)
    assert log_types() == ["project:created", "task:created"]


def test_a_task_needs_a_project_that_exists() -> None:
    with pytest.raises(ProjectNotFound):
        create_task(project_id="prj_none", title="One")
    assert Task.objects.count() == 0


@pytest.mark.parametrize("columns", [{"parent_id": "tsk_none"}, {"dependencies": ["tsk_none"]}])
def test_a_parent_or_dependency_exists(columns: dict[str, object]) -> None:
    with pytest.raises(TaskNotFound):
        create_task(project_id=make_project().pk, title="One", **columns)


@pytest.mark.parametrize("column", ["parent_id", "dependencies"])
def test_a_parent_or_dependency_is_in_the_same_project(column: str) -> None:
    (here,), (there,) = make_tasks("Here"), make_tasks("There")
    value = there.pk if column == "parent_id" else [there.pk]
    with pytest.raises(BadInput, match="another project"):
        update_task(here.pk, **{column: value})


def test_dependencies_never_form_a_circle() -> None:
    a, b, c = make_tasks("A", "B", "C")
    update_task(a.pk, dependencies=[b.pk])
    update_task(b.pk, dependencies=[c.pk])
    with pytest.raises(Cycle) as refused:
        update_task(c.pk, dependencies=[a.pk])
    assert refused.value.details == {"path": [c.pk, a.pk, b.pk, c.pk]}
    assert Task.objects.get(pk=c.pk).dependencies == []


def test_parents_never_form_a_circle() -> None:
    a, b = make_tasks("A", "B")
    update_task(b.pk, parent_id=a.pk)
    for task, parent in ((a, b), (a, a)):
        with pytest.raises(Cycle):
            update_task(task.pk, parent_id=parent.pk)


def test_times_follow_the_persons_status(clock: Clock) -> None:
    (task,) = make_tasks("One")
    clock.forward(s=10)
    update_task(task.pk, status="in_progress")
    clock.forward(s=10)
    done = update_task(task.pk, status="completed")
    assert (done.started_at, done.completed_at) == (START_MS + 10_000, START_MS + 20_000)
    assert update_task(task.pk, status="todo").completed_at is None


def test_a_task_with_children_is_deleted_only_with_them() -> None:
    a, b, c = make_tasks("A", "B", "C")
    update_task(b.pk, parent_id=a.pk)
    update_task(c.pk, parent_id=b.pk)
    with pytest.raises(HasChildren) as refused:
        delete_task(a.pk)
    assert refused.value.details == {"children": [b.pk, c.pk]}
    delete_task(a.pk, cascade=True)
    assert Task.objects.count() == 0
    assert log_types()[-3:] == ["task:deleted"] * 3


def test_a_session_remembers_a_task_that_was_deleted() -> None:
    (task,) = make_tasks("One")
    session = make_session([task])
    delete_task(task.pk)
    assert task_ids_of(session.pk) == [task.pk]


def test_a_tree_nests_descendants() -> None:
    a, b, c = make_tasks("A", "B", "C")
    update_task(b.pk, parent_id=a.pk)
    update_task(c.pk, parent_id=b.pk)
    tree = task_tree(Task.objects.get(pk=a.pk))
    assert tree["children"][0]["children"][0]["id"] == c.pk
    assert tree["children"][0]["children"][0]["children"] == []

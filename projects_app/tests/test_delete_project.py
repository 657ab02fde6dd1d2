"""Deleting a project with what belongs to it."""

import pytest

from access_app.actors import USER
from agents_app.rules import HasContents, HasLiveSessions
from agents_app.services import delete_project
from projects_app.models import Project
from queues_app.models import Queue
from sessions_app.ending import stop_tree
from sessions_app.models import Session
from sessions_app.rules import Strategy
from tasks_app.models import Task
from tests.records import log_types, make_project, make_session, make_tasks

pytestmark = pytest.mark.usefixtures("records")


def test_a_project_with_a_live_session_stays() -> None:
    session = make_session(make_tasks("One"))
    with pytest.raises(HasLiveSessions) as refused:
        delete_project(session.project_id, cascade=True)
    assert refused.value.details == {"sessionIds": [session.pk]}


def test_cascade_takes_tasks_final_sessions_and_queues_and_announces_each() -> None:
    parent, child = make_tasks("Parent"), make_tasks("Child")
    session = make_session(parent, strategy=Strategy.QUEUE)
    stop_tree(session.pk, by=USER, cascade=False)
    delete_project(session.project_id, cascade=True)
    assert Session.objects.count() == Queue.objects.count() == 0
    assert [task.pk for task in Task.objects.all()] == [child[0].pk]
    assert [event for event in log_types() if event.endswith(":deleted")] == [
        "session:deleted",
        "task:deleted",
        "project:deleted",
    ]


@pytest.mark.parametrize("also_a_session", [True, False])
def test_a_project_with_something_in_it_goes_only_with_cascade(also_a_session: bool) -> None:
    project = make_project()
    (task,) = make_tasks("One", project=project)
    if also_a_session:
        stop_tree(make_session([task]).pk, by=USER, cascade=False)
    with pytest.raises(HasContents) as refused:
        delete_project(project.pk, cascade=False)
    assert refused.value.details == {"tasks": 1, "sessions": int(also_a_session)}
    delete_project(project.pk, cascade=True)
    assert Project.objects.count() == Task.objects.count() == Session.objects.count() == 0


def test_an_empty_project_goes() -> None:
    delete_project(make_project().pk, cascade=False)
    assert Project.objects.count() == 0

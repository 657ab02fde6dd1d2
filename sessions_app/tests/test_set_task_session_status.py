"""What a session says of a task by PATCH."""

import pytest

from access_app.actors import AGENT
from core.errors import TaskNotFound
from sessions_app.rules import SessionIsFinal, Status
from sessions_app.services import set_task_session_status
from tasks_app.models import Task
from tasks_app.rules import SessionStatusOfTask as OfTask
from tests.records import (
    make_queue,
    make_session,
    make_tasks,
    status_of,
    statuses_on_tasks,
    types_of,
)

pytestmark = pytest.mark.usefixtures("records", "clock")


def test_working_writes_a_start_once() -> None:
    (task,) = make_tasks("One")
    session = make_session([task])
    for _ in range(2):
        set_task_session_status(task.pk, session.pk, OfTask.WORKING, by=AGENT)
    assert types_of(session.pk) == ["session_started", "task_started"]
    assert status_of(session.pk) is Status.WORKING
    assert Task.objects.get(pk=task.pk).status == "in_progress"


@pytest.mark.parametrize("status", [status for status in OfTask if status is not OfTask.WORKING])
def test_other_statuses_write_no_event(status: OfTask) -> None:
    (task,) = make_tasks("One")
    session = make_session([task])
    set_task_session_status(task.pk, session.pk, status, by=AGENT)
    assert types_of(session.pk) == ["session_started"]
    assert statuses_on_tasks(session.pk) == [status]
    assert Task.objects.get(pk=task.pk).session_status == status


def test_in_a_queue_session_working_writes_no_event_either() -> None:
    session, tasks = make_queue("One")
    set_task_session_status(tasks[0].pk, session.pk, OfTask.WORKING, by=AGENT)
    assert types_of(session.pk) == ["session_started"]
    assert statuses_on_tasks(session.pk) == ["working"]


def test_a_task_of_another_session_is_refused() -> None:
    (task,) = make_tasks("One")
    session = make_session()
    with pytest.raises(TaskNotFound):
        set_task_session_status(task.pk, session.pk, OfTask.COMPLETED, by=AGENT)


def test_a_final_session_says_nothing_more() -> None:
    from sessions_app.ending import end_session

    (task,) = make_tasks("One")
    session = make_session([task])
    end_session(session.pk, Status.COMPLETED, by=AGENT)
    with pytest.raises(SessionIsFinal):
        set_task_session_status(task.pk, session.pk, OfTask.WORKING, by=AGENT)

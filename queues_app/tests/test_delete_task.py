"""Deleting a task that sessions and queues have to do, are doing, or did."""

import pytest

from access_app.actors import AGENT, USER
from queues_app.deleting import delete_task
from queues_app.rules import ItemStatus
from queues_app.selectors import queue_of
from queues_app.services import claim_next, end_item, remove_item
from sessions_app.appending import append_events
from sessions_app.documents import task_ids_of
from sessions_app.ending import stop_tree
from sessions_app.rules import EventType, Status, TaskInProcess
from sessions_app.services import SessionPatch, patch_session
from sessions_app.timeline import Draft
from tasks_app.models import Task
from tasks_app.rules import HasChildren
from tasks_app.services import update_task
from tests.records import log_types, make_queue, make_session, make_tasks, status_of, types_of

pytestmark = pytest.mark.usefixtures("records")


def test_it_leaves_the_queue_that_still_had_it_to_do() -> None:
    session, tasks = make_queue("One", "Two")
    delete_task(tasks[0].pk, by=USER)
    assert task_ids_of(session.pk) == [tasks[1].pk]
    assert [item.task_id for item in queue_of(session.pk).items.all()] == [tasks[1].pk]
    claim = claim_next(session.pk, by=AGENT)
    assert claim is not None
    assert claim.item.task_id == tasks[1].pk


def test_the_last_one_to_go_ends_the_queue_and_its_session() -> None:
    session, tasks = make_queue("One", "Two")
    claim_next(session.pk, by=AGENT)
    end_item(session.pk, ItemStatus.COMPLETED, by=AGENT)
    delete_task(tasks[1].pk, by=USER)
    assert status_of(session.pk) is Status.COMPLETED
    assert types_of(session.pk)[-1] == "session_stopped"


@pytest.mark.parametrize("keep_open", [False, True])
def test_an_emptied_queue_ends_unless_it_is_kept_open(keep_open: bool) -> None:
    session, tasks = make_queue("One", keep_open=keep_open)
    remove_item(session.pk, tasks[0].pk, by=USER)
    assert status_of(session.pk) is (Status.IDLE if keep_open else Status.COMPLETED)


def test_one_in_process_stays_and_nothing_changes() -> None:
    session, tasks = make_queue("One", "Two")
    claim_next(session.pk, by=AGENT)
    before = log_types()
    with pytest.raises(TaskInProcess) as refused:
        delete_task(tasks[0].pk, by=USER)
    assert refused.value.details == {"sessionId": session.pk, "taskIds": [tasks[0].pk]}
    assert log_types() == before
    end_item(session.pk, ItemStatus.SKIPPED, by=AGENT)
    delete_task(tasks[0].pk, by=USER)
    assert not Task.objects.filter(pk=tasks[0].pk).exists()


def test_one_that_a_simple_session_works_on_stays_in_it_too() -> None:
    tasks = make_tasks("One", "Two")
    session = make_session(tasks)
    append_events(session.pk, [Draft(EventType.TASK_STARTED, "", tasks[0].pk)], by=AGENT)
    with pytest.raises(TaskInProcess):
        patch_session(session.pk, SessionPatch(task_ids=[tasks[1].pk]), by=USER)
    with pytest.raises(TaskInProcess):
        delete_task(tasks[0].pk, by=USER)
    patch_session(session.pk, SessionPatch(task_ids=[tasks[0].pk]), by=USER)
    assert task_ids_of(session.pk) == [tasks[0].pk]


def test_a_session_that_ended_keeps_its_id() -> None:
    session, tasks = make_queue("One")
    stop_tree(session.pk, by=USER, cascade=False)
    delete_task(tasks[0].pk, by=USER)
    assert task_ids_of(session.pk) == [tasks[0].pk]


def test_with_those_below_all_leave_and_without_none_does() -> None:
    session, tasks = make_queue("Above", "Below", "Other")
    update_task(tasks[1].pk, parent_id=tasks[0].pk)
    with pytest.raises(HasChildren):
        delete_task(tasks[0].pk, by=USER)
    assert len(task_ids_of(session.pk)) == 3
    delete_task(tasks[0].pk, by=USER, cascade=True)
    assert task_ids_of(session.pk) == [tasks[2].pk]

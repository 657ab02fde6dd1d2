"""Deleting a session."""

import pytest

from access_app.actors import USER
from agents_app.services import delete_session
from queues_app.models import Queue
from sessions_app.ending import HasLiveChildren, stop_tree
from sessions_app.models import Session, TimelineEvent
from tasks_app.documents import task_document
from tasks_app.models import Task
from tests.records import log_types, make_queue, make_session

pytestmark = pytest.mark.usefixtures("records")


def test_a_live_session_is_stopped_first_and_all_of_it_goes() -> None:
    session, tasks = make_queue("One")
    delete_session(session.pk, by=USER)
    assert Session.objects.count() == Queue.objects.count() == TimelineEvent.objects.count() == 0
    document = task_document(Task.objects.get(pk=tasks[0].pk))
    assert (document["sessionIds"], document["taskSessionStatuses"]) == ([], {})
    assert log_types()[-1] == "session:deleted"
    assert "session:timeline" in log_types()


def test_a_session_with_live_children_stays() -> None:
    parent = make_session()
    child = make_session(parent_id=parent.pk)
    with pytest.raises(HasLiveChildren):
        delete_session(parent.pk, by=USER)
    stop_tree(child.pk, by=USER, cascade=False)
    delete_session(parent.pk, by=USER)
    assert [session.pk for session in Session.objects.all()] == [child.pk]

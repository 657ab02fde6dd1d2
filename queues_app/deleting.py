"""Deleting a task: out of the sessions and queues that still have it to do, then its records."""

from access_app.actors import Actor
from queues_app.services import remove_item
from sessions_app.rules import LIVE, Strategy
from sessions_app.services import remove_task
from storage_app.changes import change
from tasks_app import services
from tasks_app.models import Task, TaskSession
from tasks_app.selectors import descendants_of, task_by_id


def delete_task(task_id: str, *, by: Actor, cascade: bool = False) -> None:
    """Sessions that ended keep its id: what happened is not rewritten.

    Raises HasChildren, and TaskInProcess while a live session works on it. Records task:deleted
    for each, children first, and what removing it from a session records.
    """
    with change():
        task = task_by_id(task_id)
        for doomed in (task, *descendants_of(task)) if cascade else (task,):
            _leave_live_sessions(doomed, by)
        services.delete_task(task_id, cascade=cascade)


def _leave_live_sessions(task: Task, by: Actor) -> None:
    links = TaskSession.objects.filter(
        task=task, place_in_session__isnull=False, session__status__in=LIVE
    )
    for link in links.select_related("session"):
        if link.session.strategy == Strategy.QUEUE and hasattr(link.session, "queue"):
            remove_item(link.session_id, task.pk, by=by)
        else:
            remove_task(link.session_id, task.pk)

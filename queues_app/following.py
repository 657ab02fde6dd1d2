"""Keeping queues in step with what happens to their sessions, whichever door it came through."""

from collections.abc import Sequence

from access_app.actors import Actor
from queues_app.models import Queue
from queues_app.rules import ItemStatus
from queues_app.services import announce, append_items, end_if_run_out
from sessions_app.models import Session
from sessions_app.services import SessionPatch, patch_session
from storage_app.changes import Change, change


def patch_with_queue(session_id: str, patch: SessionPatch, *, by: Actor) -> Session:
    """As patch_session; a queue that runs out by its new list of tasks ends its session."""
    with change() as changed:
        queue = Queue.objects.filter(session_id=session_id).first()
        before = queue.items.count() if queue else 0
        session = patch_session(session_id, patch, by=by)
        if queue is not None and queue.items.count() < before:
            return end_if_run_out(changed, queue, by)
    return session


def follow_session_tasks(
    session: Session, added: Sequence[str], removed: Sequence[str], changed: Change
) -> None:
    """Keep the items equal to the session's tasks, whichever door changed them."""
    queue = Queue.objects.filter(session=session).first()
    if queue is None:
        return
    here = set(queue.items.values_list("task_id", flat=True))
    append_items(queue, [task_id for task_id in added if task_id not in here])
    queue.items.filter(task_id__in=removed).delete()
    session.progress = announce(changed, queue)


def follow_session_end(session: Session, changed: Change) -> None:
    """An item in process fails with its session."""
    queue = Queue.objects.filter(session=session).first()
    if queue is None:
        return
    queue.items.filter(status=ItemStatus.PROCESSING).update(
        status=ItemStatus.FAILED, fail_reason="session ended", completed_at=session.completed_at
    )
    session.progress = announce(changed, queue)

"""Reading queues."""

from collections.abc import Mapping
from typing import Any

from core.ids import check_id
from queues_app.documents import item_document, queue_document
from queues_app.models import Queue, QueueItem
from queues_app.rules import ItemStatus, NotAQueueSession, counts, first_ready
from sessions_app.selectors import session_by_id
from tasks_app.models import Task
from tasks_app.selectors import unfinished_dependencies


def queue_of(session_id: str) -> Queue:
    """With its session. Raises NotFound, and NotAQueueSession for a session without one."""
    queue = Queue.objects.select_related("session").filter(session_id=check_id(session_id)).first()
    if queue is None:
        session = session_by_id(session_id)
        raise NotAQueueSession(
            f"{session.name} has no queue: its strategy is {session.strategy}.",
            {"sessionId": session_id},
        )
    return queue


def queue_or_none(session_id: str) -> dict[str, Any] | None:
    queue = Queue.objects.filter(session_id=session_id).first()
    return queue_document(queue) if queue else None


def queued_tasks(session_id: str) -> list[str]:
    """In order. Raises NotFound, NotAQueueSession."""
    queued = queue_of(session_id).items.filter(status=ItemStatus.QUEUED)
    return list(queued.order_by("position").values_list("task_id", flat=True))


def stats_of(queue: Queue) -> dict[str, int]:
    return counts(list(queue.items.all()))


def waiting_on(items: list[QueueItem]) -> dict[str, list[str]]:
    """For each queued item's task, the dependencies it still waits for."""
    queued = [item.task_id for item in items if item.status == ItemStatus.QUEUED]
    return unfinished_dependencies(
        dict(Task.objects.filter(pk__in=queued).values_list("pk", "dependencies"))
    )


def blocked_items(waits: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """What only waits, of what `waiting_on` says: `[{taskId, waitingOn}]`."""
    return [
        {"taskId": task_id, "waitingOn": dependencies}
        for task_id, dependencies in waits.items()
        if dependencies
    ]


def top_of(queue: Queue) -> dict[str, Any]:
    """What would be claimed now: `{hasMore, item, message?, blocked?}`."""
    items = list(queue.items.all())
    waits = waiting_on(items)
    processing = [item for item in items if item.status == ItemStatus.PROCESSING]
    item = processing[0] if processing else first_ready(items, waits)
    return {
        "hasMore": item is not None,
        "item": item_document(item) if item else None,
        **({} if item else {"message": "Nothing in the queue is ready."}),
        **blocked_key(blocked_items(waits)),
    }


def blocked_key(blocked: list[dict[str, Any]]) -> dict[str, Any]:
    return {"blocked": blocked} if blocked else {}

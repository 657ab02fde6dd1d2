"""A queue's rows as its JSON document, and back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.clock import now_ms
from core.errors import BadInput
from core.ids import check_id
from queues_app.models import Queue, QueueItem
from queues_app.rules import ItemStatus, current_index, share_ended
from sessions_app.models import Session
from storage_app.fields import Key, moment, read_keys, text, unknown_keys, write_keys
from storage_app.kinds import DocumentKind, News
from tasks_app.models import TaskSession

ITEM_KEYS = (
    text("taskId", "task_id"),
    text("status", "status", default="queued"),
    moment("addedAt", "added_at"),
    moment("startedAt", "started_at", always=False),
    moment("completedAt", "completed_at", always=False),
    text("failReason", "fail_reason", always=False),
    text("claimId", "claim_id", always=False),
    Key("metadata", "metadata", (dict,), default=dict),
)
KEYS = (moment("createdAt", "created_at"), moment("updatedAt", "updated_at"))
KNOWN = (
    "id",
    "sessionId",
    "strategy",
    "items",
    "currentIndex",
    "keepOpen",
    "createdAt",
    "updatedAt",
)


def item_document(item: QueueItem) -> dict[str, Any]:
    return {**write_keys(item, ITEM_KEYS), **item.extra}


def queue_document(queue: Queue, items: Sequence[QueueItem] | None = None) -> dict[str, Any]:
    items = list(queue.items.all()) if items is None else items
    return {
        "id": queue.pk,
        "sessionId": queue.session_id,
        "strategy": "queue",
        "items": [item_document(item) for item in items],
        "currentIndex": current_index(items),
        **write_keys(queue, KEYS),
        **({"keepOpen": True} if queue.keep_open else {}),
        **queue.extra,
    }


def read(queue_id: str) -> dict[str, Any] | None:
    queue = Queue.objects.filter(pk=queue_id).first()
    return queue_document(queue) if queue else None


def _parsed(document: Mapping[str, Any]) -> tuple[Queue, list[QueueItem]]:
    session_id = check_id(document.get("sessionId"), "sessionId")
    queue_id = str(document.get("id") or f"que_{session_id}")
    if queue_id != f"que_{session_id}":  # which may be longer than an id of someone else's
        check_id(queue_id)
    columns = read_keys(document, KEYS)
    columns["created_at"] = columns["created_at"] or now_ms()
    columns["updated_at"] = columns["updated_at"] or columns["created_at"]
    items = document.get("items") or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadInput({"items": ["This is a list of objects."]})
    queue = Queue(
        id=queue_id,
        session_id=session_id,
        keep_open=document.get("keepOpen") is True,
        extra=unknown_keys(document, KNOWN),
        **columns,
    )
    return queue, [_item(queue, place, item) for place, item in enumerate(items)]


def load(document: Mapping[str, Any]) -> str:
    queue, items = _parsed(document)
    other = Queue.objects.filter(session_id=queue.session_id).exclude(pk=queue.pk).first()
    if other:
        raise BadInput({"sessionId": [f"{queue.session_id} has the queue {other.pk} already."]})
    queue.save()
    queue.items.all().delete()
    QueueItem.objects.bulk_create(items)
    _note_on_session(queue)
    return str(queue.pk)


def as_stored(document: Mapping[str, Any]) -> dict[str, Any]:
    return queue_document(*_parsed(document))


def _note_on_session(queue: Queue) -> None:
    """What is derived from a queue and kept in its session's columns."""
    items = list(queue.items.all())
    Session.objects.filter(pk=queue.session_id).update(progress=share_ended(items))
    links = TaskSession.objects.filter(session_id=queue.session_id)
    links.update(attempt_started_at=None)
    for item in items:
        if item.status == ItemStatus.PROCESSING:
            links.filter(task_id=item.task_id).update(attempt_started_at=item.started_at)


def _item(queue: Queue, place: int, document: Mapping[str, Any]) -> QueueItem:
    columns = read_keys(document, ITEM_KEYS)
    check_id(columns["task_id"], "taskId")
    if columns["status"] not in set(ItemStatus):
        raise BadInput({"status": [f"{columns['status']} is no status of a queue's item."]})
    columns["added_at"] = columns["added_at"] or queue.created_at
    columns["extra"] = unknown_keys(document, [key.name for key in ITEM_KEYS])
    return QueueItem(queue=queue, position=place, **columns)


def remove(queue_id: str) -> None:
    Queue.objects.filter(pk=queue_id).delete()


def ids() -> list[str]:
    return list(Queue.objects.values_list("pk", flat=True))


def clear() -> None:
    QueueItem.objects.all().delete()
    Queue.objects.all().delete()


def news(queue_id: str) -> News:
    queue = Queue.objects.get(pk=queue_id)
    session = Session.objects.filter(pk=queue.session_id).first()
    return News(
        queue_document(queue),
        project_id=session.project_id if session else None,
        session_id=queue.session_id,
    )


def named(document: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    yield "session", document["sessionId"]
    yield from (("task", item["taskId"]) for item in document["items"])


KIND = DocumentKind("queue", "queues", read, load, as_stored, remove, ids, clear, news, named)

"""What a queue's items may become and which is next; pure."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol, TypeVar

from core.errors import Conflict, MaestroError
from sessions_app.rules import EventType


class ItemStatus(StrEnum):
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


ENDED = frozenset((ItemStatus.COMPLETED, ItemStatus.FAILED, ItemStatus.SKIPPED))
EVENT_OF_ENDING: dict[ItemStatus, EventType] = {
    ItemStatus.COMPLETED: EventType.TASK_COMPLETED,
    ItemStatus.FAILED: EventType.TASK_FAILED,
    ItemStatus.SKIPPED: EventType.TASK_SKIPPED,
}


class NotAQueueSession(MaestroError):
    code, status = "not_a_queue_session", 400


class AlreadyProcessing(Conflict):
    code = "already_processing"


class NotProcessing(Conflict):
    code = "not_processing"


class AlreadyQueued(Conflict):
    code = "already_queued"


class Item(Protocol):
    """What the rules need to know of an item."""

    @property
    def task_id(self) -> str: ...
    @property
    def status(self) -> str: ...


AnItem = TypeVar("AnItem", bound=Item)


def first_ready(items: Sequence[AnItem], waiting_on: Mapping[str, Sequence[str]]) -> AnItem | None:
    """The first queued item whose dependencies are all completed."""
    for item in items:
        if item.status == ItemStatus.QUEUED and not waiting_on.get(item.task_id):
            return item
    return None


def current_index(items: Sequence[Item]) -> int:
    """The place of the item in process, or -1."""
    for index, item in enumerate(items):
        if item.status == ItemStatus.PROCESSING:
            return index
    return -1


def is_exhausted(items: Sequence[Item]) -> bool:
    return all(item.status in ENDED for item in items)


def share_ended(items: Sequence[Item]) -> float | None:
    """A queue's progress, 0 to 1; None while it has no items."""
    return sum(item.status in ENDED for item in items) / len(items) if items else None


def counts(items: Sequence[Item]) -> dict[str, int]:
    """`{total, queued, processing, completed, failed, skipped}`."""
    statuses = [item.status for item in items]
    return {"total": len(items), **{status.value: statuses.count(status) for status in ItemStatus}}

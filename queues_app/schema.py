"""The queue routes, described to OpenAPI."""

from typing import Any

from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers

from access_app.fields import IdField, IdList
from access_app.schema import Yes, operation
from core.errors import BadInput, MaestroError, NotFound, TaskNotFound
from events_app.schema import WAIT
from queues_app.rules import (
    AlreadyProcessing,
    AlreadyQueued,
    ItemStatus,
    NotAQueueSession,
    NotProcessing,
)
from queues_app.serializers import EndBody, ItemBody, OrderBody
from sessions_app.rules import SessionIsFinal, TaskInProcess
from tasks_app.schema import Task

ITEM_STATUSES = [status.value for status in ItemStatus]


class QueueItem(serializers.Serializer):
    """A task in a queue. `claimId` names one attempt: with it, repeating an ending is safe."""

    taskId = IdField()
    status = serializers.ChoiceField(ITEM_STATUSES)
    addedAt = serializers.IntegerField(help_text="Unix milliseconds")
    startedAt = serializers.IntegerField(required=False)
    completedAt = serializers.IntegerField(required=False)
    failReason = serializers.CharField(required=False)
    claimId = serializers.CharField(required=False)
    metadata = serializers.DictField()


class Queue(serializers.Serializer):
    """A session's queue."""

    id = serializers.CharField()
    sessionId = IdField()
    strategy = serializers.CharField()
    items = QueueItem(many=True)
    currentIndex = serializers.IntegerField(help_text="-1 when nothing is in process")
    keepOpen = serializers.BooleanField(required=False)
    createdAt = serializers.IntegerField()
    updatedAt = serializers.IntegerField()


class QueueStats(serializers.Serializer):
    """How many items there are, and in which status."""

    total = serializers.IntegerField()
    queued = serializers.IntegerField()
    processing = serializers.IntegerField()
    completed = serializers.IntegerField()
    failed = serializers.IntegerField()
    skipped = serializers.IntegerField()


class Waiting(serializers.Serializer):
    """An item that waits for other tasks."""

    taskId = IdField()
    waitingOn = IdList()


class QueueAndStats(serializers.Serializer):
    """The queue and its counts."""

    queue = Queue()
    stats = QueueStats()


class ItemsAndStats(serializers.Serializer):
    """The items and their counts."""

    items = QueueItem(many=True)
    stats = QueueStats()


class TopItem(serializers.Serializer):
    """What `next` would give."""

    hasMore = serializers.BooleanField(help_text="whether `item` is not null")
    item = QueueItem(allow_null=True)
    message = serializers.CharField(required=False)
    blocked = Waiting(many=True, required=False)


class ClaimedItem(serializers.Serializer):
    """The item to work on, with its task."""

    item = QueueItem(allow_null=True)
    task = Task(allow_null=True)
    hasMore = serializers.BooleanField(help_text="whether `item` is not null")
    blocked = Waiting(many=True, required=False)


class StartedItem(serializers.Serializer):
    """The item that was started; `empty` when nothing was ready."""

    success = Yes()
    item = QueueItem(allow_null=True)
    empty = serializers.BooleanField(required=False)
    message = serializers.CharField()


class EndedItem(serializers.Serializer):
    """The item that ended, and the one that is next."""

    success = Yes()
    nextItem = QueueItem(allow_null=True)
    hasMore = serializers.BooleanField(help_text="whether `nextItem` is not null")
    message = serializers.CharField()
    blocked = Waiting(many=True, required=False)


class CompletedItem(EndedItem):
    completedItem = QueueItem()


class FailedItem(EndedItem):
    failedItem = QueueItem()


class SkippedItem(EndedItem):
    skippedItem = QueueItem()


class ChangedItem(serializers.Serializer):
    """The item as it is now."""

    success = Yes()
    item = QueueItem()


class ChangedQueue(serializers.Serializer):
    """The queue as it is now."""

    success = Yes()
    queue = Queue()


_ITEM = {"taskId": "tsk_…"}


def _get(name: str, summary: str, answer: Any, **more: Any) -> Any:
    refusals = (BadInput, NotFound, NotAQueueSession)
    described = operation(name, summary, answer, *refusals, tag="queues", **more)
    return extend_schema_view(get=described)


def _post(name: str, summary: str, answer: Any, *refusals: type[MaestroError], **more: Any) -> Any:
    common = (NotFound, NotAQueueSession)
    described = operation(
        name, summary, answer, *common, *refusals, changes=True, tag="queues", **more
    )
    return extend_schema_view(post=described)


def _ended(verb: str, summary: str, answer: Any, *refusals: type[MaestroError]) -> Any:
    """One view ends items in three ways, so each route describes a class of its own."""
    described = _post(
        f"{verb}Item",
        summary,
        answer,
        NotProcessing,
        *refusals,
        body=EndBody,
        example={"claimId": "clm_…"},
    )
    return lambda view: described(type(f"{verb.capitalize()}Item", (view,), {}))


whole_queue = _get("getQueue", "The queue and its counts.", QueueAndStats, single=True)
items = _get("listItems", "The items and their counts.", ItemsAndStats)
top = _get("getTopItem", "The item that `next` would give.", TopItem)
next_item = _post(
    "claimNextItem",
    "Claim the first ready item; while one is in process, that one again. With `wait`, an empty "
    "answer comes only when nothing was pushed or became ready meanwhile.",
    ClaimedItem,
    SessionIsFinal,
    query=(WAIT,),
)
start = _post(
    "startNextItem",
    "Start the first ready item.",
    StartedItem,
    SessionIsFinal,
    AlreadyProcessing,
    once=True,
)
complete = _ended("complete", "The item in process is done.", CompletedItem)
fail = _ended("fail", "The item in process failed; `reason` says why.", FailedItem)
skip = _ended(
    "skip", "Pass over the item in process, or the next one.", SkippedItem, SessionIsFinal
)
push = _post(
    "pushItem",
    "Put a task at the end.",
    ChangedItem,
    TaskNotFound,
    AlreadyQueued,
    SessionIsFinal,
    body=ItemBody,
    example=_ITEM,
    once=True,
)
requeue = _post(
    "requeueItem",
    "Try a failed or skipped item again.",
    ChangedItem,
    TaskNotFound,
    AlreadyQueued,
    SessionIsFinal,
    body=ItemBody,
    example=_ITEM,
)
remove = _post(
    "removeItem",
    "Take an item out; when nothing is left, the session ends.",
    ChangedQueue,
    TaskNotFound,
    TaskInProcess,
    body=ItemBody,
    example=_ITEM,
)
reorder = _post(
    "reorderItems",
    "Put the waiting items in this order.",
    ChangedQueue,
    body=OrderBody,
    example={"taskIds": ["tsk_…", "tsk_…"]},
)

"""Writing queues: handing out items, ending them, and changing what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max

from access_app.actors import Actor
from core.clock import now_ms
from core.errors import BadInput, TaskNotFound
from core.ids import new_id
from queues_app.documents import queue_document
from queues_app.models import Queue, QueueItem
from queues_app.rules import (
    ENDED,
    EVENT_OF_ENDING,
    AlreadyProcessing,
    AlreadyQueued,
    ItemStatus,
    NotProcessing,
    first_ready,
    is_exhausted,
    share_ended,
)
from queues_app.selectors import blocked_items, queue_of, waiting_on
from sessions_app.models import Session, TimelineEvent
from sessions_app.rules import FINAL, LIVE, EventType, Status, Strategy, raise_final
from sessions_app.selectors import session_by_id
from sessions_app.services import (
    NewSession,
    add_task,
    create_session,
    remove_task,
    set_task_session_status,
)
from sessions_app.timeline import Draft, OpenSession, end, open_session, report
from storage_app.changes import Change, change
from tasks_app.rules import SessionStatusOfTask
from tasks_app.selectors import titles_of


@dataclass(frozen=True)
class Claim:
    """An item in process, whether this call is what started it, and what only waits."""

    item: QueueItem
    is_new: bool
    blocked: list[dict[str, Any]]


@dataclass(frozen=True)
class Outcome:
    """An ended item, what is ready after it, and what only waits."""

    item: QueueItem
    next_item: QueueItem | None
    blocked: list[dict[str, Any]] = field(default_factory=list)


def create_with_queue(
    new: NewSession,
    *,
    by: Actor,
    keep_open: bool = False,
    event_type: str = "session:created",
    announced: bool = True,
) -> Session:
    """A session, and where its strategy is queue, its queue, in one transaction.

    Records what create_session records, and queue:updated.
    """
    with change() as changed:
        session = create_session(new, by=by, event_type=event_type, announced=announced)
        if session.strategy == Strategy.QUEUE:
            now = now_ms()
            queue = Queue.objects.create(
                id=f"que_{session.pk}",
                session=session,
                keep_open=keep_open,
                created_at=now,
                updated_at=now,
            )
            append_items(queue, list(dict.fromkeys(new.task_ids)))
            announce(changed, queue)
    return session


def append_items(queue: Queue, task_ids: Sequence[str]) -> list[QueueItem]:
    top = queue.items.aggregate(top=Max("position"))["top"]
    first = 0 if top is None else top + 1
    return QueueItem.objects.bulk_create(
        QueueItem(queue=queue, position=first + offset, task_id=task_id, added_at=now_ms())
        for offset, task_id in enumerate(task_ids)
    )


def announce(
    changed: Change, queue: Queue, items: Sequence[QueueItem] | None = None
) -> float | None:
    """Returns the progress, for a caller whose session is still to be saved.

    `items` are read where they are not given.
    """
    items = list(queue.items.all()) if items is None else items
    queue.updated_at = now_ms()
    queue.save()
    changed.touch("queue", queue.pk)
    progress = share_ended(items)
    if progress != queue.session.progress:
        Session.objects.filter(pk=queue.session_id).update(progress=progress)
    changed.record(
        "queue:updated",
        queue_document(queue, items),
        session_id=queue.session_id,
        project_id=queue.session.project_id,
    )
    return progress


def claim_next(session_id: str, *, by: Actor) -> Claim | None:
    """Give the first ready item of the session's queue to its agent, or return None.

    An item already in process is returned again with its claim. Raises NotAQueueSession,
    SessionIsFinal. Records task_started (task_blocked, once, for an item that is passed over)
    and queue:updated.
    """
    with change() as changed:
        queue = queue_of(session_id)
        items = list(queue.items.all())
        waits = waiting_on(items)
        blocked = blocked_items(waits)
        for begun in items:
            if begun.status == ItemStatus.PROCESSING:
                return Claim(begun, is_new=False, blocked=blocked)
        opened = OpenSession(changed, queue.session)
        if opened.session.state in FINAL:
            raise_final(opened.session.state)
        item = first_ready(items, waits)
        _say_what_waits(opened, items, waits, before=item, by=by)
        if item is not None:
            _start(opened, item, by)
        opened.save()
        if item is not None:
            announce(changed, queue, items)
    return Claim(item, is_new=True, blocked=blocked) if item else None


def start_next(session_id: str, *, by: Actor) -> QueueItem | None:
    """As claim_next, but raises AlreadyProcessing while an item is in process."""
    with change():
        claim = claim_next(session_id, by=by)
        if claim is not None and not claim.is_new:
            raise AlreadyProcessing(
                f"{claim.item.task_id} is in process. Complete, fail or skip it first.",
                {"taskId": claim.item.task_id, "claimId": claim.item.claim_id},
            )
    return claim.item if claim else None


def _start(opened: OpenSession, item: QueueItem, by: Actor) -> None:
    started = report(
        opened,
        Draft(EventType.TASK_STARTED, task_id=item.task_id),
        by=by,
        moves_tasks=True,
    )
    item.status = ItemStatus.PROCESSING
    item.started_at = started["timestamp"]
    item.claim_id = new_id("clm")
    item.save()


def _say_what_waits(
    opened: OpenSession,
    items: Sequence[QueueItem],
    waits: Mapping[str, Sequence[str]],
    *,
    before: QueueItem | None,
    by: Actor,
) -> None:
    """One task_blocked the first time an item is passed over for its dependencies."""
    for item in items:
        if item is before:
            return
        if item.status == ItemStatus.QUEUED and waits.get(item.task_id) and not _was_said(item):
            dependencies = list(waits[item.task_id])
            titles = titles_of(dependencies)
            waiting = ", ".join(titles.get(task_id, task_id) for task_id in dependencies)
            draft = Draft(
                EventType.TASK_BLOCKED,
                f"Waits for {waiting}",
                item.task_id,
                {"blockingTask": dependencies[0], "waitingOn": dependencies},
            )
            report(opened, draft, by=by, moves_tasks=True)


def _was_said(item: QueueItem) -> bool:
    return TimelineEvent.objects.filter(
        session_id=item.queue.session_id,
        type=EventType.TASK_BLOCKED,
        task_id=item.task_id,
        at__gte=item.added_at,
    ).exists()


def end_item(
    session_id: str,
    to: ItemStatus,
    *,
    by: Actor,
    task_id: str | None = None,
    claim_id: str | None = None,
    reason: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> Outcome:
    """Complete, fail or skip the item in process; the last one ends the session.

    The first call with a claimId wins and its repeats get the same answer. Skip with nothing in
    process skips the next queued item. Raises NotProcessing, SessionIsFinal, NotAQueueSession.
    Records the task's event, queue:updated, and session_stopped when the queue ran out.
    """
    with change() as changed:
        queue = queue_of(session_id)
        items = list(queue.items.all())
        item = _item_to_end(items, to, task_id, claim_id)
        if item.status not in ENDED:
            _end(changed, queue, items, item, to, by=by, reason=reason, metadata=metadata or {})
        waits = waiting_on(items)
        return Outcome(item, first_ready(items, waits), blocked_items(waits))


def _item_to_end(
    items: Sequence[QueueItem], to: ItemStatus, task_id: str | None, claim_id: str | None
) -> QueueItem:
    for item in items:
        if claim_id and item.claim_id == claim_id and item.status == to:
            return item
    candidates = [item for item in items if item.status == ItemStatus.PROCESSING]
    if not candidates and to is ItemStatus.SKIPPED and claim_id is None:
        candidates = [item for item in items if item.status == ItemStatus.QUEUED]
    for item in candidates:
        wanted = (task_id or item.task_id, claim_id or item.claim_id)
        if wanted == (item.task_id, item.claim_id):
            return item
    named = task_id or claim_id or "Nothing"
    raise NotProcessing(
        f"{named} is not in process. Ask for the next item first.",
        {"processing": [item.task_id for item in items if item.status == ItemStatus.PROCESSING]},
    )


def _end(
    changed: Change,
    queue: Queue,
    items: Sequence[QueueItem],
    item: QueueItem,
    to: ItemStatus,
    *,
    by: Actor,
    reason: str,
    metadata: Mapping[str, Any],
) -> None:
    """`item` is one of the `items`."""
    opened = OpenSession(changed, queue.session)
    if opened.session.state in FINAL:
        raise_final(opened.session.state)
    said = {"error": reason} if to is ItemStatus.FAILED and reason else {}
    said |= {"reason": reason} if to is ItemStatus.SKIPPED and reason else {}
    draft = Draft(EVENT_OF_ENDING[to], task_id=item.task_id, metadata={**said, **metadata})
    event = report(opened, draft, by=by, moves_tasks=True)
    item.status = to
    item.completed_at = event["timestamp"]
    item.fail_reason = reason if to is ItemStatus.FAILED else ""
    item.save()
    opened.session.progress = share_ended(items)
    if is_exhausted(items) and not queue.keep_open:
        _end_session(opened, items, by)
    opened.save()
    announce(changed, queue, items)


def _end_session(opened: OpenSession, items: Sequence[QueueItem], by: Actor) -> None:
    failed = sum(item.status == ItemStatus.FAILED for item in items)
    if opened.session.state is Status.SPAWNING:
        to = Status.FAILED if failed else Status.STOPPED
    else:
        to = Status.FAILED if failed else Status.COMPLETED
    why = f"{failed} of {len(items)} tasks failed" if failed else ""
    end(opened, to, by=by, why=why)


def push_item(session_id: str, task_id: str, *, by: Actor) -> QueueItem:
    """Put a task at the queue's end; one that ended there comes once more.

    Raises AlreadyQueued, SessionIsFinal, TaskNotFound.
    """
    with change() as changed:
        queue = queue_of(session_id)
        _check_live(session_id)
        if queue.items.filter(task_id=task_id).exclude(status__in=ENDED).exists():
            raise AlreadyQueued(f"{task_id} is in the queue already.", {"taskId": task_id})
        add_task(session_id, task_id)
        item = queue.items.filter(task_id=task_id).order_by("-position").first()
        if item is None or item.status in ENDED:
            (item,) = append_items(queue, [task_id])
            set_task_session_status(task_id, session_id, SessionStatusOfTask.QUEUED, by=by)
            announce(changed, queue)
    return item


def _check_live(session_id: str) -> None:
    status = session_by_id(session_id).state
    if status in FINAL:
        raise_final(status)


def remove_item(session_id: str, task_id: str, *, by: Actor) -> Queue:
    """Take a task out of the queue and the session; a queue that runs out by it ends its session.

    Raises TaskNotFound, TaskInProcess.
    """
    with change() as changed:
        queue = queue_of(session_id)
        item = queue.items.filter(task_id=task_id).order_by("-position").first()
        if item is None:
            raise TaskNotFound(f"{task_id} is not in this queue.", {"taskIds": [task_id]})
        remove_task(session_id, task_id)
        end_if_run_out(changed, queue, by)
    return queue


def end_if_run_out(changed: Change, queue: Queue, by: Actor) -> Session:
    """What is true after the last item ended is true after the last was taken away."""
    items = list(queue.items.all())
    opened = open_session(changed, queue.session_id)
    if opened.session.state in LIVE and is_exhausted(items) and not queue.keep_open:
        _end_session(opened, items, by)
        opened.save()
    return opened.session


def reorder_items(session_id: str, task_ids: Sequence[str]) -> Queue:
    """Put the queued items in this order, after those that began. Raises BadInput."""
    with change() as changed:
        queue = queue_of(session_id)
        items = list(queue.items.all())
        queued = {item.task_id: item for item in items if item.status == ItemStatus.QUEUED}
        if sorted(task_ids) != sorted(queued):
            raise BadInput({"taskIds": [f"Name every queued task once: {', '.join(queued)}."]})
        begun = [item for item in items if item.status != ItemStatus.QUEUED]
        for position, item in enumerate((*begun, *(queued[task_id] for task_id in task_ids))):
            item.position = position
            item.save()
        announce(changed, queue)
    return queue


def requeue_item(session_id: str, task_id: str, *, by: Actor) -> QueueItem:
    """Try a failed or skipped item again, on a live session. Raises SessionIsFinal."""
    with change() as changed:
        queue = queue_of(session_id)
        _check_live(session_id)
        item = queue.items.filter(task_id=task_id).order_by("-position").first()
        if item is None:
            raise TaskNotFound(f"{task_id} is not in this queue.", {"taskIds": [task_id]})
        if item.status not in (ItemStatus.FAILED, ItemStatus.SKIPPED):
            raise AlreadyQueued(f"{task_id} is {item.status}, not ended.", {"taskId": task_id})
        item.metadata = {**item.metadata, "attempts": item.metadata.get("attempts", 1) + 1}
        item.status, item.claim_id, item.fail_reason = ItemStatus.QUEUED, "", ""
        item.started_at = item.completed_at = None
        item.position = (queue.items.aggregate(top=Max("position"))["top"] or 0) + 1
        item.save()
        set_task_session_status(task_id, session_id, SessionStatusOfTask.QUEUED, by=by)
        announce(changed, queue)
    return item


def remove_queue(changed: Change, session_id: str) -> None:
    queue = Queue.objects.filter(session_id=session_id).first()
    if queue is not None:
        changed.touch("queue", queue.pk)
        queue.delete()

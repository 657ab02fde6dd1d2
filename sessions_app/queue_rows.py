"""What a queue's document adds to a session's rows: how long tasks were queued, and how many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sessions_app.row_events import as_list, as_ms, as_text
from sessions_app.row_types import Bar, Mark, Outcome, QueueLane, QueueStep, Span, Stretch

OUTCOMES = {
    "processing": Outcome.RUNNING,
    "completed": Outcome.COMPLETED,
    "failed": Outcome.FAILED,
    "skipped": Outcome.SKIPPED,
}
INITIALIZED_ID = "queue-initialized"
COMPLETED_ID = "queue-completed"


@dataclass(frozen=True, slots=True)
class Item:
    task_id: str
    status: str
    added_ms: int
    started_ms: int | None
    ended_ms: int | None

    @property
    def outcome(self) -> Outcome | None:
        return OUTCOMES.get(self.status)


def read_items(queue: Mapping[str, object] | None, span: Span) -> tuple[Item, ...]:
    return tuple(
        Item(
            task_id=as_text(item.get("taskId")),
            status=as_text(item.get("status")) or "queued",
            added_ms=as_ms(item.get("addedAt")) or span.start_ms,
            started_ms=as_ms(item.get("startedAt")),
            ended_ms=as_ms(item.get("completedAt")),
        )
        for item in as_list((queue or {}).get("items"))
        if as_text(item.get("taskId"))
    )


def queued_stretch(item: Item, bars: Sequence[Bar], span: Span) -> Stretch | None:
    """From an item's adding to its first attempt, or to whatever ended its waiting."""
    starts = [bar.start_ms for bar in bars] + [item.started_ms or item.ended_ms or 0]
    end = min((at for at in starts if at), default=span.end_ms)
    if end is not None and end <= item.added_ms:
        return None
    return Stretch(item.added_ms, end)


def with_item(bars: Sequence[Bar], item: Item, span: Span) -> tuple[Bar, ...]:
    """In a queue session the queue alone opens and closes attempts, so its times win."""
    outcome = item.outcome
    if item.started_ms is None or outcome is None:
        return tuple(bars)
    end = span.end_ms if item.ended_ms is None else item.ended_ms
    last = bars[-1] if bars else None
    bar = Bar(
        item.started_ms,
        None if end is None else max(item.started_ms, end),
        outcome if end is None or outcome is not Outcome.RUNNING else Outcome.FAILED,
        last.event_id if last else None,
        last.end_event_id if last else None,
    )
    return (*bars[:-1], bar)


def queue_lane(
    queue: Mapping[str, object] | None, items: Sequence[Item], span: Span
) -> QueueLane | None:
    """The queue's own lane: initialized, how many were queued when, everything ended."""
    if queue is None:
        return None
    created = as_ms(queue.get("createdAt")) or span.start_ms
    ended = [item for item in items if item.status in ("completed", "failed", "skipped")]
    failed = sum(item.status == "failed" for item in items)
    marks = [_mark(INITIALIZED_ID, "queue_initialized", created, _initialized_words(len(items)))]
    if items and len(ended) == len(items):
        at = max(item.ended_ms or created for item in items)
        marks.append(_mark(COMPLETED_ID, "queue_completed", at, _ended_words(items, failed)))
    return QueueLane(_steps(items, span), tuple(marks), len(items), len(ended), failed)


def _initialized_words(count: int) -> str:
    return f"{count} task{'' if count == 1 else 's'} queued" if count else "empty"


def _ended_words(items: Sequence[Item], failed: int) -> str:
    skipped = sum(item.status == "skipped" for item in items)
    if not failed and not skipped:
        return "All tasks completed"
    parts = [(len(items) - failed - skipped, "completed"), (failed, "failed"), (skipped, "skipped")]
    return ", ".join(f"{count} {word}" for count, word in parts if count)


def _mark(mark_id: str, kind: str, at_ms: int, message: str) -> Mark:
    word = "Queue initialized" if mark_id == INITIALIZED_ID else "Queue complete"
    return Mark(mark_id, kind, at_ms, "ev-milestone", word, message)


def _steps(items: Sequence[Item], span: Span) -> tuple[QueueStep, ...]:
    changes: dict[int, int] = {}
    for item in items:
        changes[item.added_ms] = changes.get(item.added_ms, 0) + 1
        left = item.started_ms or item.ended_ms
        if left is None and item.status != "queued":
            left = item.added_ms
        if left is not None:
            changes[left] = changes.get(left, 0) - 1
    times = sorted(changes)
    steps, queued = [], 0
    for at, until in zip(times, [*times[1:], span.end_ms], strict=False):
        queued += changes[at]
        if queued > 0 and until != at:
            steps.append(QueueStep(at, until, queued))
    return tuple(steps)

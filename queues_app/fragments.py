"""A queue as pages show it: its items in order, with state and durations."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from queues_app.models import Queue
from queues_app.rules import ENDED, ItemStatus
from queues_app.selectors import waiting_on
from sessions_app.asked import Asked
from sessions_app.rules import LIVE
from sessions_app.signs import Sign, sign_named
from tasks_app.selectors import titles_of

_ENDED = frozenset(status.value for status in ENDED)
SHOWN_AT_ONCE = 100
ENDED_ABOVE = 10
NEAR, NEAR_ABOVE = 8, 2


@dataclass(frozen=True)
class Place:
    """A place in the order: before that task, or at the end where it is empty."""

    before: str


@dataclass(frozen=True)
class Item:
    """`waited_ms` is None for what still waits; a start without an end goes on.

    `key` is its own, also where a task came twice. `higher` and `lower` are where a queued item of
    a live session would go.
    """

    number: int
    key: str
    task_id: str
    title: str
    sign: Sign
    current: bool
    waited_ms: int | None
    waiting_since_ms: int | None
    took_ms: int | None
    started_ms: int | None
    attempts: int
    reason: str
    waits_for: tuple[str, ...]
    claim: str
    higher: Place | None = None
    lower: Place | None = None
    can_requeue: bool = False

    @property
    def can_move(self) -> bool:
        return bool(self.higher or self.lower)


@dataclass(frozen=True)
class Stretch:
    """The items that are shown together; `earlier` and `later` are the keys with which those
    before and after them begin, `behind` is the queued task that follows."""

    items: tuple[Item, ...]
    earlier: str
    earlier_count: int
    later: str
    later_count: int
    behind: str


@dataclass(frozen=True)
class QueueView:
    session_id: str
    session_name: str
    items: tuple[Item, ...]
    ended: int
    failed: int
    spent_ms: int
    keep_open: bool

    @property
    def total(self) -> int:
        return len(self.items)

    @property
    def current(self) -> Item | None:
        return next((item for item in self.items if item.current), None)

    @property
    def next_number(self) -> int:
        """The first queued item's number, 0 when there is none."""
        return next((item.number for item in self.items if item.sign.kind == "queued"), 0)

    @property
    def near(self) -> tuple[Item, ...]:
        """A few items about where the queue is."""
        start = self._start_about_now(NEAR, NEAR_ABOVE)
        return self.items[start : start + NEAR]

    def stretch(self, since: str) -> Stretch:
        """From the item with this key on; without one, about where the queue is."""
        start = next((place for place, item in enumerate(self.items) if item.key == since), None)
        if start is None:
            start = self._start_about_now(SHOWN_AT_ONCE, ENDED_ABOVE)
        end = min(start + SHOWN_AT_ONCE, self.total)
        behind = self.items[end] if end < self.total else None
        return Stretch(
            items=self.items[start:end],
            earlier=self.items[max(0, start - SHOWN_AT_ONCE)].key if start else "",
            earlier_count=start,
            later=behind.key if behind else "",
            later_count=self.total - end,
            behind=behind.task_id if behind else "",
        )

    def _start_about_now(self, count: int, above: int) -> int:
        going_on = (place for place, item in enumerate(self.items) if item.sign.kind not in _ENDED)
        now = next(going_on, self.total)
        return max(0, min(now - above, self.total - count))


def queue_rows(session_id: str, asked: Asked) -> dict[str, Any]:
    """What the page of a queue shows; `{queue: None}` where there is none."""
    queue = queue_views([session_id]).get(session_id)
    if queue is None:
        return {"queue": None}
    stretch = queue.stretch(asked.since)
    return {
        "queue": queue,
        "stretch": stretch,
        "earlier": asked.but(since=stretch.earlier),
        "later": asked.but(since=stretch.later),
    }


def queue_views(session_ids: list[str]) -> dict[str, QueueView]:
    """By session; sessions without a queue are left out."""
    queues = Queue.objects.filter(session_id__in=session_ids).select_related("session")
    return {queue.session_id: _view(queue) for queue in queues.prefetch_related("items")}


def _view(queue: Queue) -> QueueView:
    rows = list(queue.items.all())
    waits = waiting_on(rows)
    wanted = {row.task_id for row in rows} | {one for ids in waits.values() for one in ids}
    titles = titles_of(wanted)
    live = queue.session.state in LIVE
    queued = [row.task_id for row in rows if row.status == ItemStatus.QUEUED] if live else []
    items, times, place = [], Counter[str](), -1
    for number, row in enumerate(rows, start=1):
        times[row.task_id] += 1
        came = times[row.task_id]
        moves = live and row.status == ItemStatus.QUEUED
        place += moves
        took = row.completed_at - row.started_at if row.completed_at and row.started_at else None
        until = row.started_at or row.completed_at
        items.append(
            Item(
                number=number,
                key=row.task_id if came == 1 else f"{row.task_id}-{came}",
                task_id=row.task_id,
                title=titles.get(row.task_id, row.task_id),
                sign=sign_named(row.status),
                current=row.status == ItemStatus.PROCESSING,
                waited_ms=max(0, until - row.added_at) if until else None,
                waiting_since_ms=None if until else row.added_at,
                took_ms=took,
                started_ms=row.started_at if row.status == ItemStatus.PROCESSING else None,
                attempts=_attempts(row.metadata, started=bool(row.started_at)),
                reason=row.fail_reason,
                waits_for=tuple(titles.get(one, one) for one in waits.get(row.task_id, ())),
                claim=row.claim_id if row.status == ItemStatus.PROCESSING else "",
                higher=_place(queued, place - 1) if moves else None,
                lower=_place(queued, place + 2) if moves else None,
                can_requeue=live and row.status in (ItemStatus.FAILED, ItemStatus.SKIPPED),
            )
        )
    return QueueView(
        session_id=queue.session_id,
        session_name=queue.session.name,
        items=tuple(items),
        ended=sum(row.status in _ENDED for row in rows),
        failed=sum(row.status == ItemStatus.FAILED for row in rows),
        spent_ms=sum(item.took_ms or 0 for item in items),
        keep_open=queue.keep_open,
    )


def _place(queued: Sequence[str], place: int) -> Place | None:
    """Before the queued item that stands there; None beyond either end."""
    if 0 <= place < len(queued):
        return Place(queued[place])
    return Place("") if place == len(queued) else None


def _attempts(metadata: Mapping[str, Any], *, started: bool) -> int:
    given = metadata.get("attempts")
    return given if isinstance(given, int) else int(started)

"""A timeline as far as it was read: what is said later is added, not read with all of it again."""

from collections.abc import Sequence

from sessions_app.groups import GroupedRows
from sessions_app.row_events import read_events
from sessions_app.row_types import Event, Span
from sessions_app.spans import TimelineWalk


class TimelineReading:
    """The events of one session, and what follows from them, in order of arrival."""

    def __init__(self, *, start_ms: int) -> None:
        self.events: list[Event] = []
        self.task_ids: set[str] = set()
        self.last_ms: int | None = None
        self._at = start_ms
        self._walk: TimelineWalk | None = None
        self._rows = GroupedRows()
        self._key: object = None

    def add(self, entries: object) -> None:
        """Take in further entries, as the session's document has them."""
        new = read_events(entries, start_ms=self._at, first=len(self.events))
        if new:
            self._at = new[-1].at_ms
            latest = max(event.at_ms for event in new)
            self.last_ms = latest if self.last_ms is None else max(self.last_ms, latest)
            self.task_ids.update(event.task_id for event in new if event.task_id)
            self.events += new

    def walked(self, task_ids: Sequence[str], span: Span) -> tuple[TimelineWalk, GroupedRows]:
        """The walk over all events. What it began with decides what they mean: where that has
        changed, as when the session ends, it begins anew."""
        key = (tuple(task_ids), span.start_ms, span.end_ms)
        if self._walk is None or self._key != key:
            self._walk, self._rows, self._key = TimelineWalk(task_ids, span), GroupedRows(), key
        self._walk.read(self.events[len(self._walk.placements) :], span)
        self._rows.add(self._walk.placements)
        return self._walk, self._rows

"""The timeline as people read it: events in groups, repeated progress folded into one row."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sessions_app.row_events import (
    as_ms,
    as_text,
)
from sessions_app.row_types import Bar, Event, EventRow, Group, Mark, Span, TaskLane, Wait
from sessions_app.spans import END_GROUP, START_GROUP, Placement

FOLDED_GLYPH = "repeat"
DETAIL_KEYS = ("blockingTask", "error", "reason", "answer", "details")


@dataclass(frozen=True, slots=True)
class _ToldLater:
    """What only later events say of one, by its id: how long it took, and what was answered;
    and what the tasks are called that a detail may name."""

    durations: Mapping[str, int]
    answers: Mapping[str, str]
    titles: Mapping[str, str]

    def complete(self, rows: Iterable[EventRow]) -> list[EventRow]:
        durations, titles = self.durations, self.titles
        return [
            self._completed(row) if row.id in durations or row.detail in titles else row
            for row in rows
        ]

    def _completed(self, row: EventRow) -> EventRow:
        given, detail = row.duration_ms, self.titles.get(row.detail, row.detail)
        return row._replace(
            duration_ms=self.durations.get(row.id) if given is None else given,
            detail=self.answers.get(row.id) or detail,
        )


class GroupedRows:
    """The rows of each group as they are told; progress that follows on progress is one row."""

    def __init__(self) -> None:
        self._rows: dict[str, list[EventRow]] = {START_GROUP: [], END_GROUP: []}
        self._runs: dict[str, list[EventRow]] = {}
        self._grown: set[str] = set()
        self._added = 0

    def add(self, placements: Sequence[Placement]) -> None:
        """Take in those that were not there before."""
        for placement in placements[self._added :]:
            self._add(placement.group, _event_row(placement))
        self._added = len(placements)

    def _add(self, group: str, row: EventRow) -> None:
        rows, run = self._rows.setdefault(group, []), self._runs.get(group)
        if not _folds(row):
            self._close(group)
        elif run and run[0].task_id == row.task_id:
            run.append(row)
            self._grown.add(group)
            return
        else:
            self._close(group)
            self._runs[group] = [row]
        rows.append(row)

    def _close(self, group: str) -> None:
        self._fold(group)
        self._runs.pop(group, None)

    def _fold(self, group: str) -> None:
        if group in self._grown:
            self._rows[group][-1] = _fold(self._runs[group])
            self._grown.remove(group)

    def of(self, group: str) -> list[EventRow]:
        """A group's rows so far, to be read and not changed."""
        self._fold(group)
        return self._rows[group]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)


def timeline_groups(
    grouped: GroupedRows,
    *,
    tasks: Sequence[TaskLane],
    waits: Sequence[Wait],
    start_marks: Sequence[Mark],
    end_marks: Sequence[Mark],
    titles: Mapping[str, str],
    span: Span,
    now_ms: int,
) -> tuple[Group, ...]:
    """Start, one group a task in order of first appearance, and the completion."""
    later = _told_later(tasks, waits, titles, now_ms=now_ms)
    lanes = {lane.id: lane for lane in tasks}
    middle = [
        _task_group(lanes[key], tuple(later.complete(grouped.of(key))))
        for key in grouped
        if key in lanes
    ]
    start = _woven(later.complete(grouped.of(START_GROUP)), start_marks, span)
    end = _woven(later.complete(grouped.of(END_GROUP)), end_marks, span)
    groups = (
        _plain_group(START_GROUP, "Start", start),
        *middle,
        _plain_group(END_GROUP, "Completion", end),
    )
    return tuple(group for group in groups if group.rows)


def _folds(row: EventRow) -> bool:
    return row.type == "progress" and not row.detail


def _fold(run: Sequence[EventRow]) -> EventRow:
    if len(run) == 1:
        return run[0]
    last = run[-1]
    return run[0]._replace(
        message=last.message,
        duration_ms=last.at_ms - run[0].at_ms,
        glyph=FOLDED_GLYPH,
        label=last.label,
        fraction=last.fraction,
        folded=tuple(run),
    )


def _told_later(
    tasks: Sequence[TaskLane], waits: Sequence[Wait], titles: Mapping[str, str], *, now_ms: int
) -> _ToldLater:
    durations: dict[str, int] = {}
    for lane in tasks:
        for bar in lane.bars:
            if bar.end_event_id and bar.end_ms is not None:
                durations[bar.end_event_id] = bar.end_ms - bar.start_ms
        for recovery in lane.recoveries:
            if recovery.event_id and recovery.end_ms is not None:
                durations[recovery.event_id] = recovery.end_ms - recovery.start_ms
    for wait in waits:
        if wait.event_id:
            end = now_ms if wait.end_ms is None else wait.end_ms
            durations[wait.event_id] = max(0, end - wait.start_ms)
    answers = {wait.event_id: wait.answer for wait in waits if wait.event_id and wait.answer}
    return _ToldLater(durations, answers, titles)


def _event_row(placement: Placement) -> EventRow:
    event, mark = placement.event, placement.mark
    given = as_ms(event.metadata.get("duration")) if event.type.startswith("task_") else None
    return EventRow(
        id=event.id,
        type=event.type,
        word=mark.word,
        at_ms=event.at_ms,
        message=mark.message,
        detail=_detail(event),
        task_id=event.task_id,
        offset_ms=max(0, event.at_ms - placement.base_ms),
        duration_ms=given,
        glyph=mark.glyph,
        label=mark.label,
        fraction=mark.fraction,
    )


def _detail(event: Event) -> str:
    if not event.metadata or event.metadata.keys().isdisjoint(DETAIL_KEYS):
        return ""
    blocking = as_text(event.metadata.get("blockingTask"))
    if blocking:
        return blocking
    for key in DETAIL_KEYS[1:]:
        value = event.metadata.get(key)
        if value:
            said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            return "\n\n".join(filter(None, (said, as_text(event.metadata.get("output")))))
    return ""


def _woven(rows: list[EventRow], marks: Sequence[Mark], span: Span) -> tuple[EventRow, ...]:
    """With the marks that no event tells, in order of time; the end stays last."""
    rows = [*rows, *(_mark_row(mark, span) for mark in marks)]
    return tuple(sorted(rows, key=lambda row: (row.type == "session_stopped", row.at_ms)))


def _mark_row(mark: Mark, span: Span) -> EventRow:
    return EventRow(
        id=mark.event_id,
        type=mark.type,
        word=mark.word,
        at_ms=mark.at_ms,
        message=mark.message,
        detail="",
        task_id=None,
        offset_ms=max(0, mark.at_ms - span.start_ms),
        duration_ms=None,
        glyph=mark.glyph,
    )


def _plain_group(group_id: str, title: str, rows: tuple[EventRow, ...]) -> Group:
    duration = rows[-1].last_ms - rows[0].at_ms if rows else 0
    return Group(group_id, title, None, None, duration, None, rows)


def _task_group(lane: TaskLane, rows: tuple[EventRow, ...]) -> Group:
    return Group(lane.id, lane.title, lane.id, lane.state, lane.duration_ms, lane.fraction, rows)


def total_ms(bars: Sequence[Bar], *, now_ms: int) -> int:
    return sum(
        max(0, (now_ms if bar.end_ms is None else bar.end_ms) - bar.start_ms) for bar in bars
    )

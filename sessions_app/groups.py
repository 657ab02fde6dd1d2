"""The timeline as people read it: events in groups, repeated progress folded into one row."""

import json
from collections.abc import Mapping, Sequence
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
class Durations:
    """What the rows say about how long something took, by the id of its event."""

    by_event: Mapping[str, int]
    answers: Mapping[str, str]


def timeline_groups(
    placements: Sequence[Placement],
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
    durations = _durations(tasks, waits, now_ms=now_ms)
    rows: dict[str, list[EventRow]] = {START_GROUP: [], END_GROUP: []}
    for placement in placements:
        row = _event_row(placement, durations, titles=titles)
        rows.setdefault(placement.group, []).append(row)
    _weave(rows[START_GROUP], start_marks, span)
    _weave(rows[END_GROUP], end_marks, span)
    lanes = {lane.id: lane for lane in tasks}
    middle = [_task_group(lanes[key], folded(rows[key])) for key in rows if key in lanes]
    start = _plain_group(START_GROUP, "Start", rows[START_GROUP])
    end = _plain_group(END_GROUP, "Completion", rows[END_GROUP])
    return tuple(group for group in (start, *middle, end) if group.rows)


def folded(rows: Sequence[EventRow]) -> tuple[EventRow, ...]:
    """Progress rows of one task that follow each other become one row that holds them."""
    result: list[EventRow] = []
    run: list[EventRow] = []
    for row in rows:
        if run and not (_folds(row) and row.task_id == run[0].task_id):
            result.append(_fold(run))
            run = []
        if _folds(row):
            run.append(row)
        else:
            result.append(row)
    if run:
        result.append(_fold(run))
    return tuple(result)


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


def _durations(tasks: Sequence[TaskLane], waits: Sequence[Wait], *, now_ms: int) -> Durations:
    by_event: dict[str, int] = {}
    for lane in tasks:
        for bar in lane.bars:
            if bar.end_event_id and bar.end_ms is not None:
                by_event[bar.end_event_id] = bar.end_ms - bar.start_ms
        for recovery in lane.recoveries:
            if recovery.event_id and recovery.end_ms is not None:
                by_event[recovery.event_id] = recovery.end_ms - recovery.start_ms
    for wait in waits:
        if wait.event_id:
            end = now_ms if wait.end_ms is None else wait.end_ms
            by_event[wait.event_id] = max(0, end - wait.start_ms)
    answers = {wait.event_id: wait.answer for wait in waits if wait.event_id and wait.answer}
    return Durations(by_event, answers)


def _event_row(
    placement: Placement, durations: Durations, *, titles: Mapping[str, str]
) -> EventRow:
    event, mark = placement.event, placement.mark
    given = as_ms(event.metadata.get("duration")) if event.type.startswith("task_") else None
    return EventRow(
        id=event.id,
        type=event.type,
        word=mark.word,
        at_ms=event.at_ms,
        message=mark.message,
        detail=durations.answers.get(event.id) or _detail(event, titles),
        task_id=event.task_id,
        offset_ms=max(0, event.at_ms - placement.base_ms),
        duration_ms=durations.by_event.get(event.id) if given is None else given,
        glyph=mark.glyph,
        label=mark.label,
        fraction=mark.fraction,
    )


def _detail(event: Event, titles: Mapping[str, str]) -> str:
    if not event.metadata or event.metadata.keys().isdisjoint(DETAIL_KEYS):
        return ""
    blocking = as_text(event.metadata.get("blockingTask"))
    if blocking:
        return titles.get(blocking, blocking)
    for key in DETAIL_KEYS[1:]:
        value = event.metadata.get(key)
        if value:
            said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            return "\n\n".join(filter(None, (said, as_text(event.metadata.get("output")))))
    return ""


def _weave(rows: list[EventRow], marks: Sequence[Mark], span: Span) -> None:
    rows.extend(_mark_row(mark, span) for mark in marks)
    rows.sort(key=lambda row: (row.type == "session_stopped", row.at_ms))


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


def _plain_group(group_id: str, title: str, rows: Sequence[EventRow]) -> Group:
    duration = rows[-1].at_ms - rows[0].at_ms if rows else 0
    return Group(group_id, title, None, None, duration, None, folded(rows))


def _task_group(lane: TaskLane, rows: tuple[EventRow, ...]) -> Group:
    return Group(lane.id, lane.title, lane.id, lane.state, lane.duration_ms, lane.fraction, rows)


def total_ms(bars: Sequence[Bar], *, now_ms: int) -> int:
    return sum(
        max(0, (now_ms if bar.end_ms is None else bar.end_ms) - bar.start_ms) for bar in bars
    )

"""When nothing happened: the stretches of time that a chart may fold."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from charts_app.scale import Gap, TimeScale, foldable
from sessions_app.row_types import SegmentKind, SessionRows

Stretches = list[tuple[int, int]]


def idle_gaps(sessions: Sequence[SessionRows], scale: TimeScale) -> tuple[Gap, ...]:
    """Where every session was idle, not begun or over, and none said anything; long ones only."""
    quiet: Stretches = [(scale.start_ms, scale.end_ms)]
    for rows in sessions:
        quiet = list(_common(quiet, _quiet(rows, scale)))
    gaps = foldable([Gap(*stretch) for stretch in quiet], scale)
    if not gaps:
        return ()
    told = sorted(at for rows in sessions for at in _told(rows))
    parts = [Gap(*part) for stretch in quiet for part in _between(stretch, told)]
    return foldable(parts, scale)


def _quiet(rows: SessionRows, scale: TimeScale) -> Stretches:
    end = rows.span.end_ms
    before = [(scale.start_ms, rows.span.start_ms)]
    after = [(end, scale.end_ms)] if end is not None else []
    # What goes on may be over in the next moment: only what is past is folded.
    idle = [
        (segment.start_ms, segment.end_ms)
        for segment in rows.lifecycle.segments
        if segment.kind is SegmentKind.IDLE and segment.end_ms is not None
    ]
    return [stretch for stretch in (*before, *idle, *after) if stretch[0] < stretch[1]]


def _common(some: Stretches, others: Stretches) -> Iterator[tuple[int, int]]:
    """What both have in common; each is in order and without overlaps."""
    one, other = 0, 0
    while one < len(some) and other < len(others):
        start = max(some[one][0], others[other][0])
        end = min(some[one][1], others[other][1])
        if start < end:
            yield start, end
        if some[one][1] < others[other][1]:
            one += 1
        else:
            other += 1


def _told(rows: SessionRows) -> Iterator[int]:
    yield from (mark.at_ms for mark in rows.lifecycle.marks)
    yield from (mark.at_ms for mark in rows.session_marks)
    yield from (mark.at_ms for task in rows.tasks for mark in task.marks)
    yield from (at for at in (rows.span.start_ms, rows.span.end_ms) if at is not None)


def _between(stretch: tuple[int, int], told: Sequence[int]) -> Iterable[tuple[int, int]]:
    start, end = stretch
    inside = told[bisect_right(told, start) : bisect_left(told, end)]
    return pairwise([start, *inside, end])

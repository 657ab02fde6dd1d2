"""The one row model of a session: what happened, in the order that every view shows."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from sessions_app.groups import timeline_groups, total_ms
from sessions_app.queue_rows import Item, queue_lane, queued_stretch, read_items, with_item
from sessions_app.reading import TimelineReading
from sessions_app.row_events import FINAL_STATUSES, as_list, as_ms, as_text
from sessions_app.row_types import (
    Bar,
    Event,
    LifecycleLane,
    Mark,
    Outcome,
    QueueLane,
    Segment,
    SegmentKind,
    SessionRows,
    Span,
    Stretch,
    TaskLane,
    TaskState,
    Wait,
)
from sessions_app.spans import (
    TaskTrack,
    TimelineWalk,
    find_waits,
    lifecycle_segments,
    status_moves,
)

STEPS = {
    "manifest written": "Manifest written",
    "terminal spawned": "Terminal opened",
    "registered": "Agent registered",
}
STATES = {
    Outcome.RUNNING: TaskState.WORKING,
    Outcome.COMPLETED: TaskState.COMPLETED,
    Outcome.FAILED: TaskState.FAILED,
    Outcome.SKIPPED: TaskState.SKIPPED,
    Outcome.BLOCKED: TaskState.BLOCKED,
}


def build_rows(
    session: Mapping[str, object],
    *,
    titles: Mapping[str, str],
    queue: Mapping[str, object] | None,
    now_ms: int,
) -> SessionRows:
    """A session's wire document, its queue's and the time, as rows; linear in the events.

    Without `transitions` (an imported session) the lifecycle is derived from the timeline.
    """
    reading = reading_of(session, now_ms=now_ms)
    return rows_of(reading, session, titles=titles, queue=queue, now_ms=now_ms)


def reading_of(session: Mapping[str, object], *, now_ms: int) -> TimelineReading:
    """The whole timeline of a session's wire document."""
    reading = TimelineReading(start_ms=as_ms(session.get("createdAt")) or now_ms)
    reading.add(session.get("timeline"))
    return reading


def rows_of(
    reading: TimelineReading,
    session: Mapping[str, object],
    *,
    titles: Mapping[str, str],
    queue: Mapping[str, object] | None,
    now_ms: int,
) -> SessionRows:
    """The rows of what was read so far; of the document only what stands beside its timeline."""
    events, transitions = reading.events, as_list(session.get("transitions"))
    span = _span(session, reading, transitions=transitions, now_ms=now_ms)
    task_ids = _task_ids(session)
    walk, grouped = reading.walked(task_ids, span)
    waits = find_waits(events, transitions, session=session, walk=walk)
    moves = status_moves(session, transitions, walk=walk, events=events)
    segments = lifecycle_segments(moves, waits, span=span)
    items = read_items(queue, span)
    now = max(now_ms, span.last_ms) if span.live else span.last_ms
    tasks = _task_lanes(task_ids, walk=walk, waits=waits, items=items, titles=titles, now_ms=now)
    queue_row = queue_lane(queue, items, span)
    steps = _step_marks(transitions)
    queue_marks = queue_row.marks if queue_row else ()
    fraction, label = _progress(walk.last_progress, queue_row)
    return SessionRows(
        span=span,
        status=as_text(session.get("status")),
        lifecycle=LifecycleLane(segments, tuple(walk.phases), (*steps, *walk.lifecycle_marks)),
        queue=queue_row,
        tasks=tasks,
        session_marks=tuple(walk.loose_marks),
        groups=timeline_groups(
            grouped,
            tasks=tasks,
            waits=waits,
            start_marks=(*steps, *queue_marks[:1]),
            end_marks=queue_marks[1:],
            titles=titles,
            span=span,
            now_ms=now,
        ),
        waits=waits,
        progress=fraction,
        progress_label=label,
        spent_ms=_spent(segments, now_ms=now),
    )


def _span(
    session: Mapping[str, object],
    reading: TimelineReading,
    *,
    transitions: Sequence[Mapping[str, object]],
    now_ms: int,
) -> Span:
    events = reading.events
    first = events[0].at_ms if events else now_ms
    start = min(as_ms(session.get("createdAt")) or first, first)
    last_event = start if reading.last_ms is None else reading.last_ms
    if as_text(session.get("status")) not in FINAL_STATUSES:
        return Span(start, None, max(now_ms, last_event, start))
    end = max(start, _end_ms(session, events, transitions) or last_event)
    return Span(start, end, max(end, last_event))


def _end_ms(
    session: Mapping[str, object],
    events: Sequence[Event],
    transitions: Sequence[Mapping[str, object]],
) -> int | None:
    moved = [
        as_ms(entry.get("at"))
        for entry in transitions
        if as_text(entry.get("to")) in FINAL_STATUSES
    ]
    told = [event.at_ms for event in events if event.type == "session_stopped"]
    known = [as_ms(session.get("completedAt")), *moved[-1:], *told[-1:]]
    return next((at for at in known if at), as_ms(session.get("updatedAt")))


def _task_ids(session: Mapping[str, object]) -> list[str]:
    listed = session.get("taskIds")
    if not isinstance(listed, list | tuple):
        return []
    return list(dict.fromkeys(task_id for task_id in listed if isinstance(task_id, str)))


def _task_lanes(
    task_ids: Sequence[str],
    *,
    walk: TimelineWalk,
    waits: Sequence[Wait],
    items: Sequence[Item],
    titles: Mapping[str, str],
    now_ms: int,
) -> tuple[TaskLane, ...]:
    by_task = {item.task_id: item for item in items}
    waits_of: dict[str, list[Wait]] = {}
    for wait in waits:
        if wait.task_id:
            waits_of.setdefault(wait.task_id, []).append(wait)
    tracks = walk.tracks()
    return tuple(
        _task_lane(
            tracks.get(task_id) or TaskTrack(task_id),
            item=by_task.get(task_id),
            waits=waits_of.get(task_id, ()),
            title=titles.get(task_id) or task_id,
            span=walk.span,
            now_ms=now_ms,
        )
        for task_id in dict.fromkeys([*task_ids, *by_task, *tracks])
    )


def _task_lane(
    track: TaskTrack,
    *,
    item: Item | None,
    waits: Sequence[Wait],
    title: str,
    span: Span,
    now_ms: int,
) -> TaskLane:
    bars = with_item(track.bars, item, span) if item else tuple(track.bars)
    stretches = _waits_inside(waits, bars)
    waiting = span.live and any(stretch.end_ms is None for stretch in stretches)
    state = TaskState.NEEDS_INPUT if waiting else _state(track, bars, item=item, span=span)
    return TaskLane(
        id=track.id,
        title=title,
        state=state,
        bars=bars,
        queued=queued_stretch(item, bars, span) if item else None,
        recoveries=tuple(track.recoveries),
        waits=stretches,
        marks=tuple(track.marks),
        fraction=track.fraction,
        duration_ms=total_ms(bars, now_ms=now_ms),
    )


def _state(track: TaskTrack, bars: Sequence[Bar], *, item: Item | None, span: Span) -> TaskState:
    if item and item.outcome:
        running_after_the_end = item.outcome is Outcome.RUNNING and not span.live
        return TaskState.FAILED if running_after_the_end else STATES[item.outcome]
    if not item and bars and bars[-1].end_ms is None:
        return TaskState.WORKING
    if track.ending and (not item or track.ending is Outcome.BLOCKED):
        return STATES[track.ending]
    return TaskState.QUEUED if span.live else TaskState.SKIPPED


def _waits_inside(waits: Sequence[Wait], bars: Sequence[Bar]) -> tuple[Stretch, ...]:
    starts = [bar.start_ms for bar in bars]
    inside = []
    for wait in waits:
        index = bisect_right(starts, wait.start_ms) - 1
        if index < 0:
            continue
        ends = [end for end in (wait.end_ms, bars[index].end_ms) if end is not None]
        end = min(ends) if ends else None
        if end is None or end > wait.start_ms:
            inside.append(Stretch(wait.start_ms, end, wait.event_id))
    return tuple(inside)


def _step_marks(transitions: Sequence[Mapping[str, object]]) -> tuple[Mark, ...]:
    marks = []
    for index, entry in enumerate(transitions):
        what = as_text(entry.get("what"))
        if what in STEPS:
            at = as_ms(entry.get("at")) or 0
            kind = what.replace(" ", "_")
            mark = Mark(f"step-{index}", kind, at, "ev-milestone", STEPS[what], "")
            marks.append(mark)
    return tuple(marks)


def _progress(last: Mark | None, queue: QueueLane | None) -> tuple[float | None, str]:
    if queue and queue.total:
        return queue.ended / queue.total, f"{queue.ended}/{queue.total}"
    return (last.fraction, last.label) if last else (None, "")


def _spent(segments: Sequence[Segment], *, now_ms: int) -> dict[SegmentKind, int]:
    spent = dict.fromkeys(SegmentKind, 0)
    for segment in segments:
        end = now_ms if segment.end_ms is None else segment.end_ms
        spent[segment.kind] += max(0, end - segment.start_ms)
    return spent

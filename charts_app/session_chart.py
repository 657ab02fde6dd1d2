"""One session's chart: which lanes it has and what stands on each."""

from collections.abc import Sequence

from charts_app import svg
from charts_app.axis import axis_of
from charts_app.canvas import LaneDrawing, View
from charts_app.frame import MAX_LANES, Chart, Lane, LaneLabel, draw_chart, place, status_words
from charts_app.lifecycle import draw_lifecycle, draw_phases, draw_queue
from charts_app.scale import TimeScale, Zoom
from charts_app.task_lane import ENDINGS, LineContent, NamedBar, draw_line
from charts_app.wording import clock, counted, in_figures
from sessions_app.row_types import SessionRows, TaskLane, TaskState

STATE_WORDS = {
    TaskState.QUEUED: ("queued", "Queued"),
    TaskState.WORKING: ("working", "Working"),
    TaskState.NEEDS_INPUT: ("waiting", "Waiting for you"),
    TaskState.BLOCKED: ("blocked", "Blocked"),
    TaskState.COMPLETED: ("completed", "Completed"),
    TaskState.FAILED: ("failed", "Failed"),
    TaskState.SKIPPED: ("skipped", "Skipped"),
}


def draw_session(
    rows: SessionRows,
    *,
    width: int,
    now_ms: int,
    zoom: Zoom | None = None,
    fold: bool = False,
    timezone_offset_min: int = 0,
    narrow: bool = False,
) -> Chart:
    """Draws the rows `width` pixels wide; `timezone_offset_min` counts east of UTC.

    `fold` makes long idle stretches narrow. `narrow` is for pages without a label column: lanes
    are taller, words are left out.
    """
    axis = axis_of(
        rows.span,
        [rows],
        width=width,
        now_ms=now_ms,
        zoom=zoom,
        fold=fold,
        offset_min=timezone_offset_min,
    )
    first, last = (clock(at, timezone_offset_min) for at in (rows.span.start_ms, axis.now_ms))
    return draw_chart(
        _lanes(rows, axis.now_ms, axis.scale, narrow=narrow),
        axis,
        narrow=narrow,
        name=f"Session from {first} to {last}",
    )


def _lanes(rows: SessionRows, now_ms: int, scale: TimeScale, *, narrow: bool) -> list[Lane]:
    lanes = [_lifecycle_lane(rows, now_ms, narrow=narrow)]
    if rows.lifecycle.phases:
        lanes.append(_phases_lane(rows, now_ms, narrow=narrow))
    if rows.queue and rows.queue.total:
        lanes.append(_queue_lane(rows, narrow=narrow))
    others = len(lanes) + (1 if rows.session_marks else 0)
    shown, folded = _fold(rows.tasks, MAX_LANES - others, scale)
    lanes += [_task_lane(lane, narrow=narrow) for lane in shown]
    lanes += _folded_lanes(folded, scale, narrow=narrow) if folded else []
    if rows.session_marks:
        content = LineContent(marks=rows.session_marks)
        sub = counted(len(rows.session_marks), "event")
        label = ("session", "Session", sub, "ev-progress", "quiet")
        lanes.append(_line(label, content, narrow=narrow))
    return lanes


def _fold(
    tasks: Sequence[TaskLane], room: int, scale: TimeScale
) -> tuple[list[TaskLane], list[TaskLane]]:
    """Where there are too many: what runs, waits, failed or is long enough to see has a lane."""
    if len(tasks) <= room:
        return list(tasks), []
    urgent = (TaskState.WORKING, TaskState.NEEDS_INPUT, TaskState.FAILED)
    visible_ms = 14 / scale.px_per_ms
    inside = [lane for lane in tasks if _happens(lane, scale)]
    notable = [lane for lane in inside if lane.state in urgent or lane.duration_ms >= visible_ms]
    notable.sort(key=lambda lane: (lane.state not in urgent, -lane.duration_ms))
    # What is folded takes three lanes: bars, progress, errors and milestones.
    kept = {lane.id for lane in notable[: room - 3]}
    return (
        [lane for lane in tasks if lane.id in kept],
        [lane for lane in tasks if lane.id not in kept],
    )


def _happens(lane: TaskLane, scale: TimeScale) -> bool:
    """Whether any of its attempts lies in what is shown."""
    ends = ((bar.start_ms, scale.end_ms if bar.end_ms is None else bar.end_ms) for bar in lane.bars)
    return any(scale.shows(start, end) for start, end in ends)


def _lifecycle_lane(rows: SessionRows, now_ms: int, *, narrow: bool) -> Lane:
    height, centre = place("life", narrow=narrow)
    kind, sub = status_words(rows, now_ms)
    label = LaneLabel(
        "lifecycle", "Lifecycle", sub, f"st-{kind}", f"is-{kind}", "lane--life", height
    )
    return Lane(label, centre, lambda lane, view: draw_lifecycle(lane, rows, view))


def _phases_lane(rows: SessionRows, now_ms: int, *, narrow: bool) -> Lane:
    height, centre = place("task", narrow=narrow)
    last = rows.lifecycle.phases[-1]
    end = now_ms if last.end_ms is None else last.end_ms
    sub = f"{svg.shortened(last.name, 40)}, {in_figures(end - last.start_ms)}"
    label = LaneLabel("phases", "Phases", sub, "ev-milestone", "quiet", "lane--task", height)
    return Lane(label, centre, lambda lane, view: _draw_phase_line(lane, rows, view))


def _draw_phase_line(lane: LaneDrawing, rows: SessionRows, view: View) -> None:
    lane.staves = [lane.centre]
    draw_phases(lane, rows.lifecycle.phases, view)


def _queue_lane(rows: SessionRows, *, narrow: bool) -> Lane:
    queue = rows.queue
    assert queue is not None
    height, centre = place("ev", narrow=narrow)
    sub = f"{queue.ended} of {queue.total} done"
    if queue.failed:
        sub = f"{queue.ended} of {queue.total} ended, {queue.failed} failed"
    label = LaneLabel("queue", "Queue", sub, "st-queued", "quiet", "lane--ev", height)
    return Lane(label, centre, lambda lane, view: draw_queue(lane, queue, view))


def _task_lane(task: TaskLane, *, narrow: bool) -> Lane:
    kind, word = STATE_WORDS[task.state]
    sub = f"{word}, {in_figures(task.duration_ms)}" if task.bars else word
    several = len(task.bars) > 1
    bars = [
        NamedBar(task.title, bar, f"Attempt {number}" if several else "")
        for number, bar in enumerate(task.bars, start=1)
    ]
    content = LineContent(bars, task.marks, task.waits, task.recoveries, task.queued)
    label = (task.id, svg.clean(task.title), sub, f"st-{kind}", f"is-{kind}")
    return _line(label, content, narrow=narrow, task_id=task.id)


def _line(
    label: tuple[str, str, str, str, str],
    content: LineContent,
    *,
    narrow: bool,
    task_id: str | None = None,
) -> Lane:
    height, centre = place("task", narrow=narrow)
    return Lane(
        LaneLabel(*label, "lane--task", height, task_id),
        centre,
        lambda lane, view: draw_line(lane, content, view),
    )


def _folded_lanes(tasks: Sequence[TaskLane], scale: TimeScale, *, narrow: bool) -> list[Lane]:
    """All folded tasks on one line, their progress and their other marks on lines of their own,
    where any is in what is shown."""
    bars = [NamedBar(lane.title, bar, lane.title) for lane in tasks for bar in lane.bars]
    waits = sorted((wait for lane in tasks for wait in lane.waits), key=lambda w: w.start_ms)
    marks = sorted((mark for lane in tasks for mark in lane.marks), key=lambda mark: mark.at_ms)
    # Each start would stand on the end before it; the bars already say both.
    endings = [mark for mark in marks if mark.type in ENDINGS]
    progress = [mark for mark in marks if mark.type == "progress"]
    shown = (*ENDINGS, "task_started", "progress", "needs_input")
    others = [mark for mark in marks if mark.type not in shown]
    ended = sum(lane.state is TaskState.COMPLETED for lane in tasks)
    title = f"{len(tasks):,} more task{'' if len(tasks) == 1 else 's'}"
    glyph = "st-completed" if ended == len(tasks) else "st-queued"
    label = ("more", title, f"{ended:,} completed", glyph, "quiet")
    lanes = [_line(label, LineContent(bars, endings, waits), narrow=narrow)]
    for key, title, glyph, found in (
        ("more-progress", "Their progress", "ev-progress", progress),
        ("more-marks", "Their errors, milestones", "ev-error", others),
    ):
        if any(scale.shows(mark.at_ms, mark.at_ms) for mark in found):
            label = (key, title, counted(len(found), "event"), glyph, "quiet")
            lanes.append(_line(label, LineContent(marks=found), narrow=narrow))
    return lanes

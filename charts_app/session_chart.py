"""One session's chart: lanes laid out, drawn, and put together as one SVG of bounded size."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from charts_app import svg
from charts_app.canvas import LaneDrawing, View
from charts_app.legend import LegendEntry, entries
from charts_app.lifecycle import draw_lifecycle, draw_phases, draw_queue
from charts_app.scale import AXIS_HEIGHT, Tick, TimeScale, Zoom, session_scale
from charts_app.task_lane import LineContent, NamedBar, draw_line
from charts_app.wording import counted, dates, in_figures, in_words
from sessions_app.row_events import ENDINGS
from sessions_app.row_types import (
    SegmentKind,
    SessionRows,
    TaskLane,
    TaskState,
)

MAX_SHAPES = 1200
MAX_BYTES = 250_000
MAX_LANES = 40
NARROW_STRIP = 20
GRAINS = (1, 2, 4, 8, 16, 32, 64)
# Height and centre of a lane; the classes of the labels beside the plot have the same heights.
HEIGHTS = {"life": (92, 54), "task": (68, 40), "ev": (60, 36)}
STATE_WORDS = {
    TaskState.QUEUED: ("queued", "Queued"),
    TaskState.WORKING: ("working", "Working"),
    TaskState.NEEDS_INPUT: ("waiting", "Waiting for you"),
    TaskState.BLOCKED: ("blocked", "Blocked"),
    TaskState.COMPLETED: ("completed", "Completed"),
    TaskState.FAILED: ("failed", "Failed"),
    TaskState.SKIPPED: ("skipped", "Skipped"),
}
SESSION_WORDS = {"completed": "Completed", "failed": "Failed", "stopped": "Stopped"}


@dataclass(frozen=True, slots=True)
class LaneLabel:
    """A lane as the column beside the plot names it; `css` holds the lane's height.

    `note` says what the fullest stroke of a density stands for, where there is one.
    """

    id: str
    title: str
    sub: str
    glyph: str
    tone: str
    css: str
    height: int
    task_id: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class SessionChart:
    svg: str
    lanes: tuple[LaneLabel, ...]
    legend: tuple[LegendEntry, ...]
    width: int
    height: int
    dates: str
    shapes: int
    narrow: bool


@dataclass(frozen=True, slots=True)
class _Lane:
    label: LaneLabel
    centre: int
    draw: Callable[[LaneDrawing, View], None]


def draw_session(
    rows: SessionRows,
    *,
    width: int,
    now_ms: int,
    zoom: Zoom | None = None,
    timezone_offset_min: int = 0,
    narrow: bool = False,
) -> SessionChart:
    """Draws the rows `width` pixels wide; `timezone_offset_min` counts east of UTC.

    `narrow` is for pages without a label column: lanes are taller, words are left out. Where
    the shapes would pass 1,200 or 250 KB, everything merges at twice the distance, and again.
    """
    now = max(now_ms, rows.span.last_ms) if rows.span.live else rows.span.last_ms
    scale = session_scale(
        rows.span.start_ms,
        now,
        live=rows.span.live,
        width=width,
        zoom=zoom,
        offset_min=timezone_offset_min,
    )
    lanes = _lanes(rows, now, scale, strip=NARROW_STRIP if narrow else 0)
    for grain in GRAINS:
        view = View(scale, now, rows.span.live, narrow, grain)
        drawings = _draw(lanes, view)
        shapes = sum(drawing.shapes for drawing in drawings)
        if shapes > MAX_SHAPES and grain != GRAINS[-1]:
            continue
        markup = _compose(drawings, view, rows)
        if len(markup.encode()) <= MAX_BYTES:
            break
    return SessionChart(
        svg=markup,
        lanes=tuple(
            _with_peak(lane.label, drawing) for lane, drawing in zip(lanes, drawings, strict=True)
        ),
        legend=entries(set().union(*(drawing.legend for drawing in drawings))),
        width=width,
        height=_height(drawings),
        dates=dates(scale.start_ms, min(scale.end_ms, now), timezone_offset_min),
        shapes=shapes,
        narrow=narrow,
    )


def _lanes(rows: SessionRows, now_ms: int, scale: TimeScale, *, strip: int) -> list[_Lane]:
    lanes = [_lifecycle_lane(rows, now_ms, strip)]
    if rows.lifecycle.phases:
        lanes.append(_phases_lane(rows, now_ms, strip))
    if rows.queue and rows.queue.total:
        lanes.append(_queue_lane(rows, strip))
    others = len(lanes) + (1 if rows.session_marks else 0)
    shown, folded = _fold(rows.tasks, MAX_LANES - others, scale)
    lanes += [_task_lane(lane, strip) for lane in shown]
    lanes += _folded_lanes(folded, strip) if folded else []
    if rows.session_marks:
        content = LineContent(marks=rows.session_marks)
        sub = counted(len(rows.session_marks), "event")
        label = ("session", "Session", sub, "ev-progress", "quiet")
        lanes.append(_line(label, content, strip))
    return lanes


def _fold(
    tasks: Sequence[TaskLane], room: int, scale: TimeScale
) -> tuple[list[TaskLane], list[TaskLane]]:
    """Where there are too many: what runs, waits, failed or is long enough to see has a lane."""
    if len(tasks) <= room:
        return list(tasks), []
    urgent = (TaskState.WORKING, TaskState.NEEDS_INPUT, TaskState.FAILED)
    visible_ms = 14 / scale.px_per_ms
    notable = [lane for lane in tasks if lane.state in urgent or lane.duration_ms >= visible_ms]
    notable.sort(key=lambda lane: (lane.state not in urgent, -lane.duration_ms))
    # What is folded takes three lanes: bars, progress, errors and milestones.
    kept = {lane.id for lane in notable[: room - 3]}
    return (
        [lane for lane in tasks if lane.id in kept],
        [lane for lane in tasks if lane.id not in kept],
    )


def _place(kind: str, strip: int) -> tuple[int, int]:
    height, centre = HEIGHTS[kind]
    return height + strip, centre + strip


def _lifecycle_lane(rows: SessionRows, now_ms: int, strip: int) -> _Lane:
    height, centre = _place("life", strip)
    kind, sub = _lifecycle_words(rows, now_ms)
    label = LaneLabel(
        "lifecycle", "Lifecycle", sub, f"st-{kind}", f"is-{kind}", "lane--life", height
    )
    return _Lane(label, centre, lambda lane, view: draw_lifecycle(lane, rows, view))


def _lifecycle_words(rows: SessionRows, now_ms: int) -> tuple[str, str]:
    lasting = in_figures(now_ms - rows.span.start_ms)
    if rows.span.end_ms is not None:
        lasting = in_figures(rows.span.end_ms - rows.span.start_ms)
        return rows.status, f"{SESSION_WORDS.get(rows.status, rows.status)}, {lasting}"
    segments = rows.lifecycle.segments
    if segments and segments[-1].kind is SegmentKind.WAITING:
        since = in_words(max(0, now_ms - segments[-1].start_ms))
        return "waiting", f"Waiting for you, {since}"
    kind = segments[-1].kind if segments else SegmentKind.SPAWNING
    return kind, f"{kind.capitalize()}, {lasting}"


def _phases_lane(rows: SessionRows, now_ms: int, strip: int) -> _Lane:
    height, centre = _place("task", strip)
    last = rows.lifecycle.phases[-1]
    end = now_ms if last.end_ms is None else last.end_ms
    sub = f"{svg.shortened(last.name, 40)}, {in_figures(end - last.start_ms)}"
    label = LaneLabel("phases", "Phases", sub, "ev-milestone", "quiet", "lane--task", height)
    return _Lane(label, centre, lambda lane, view: draw_phases(lane, rows.lifecycle.phases, view))


def _queue_lane(rows: SessionRows, strip: int) -> _Lane:
    queue = rows.queue
    assert queue is not None
    height, centre = _place("ev", strip)
    sub = f"{queue.ended} of {queue.total} done"
    sub += f", {queue.failed} failed" if queue.failed else ""
    label = LaneLabel("queue", "Queue", sub, "st-queued", "quiet", "lane--ev", height)
    return _Lane(label, centre, lambda lane, view: draw_queue(lane, queue, view))


def _task_lane(task: TaskLane, strip: int) -> _Lane:
    kind, word = STATE_WORDS[task.state]
    sub = f"{word}, {in_figures(task.duration_ms)}" if task.bars else word
    several = len(task.bars) > 1
    bars = [
        NamedBar(task.title, bar, f"Attempt {number}" if several else "")
        for number, bar in enumerate(task.bars, start=1)
    ]
    content = LineContent(bars, task.marks, task.waits, task.recoveries, task.queued)
    label = (task.id, svg.clean(task.title), sub, f"st-{kind}", f"is-{kind}")
    return _line(label, content, strip, task_id=task.id)


def _line(
    label: tuple[str, str, str, str, str],
    content: LineContent,
    strip: int,
    *,
    task_id: str | None = None,
) -> _Lane:
    height, centre = _place("task", strip)
    return _Lane(
        LaneLabel(*label, "lane--task", height, task_id),
        centre,
        lambda lane, view: draw_line(lane, content, view),
    )


def _folded_lanes(tasks: Sequence[TaskLane], strip: int) -> list[_Lane]:
    """All folded tasks on one line, their progress and their other marks on lines of their own."""
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
    lanes = [_line(label, LineContent(bars, endings, waits), strip)]
    for key, title, glyph, found in (
        ("more-progress", "Their progress", "ev-progress", progress),
        ("more-marks", "Their errors, milestones", "ev-error", others),
    ):
        if found:
            label = (key, title, counted(len(found), "event"), glyph, "quiet")
            lanes.append(_line(label, LineContent(marks=found), strip))
    return lanes


def _draw(lanes: Iterable[_Lane], view: View) -> list[LaneDrawing]:
    drawings = []
    top = AXIS_HEIGHT
    for lane in lanes:
        height = lane.label.height
        drawing = LaneDrawing(lane.label.id, top, height, top + lane.centre)
        lane.draw(drawing, view)
        drawings.append(drawing)
        top += height
    return drawings


def _with_peak(label: LaneLabel, drawing: LaneDrawing) -> LaneLabel:
    if drawing.peak <= 1:
        return label
    return replace(label, note=f"at most {drawing.peak:,} in one stroke")


def _height(drawings: Sequence[LaneDrawing]) -> int:
    return drawings[-1].top + drawings[-1].height


def _compose(drawings: Sequence[LaneDrawing], view: View, rows: SessionRows) -> str:
    width, height = view.scale.width, _height(drawings)
    first, last = view.clock(rows.span.start_ms), view.clock(view.now_ms)
    back = _axis(view, height) + "".join(_lane_back(d, width, height) for d in drawings)
    bars = "".join(drawing.layer("bars") for drawing in drawings)
    marks = "".join(drawing.layer("marks") for drawing in drawings)
    return (
        f'<svg class="plot" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="group" aria-label="Session from {first} to {last}">'
        f'<g class="layer-back" aria-hidden="true">{back}</g>'
        f'<g class="layer-bars">{bars}</g><g class="layer-marks">{marks}{_playhead(view, height)}'
        "</g></svg>"
    )


def _axis(view: View, height: int) -> str:
    scale = view.scale
    minor, major, labels = [], [], []
    for tick in scale.ticks():
        x = int(tick.x) + 0.5
        if tick.major:
            major.append(f"M{x:g} 24V{height}")
        else:
            minor.append(f"M{x:g} {AXIS_HEIGHT}V{height}")
        if tick.label and not _under_tag(tick, view):
            css = "axis axis--major" if tick.major else "axis"
            place, anchor = (12.0, "start") if tick.anchored_start else (tick.x, "middle")
            labels.append(svg.words(place, 20, tick.label, css=css, anchor=anchor))
    lines = svg.path("".join(minor), "beatline") + svg.path("".join(major), "barline")
    head = svg.path(f"M0 {AXIS_HEIGHT - 0.5}H{scale.width}", "rule")
    return head + lines + "".join(labels)


def _under_tag(tick: Tick, view: View) -> bool:
    half_of_tag_and_label = 29 + svg.text_width(tick.label, 11) / 2 + 4
    return view.live and abs(tick.x - view.x(view.now_ms)) < half_of_tag_and_label


def _lane_back(lane: LaneDrawing, width: int, height: int) -> str:
    stave = "".join(f"M10 {y + 0.5:g}H{width}" for y in lane.staves)
    bottom = lane.top + lane.height
    rule = "" if bottom >= height else svg.path(f"M0 {bottom - 0.5:g}H{width}", "rule rule--soft")
    return rule + svg.path(stave, "stave")


def _playhead(view: View, height: int) -> str:
    if not view.live or not view.shows(view.now_ms):
        return ""
    x = view.x(view.now_ms)
    tag_x = min(max(x - 29, 0), view.scale.width - 58)
    return (
        '<g class="nowline" aria-hidden="true">'
        f'<path class="playhead" d="M{svg.num(x)} 24V{height}"/>'
        f'<rect class="nowtag" x="{svg.num(tag_x)}" y="5" width="58" height="19" rx="3"/>'
        f'<text class="nowtext" x="{svg.num(tag_x + 29)}" y="18.5" text-anchor="middle">'
        f"{view.clock(view.now_ms)}</text></g>"
    )

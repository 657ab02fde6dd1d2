"""The frame of every chart: lanes under each other, axis, playhead, layers, and a bound on size."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from charts_app import svg
from charts_app.axis import Axis, fold_bands
from charts_app.canvas import LaneDrawing, View
from charts_app.legend import LegendEntry, entries
from charts_app.scale import AXIS_HEIGHT, Tick
from charts_app.wording import dates, in_figures, in_words
from sessions_app.row_types import SegmentKind, SessionRows

MAX_SHAPES = 1200
MAX_BYTES = 250_000
MAX_LANES = 40
NARROW_STRIP = 20
GRAINS = (1, 2, 4, 8, 16, 32, 64)
# Height and centre of a lane; the classes of the labels beside the plot have the same heights.
HEIGHTS = {
    "life": (92, 54),
    "task": (68, 40),
    "ev": (60, 36),
    "orch": (104, 60),
    "stave": (100, 58),
    "fold": (48, 26),
}
SESSION_WORDS = {"completed": "Completed", "failed": "Failed", "stopped": "Stopped"}


@dataclass(frozen=True, slots=True)
class LaneLabel:
    """A lane as the column beside the plot names it; `css` holds the lane's height.

    `note` says what the fullest stroke of a density stands for, where there is one. In a score
    `depth` counts from the session at the top, and `folded` is None where nothing can be folded.
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
    session_id: str | None = None
    role: str = ""
    depth: int = 0
    folded: bool | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    svg: str
    lanes: tuple[LaneLabel, ...]
    legend: tuple[LegendEntry, ...]
    width: int
    height: int
    dates: str
    shapes: int
    narrow: bool
    axis: Axis


@dataclass(frozen=True, slots=True)
class Lane:
    label: LaneLabel
    centre: int
    draw: Callable[[LaneDrawing, View], None]


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What stands behind the bars of all lanes: on the ground, and above it as links."""

    ground: str = ""
    links: Sequence[str] = ()
    legend: frozenset[str] = frozenset()


def no_backdrop(drawings: Sequence[LaneDrawing], view: View) -> Backdrop:
    return Backdrop()


def place(kind: str, *, narrow: bool) -> tuple[int, int]:
    """A lane's height and its line's distance from the top."""
    height, centre = HEIGHTS[kind]
    strip = NARROW_STRIP if narrow else 0
    return height + strip, centre + strip


def status_words(rows: SessionRows, now_ms: int) -> tuple[str, str]:
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


def draw_chart(
    lanes: Sequence[Lane],
    axis: Axis,
    *,
    narrow: bool,
    name: str,
    backdrop: Callable[[Sequence[LaneDrawing], View], Backdrop] = no_backdrop,
) -> Chart:
    """Where the shapes would pass 1,200 or 250 KB, everything merges at twice the distance.

    `name` says what the chart shows; its times are added to it.
    """
    scale = axis.scale
    for grain in GRAINS:
        view = View(scale, axis.now_ms, axis.live, narrow, grain)
        drawings = _draw(lanes, view)
        behind = backdrop(drawings, view)
        shapes = sum(drawing.shapes for drawing in drawings) + len(behind.links)
        if shapes > MAX_SHAPES and grain != GRAINS[-1]:
            continue
        markup = _compose(drawings, behind, view, name=name)
        if len(markup.encode()) <= MAX_BYTES:
            break
    return Chart(
        svg=markup,
        lanes=tuple(
            _with_peak(lane.label, drawing) for lane, drawing in zip(lanes, drawings, strict=True)
        ),
        legend=entries(behind.legend.union(*(drawing.legend for drawing in drawings))),
        width=scale.width,
        height=_height(drawings),
        dates=dates(scale.start_ms, min(scale.end_ms, axis.now_ms), scale.offset_min),
        shapes=shapes,
        narrow=narrow,
        axis=axis,
    )


def _draw(lanes: Iterable[Lane], view: View) -> list[LaneDrawing]:
    drawings = []
    top = AXIS_HEIGHT
    for lane in lanes:
        height = lane.label.height
        drawing = LaneDrawing(
            lane.label.id, top, height, top + lane.centre, lane.label.session_id or ""
        )
        lane.draw(drawing, view)
        drawings.append(drawing)
        top += height
    return drawings


def _with_peak(label: LaneLabel, drawing: LaneDrawing) -> LaneLabel:
    # Beside a session's name there is no room for it; the strokes' own name says it too.
    if drawing.peak <= 1 or label.session_id:
        return label
    return replace(label, note=f"at most {drawing.peak:,} in one stroke")


def _height(drawings: Sequence[LaneDrawing]) -> int:
    return drawings[-1].top + drawings[-1].height


def _compose(drawings: Sequence[LaneDrawing], behind: Backdrop, view: View, *, name: str) -> str:
    width, height = view.scale.width, _height(drawings)
    back = _axis(view, height) + "".join(_lane_back(d, width, height) for d in drawings)
    links = f'<g class="layer-links" aria-hidden="true">{"".join(behind.links)}</g>'
    bars = "".join(drawing.layer("bars") for drawing in drawings)
    marks = "".join(drawing.layer("marks") for drawing in drawings)
    folds = fold_bands(view.scale, centre=drawings[0].centre, height=height)
    playhead = _playhead(view, height)
    return (
        f'<svg class="plot" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="group" aria-label="{svg.esc(name)}">'
        f'<g class="layer-back" aria-hidden="true">{back}{behind.ground}</g>'
        f"{links if behind.links else ''}"
        f'<g class="layer-bars">{bars}{folds}</g><g class="layer-marks">{marks}{playhead}</g></svg>'
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
    left, right = svg.num(lane.stave_from), svg.num(lane.stave_to or width)
    stave = "".join(f"M{left} {y + 0.5:g}H{right}" for y in lane.staves)
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

"""Draws how much was said when: a lane a session or a kind of session, a stroke a bucket."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from charts_app import svg
from charts_app.axis import axis_of
from charts_app.canvas import LaneDrawing, View
from charts_app.frame import Chart, Lane, LaneLabel, draw_chart, place
from charts_app.merge import density
from charts_app.scale import Zoom
from charts_app.wording import clock, counted
from sessions_app.row_types import Span

BASELINE_BELOW = 12
# The window slides with the clock, so its end must not jump as that of a growing chart does.
ROOM_AFTER_NOW = 12


@dataclass(frozen=True, slots=True)
class DensityLane:
    """`moments` are sorted, with how many events each stands for; `session_id` makes it a link."""

    id: str
    title: str
    glyph: str
    tone: str
    moments: Sequence[tuple[int, int]]
    session_id: str | None = None


def draw_density(
    lanes: Sequence[DensityLane],
    *,
    start_ms: int,
    now_ms: int,
    width: int,
    timezone_offset_min: int = 0,
    narrow: bool = False,
) -> Chart:
    """From the start until now; strokes are as high as they are full, compared with their lane."""
    axis = axis_of(
        Span(start_ms, None, now_ms),
        (),
        width=width,
        now_ms=now_ms,
        zoom=Zoom(start_ms, now_ms + (now_ms - start_ms) // ROOM_AFTER_NOW),
        fold=False,
        offset_min=timezone_offset_min,
    )
    first, last = (clock(at, timezone_offset_min) for at in (start_ms, now_ms))
    return draw_chart(
        [_lane(lane, narrow=narrow) for lane in lanes],
        axis,
        narrow=narrow,
        name=f"Events from {first} to {last}",
    )


def _lane(lane: DensityLane, *, narrow: bool) -> Lane:
    height, centre = place("ev", narrow=narrow)
    total = sum(count for _, count in lane.moments)
    label = LaneLabel(
        id=lane.id,
        title=lane.title,
        sub=counted(total, "event"),
        glyph=lane.glyph,
        tone=lane.tone,
        css="lane--ev",
        height=height,
        session_id=lane.session_id,
    )
    return Lane(label, centre, partial(_draw, lane, total))


def _draw(lane: DensityLane, total: int, drawing: LaneDrawing, view: View) -> None:
    baseline = drawing.centre + BASELINE_BELOW
    drawing.staves = [baseline]
    shown = [(view.x(at), count) for at, count in lane.moments if view.shows(at)]
    if not shown:
        return
    d, drawing.peak = density(shown, baseline=baseline)
    name = f"{lane.title}: {counted(total, 'event')}, at most {drawing.peak:,} in one stroke"
    drawing.ticks.append(svg.event(name, [svg.path(d, "density")]))

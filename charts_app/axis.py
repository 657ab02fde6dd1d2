"""Which stretch of time a chart shows: all of it or a zoom, with idle time folded or not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from charts_app import svg
from charts_app.idle import idle_gaps
from charts_app.scale import AXIS_HEIGHT, FOLD_WIDTH, TimeScale, Zoom, session_scale
from charts_app.wording import SECOND, in_words
from sessions_app.row_types import SessionRows, Span

SHORTEST_MS = SECOND


@dataclass(frozen=True, slots=True)
class Axis:
    """The scale drawn, of the whole between `first_ms` and `last_ms`.

    `gaps` says how many stretches are folded, or could be.
    """

    scale: TimeScale
    first_ms: int
    last_ms: int
    now_ms: int
    live: bool
    zoomed: bool
    folded: bool
    gaps: int

    @property
    def stops(self) -> str:
        """As the page's script reads them: "16:1707229800000 924:1707229901000"."""
        return " ".join(f"{svg.num(x)}:{at}" for x, at in self.scale.stops)

    def zoomed_by(self, factor: float) -> Zoom | None:
        """A stretch so many times as long; None for all of it. A live one keeps its newest end,
        any other its middle."""
        start, end = self.scale.start_ms, self.scale.end_ms
        lasting = max(SHORTEST_MS, round((end - start) * factor))
        if self.live and not self.zoomed:
            end = min(end, self.now_ms + round(lasting * 0.1))
            start = max(self.first_ms, end - lasting)
        else:
            start = max(self.first_ms, (start + end - lasting) // 2)
        end = min(self.last_ms, start + lasting)
        start = max(self.first_ms, end - lasting)
        return Zoom(start, end) if (start, end) != (self.first_ms, self.last_ms) else None


def axis_of(
    span: Span,
    sessions: Sequence[SessionRows],
    *,
    width: int,
    now_ms: int,
    zoom: Zoom | None,
    fold: bool,
    offset_min: int,
) -> Axis:
    now = max(now_ms, span.last_ms) if span.live else span.last_ms
    whole = session_scale(span.start_ms, now, live=span.live, width=width, offset_min=offset_min)
    scale = whole
    if zoom is not None:
        scale = session_scale(
            span.start_ms, now, live=span.live, width=width, zoom=zoom, offset_min=offset_min
        )
    gaps = idle_gaps(sessions, scale)
    return Axis(
        scale=replace(scale, gaps=gaps) if fold else scale,
        first_ms=span.start_ms,
        last_ms=whole.end_ms,
        now_ms=now,
        live=span.live,
        zoomed=zoom is not None,
        folded=fold,
        gaps=len(gaps),
    )


def fold_bands(scale: TimeScale, *, centre: int, height: int) -> str:
    """A band down the chart for each fold, a caesura on the first lane's line, and its length."""
    return "".join(
        _band(x, gap.idle_ms, centre=centre, height=height)
        for (x, _), gap in zip(scale.stops[1:-1:2], scale.gaps, strict=True)
    )


def _band(x: float, idle_ms: int, *, centre: int, height: int) -> str:
    left, right, middle = svg.num(x), svg.num(x + FOLD_WIDTH), x + FOLD_WIDTH / 2
    words = f"idle {in_words(idle_ms)}"
    strokes = "".join(f"M{svg.num(middle + d)} {centre + 12}l6-24" for d in (-6.5, 0.5))
    shape = (
        f'<rect class="foldband" x="{left}" y="{AXIS_HEIGHT}" width="{FOLD_WIDTH}"'
        f' height="{height - AXIS_HEIGHT}"/>',
        svg.path(f"M{left} {AXIS_HEIGHT}V{height}M{right} {AXIS_HEIGHT}V{height}", "foldedge"),
        svg.path(strokes, "foldmark"),
        # What begins after the fold has its own word over its left edge.
        svg.words(x + FOLD_WIDTH + 6, centre - 24, words, css="tempo", anchor="end"),
    )
    return svg.event(f"Folded: {words}", shape)

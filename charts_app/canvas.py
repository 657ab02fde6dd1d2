"""Where drawn shapes are collected, lane by lane and layer by layer, and what they are named."""

from dataclasses import dataclass, field

from charts_app import svg
from charts_app.scale import TimeScale
from charts_app.wording import clock, in_words
from sessions_app.row_types import Mark


@dataclass(frozen=True, slots=True)
class View:
    """What a drawing is for: its scale, the time, and how coarse it has to be to stay small."""

    scale: TimeScale
    now_ms: int
    live: bool
    narrow: bool = False
    grain: float = 1.0

    def x(self, at_ms: int) -> float:
        return self.scale.x(at_ms)

    def edges(self, start_ms: int, end_ms: int | None) -> tuple[float, float] | None:
        """Both ends in pixels, at least two apart; None when the plot does not show them."""
        end = max(start_ms, self.now_ms if end_ms is None else end_ms)
        if not self.scale.shows(start_ms, end):
            return None
        left, right = self.scale.clipped(start_ms, end)
        return left, max(right, left + 2)

    def shows(self, at_ms: int) -> bool:
        return self.scale.shows(at_ms, at_ms)

    def clock(self, at_ms: int) -> str:
        return clock(at_ms, self.scale.offset_min)

    def lasting(self, start_ms: int, end_ms: int | None) -> str:
        end = self.now_ms if end_ms is None else end_ms
        return in_words(max(0, end - start_ms))

    def mark_label(self, mark: Mark) -> str:
        parts = [mark.word]
        if mark.label:
            parts[0] = f"{mark.word} {mark.label}"
        if mark.message:
            parts.append(svg.shortened(mark.message))
        return ", ".join([*parts, self.clock(mark.at_ms)])


@dataclass(slots=True)
class LaneDrawing:
    """One lane's shapes: each entry is one shape."""

    id: str
    top: int
    height: int
    centre: int
    staves: list[int] = field(default_factory=list)
    bars: list[str] = field(default_factory=list)
    ticks: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    legend: set[str] = field(default_factory=set)
    peak: int = 0

    @property
    def shapes(self) -> int:
        return len(self.bars) + len(self._above_bars())

    def _above_bars(self) -> list[str]:
        return [*self.ticks, *self.marks, *self.errors, *self.words]

    def layer(self, name: str) -> str:
        parts = self.bars if name == "bars" else self._above_bars()
        return f'<g data-lane="{svg.esc(self.id)}">{"".join(parts)}</g>' if parts else ""

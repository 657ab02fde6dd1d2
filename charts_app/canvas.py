"""Where drawn shapes are collected, lane by lane and layer by layer, and what they are named."""

from collections.abc import Sequence
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

    def marks_label(self, marks: Sequence[Mark]) -> tuple[str, str]:
        """The name of one mark or of several drawn as one, and the event that it leads to."""
        last = marks[-1]
        if len(marks) == 1:
            return self.mark_label(last), last.event_id
        names = svg.shortened(", ".join(mark.message or mark.word for mark in marks[:3]))
        return f"{len(marks)} marks: {names}, {self.clock(last.at_ms)}", last.event_id


@dataclass(slots=True)
class LaneDrawing:
    """One lane's shapes: each entry is one shape. A stave without an end runs to the edge."""

    id: str
    top: int
    height: int
    centre: int
    session_id: str = ""
    staves: list[int] = field(default_factory=list)
    stave_from: float = 10
    stave_to: float | None = None
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
        ref = f' data-session="{svg.esc(self.session_id)}"' if self.session_id else ""
        return f'<g data-lane="{svg.esc(self.id)}"{ref}>{"".join(parts)}</g>' if parts else ""

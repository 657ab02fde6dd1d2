"""Time on a horizontal axis: where a moment falls, which moments get a line and a label."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from charts_app.wording import DAY, HOUR, MINUTE, SECOND, clock, clock_short, day_short

PADDING = 16
AXIS_HEIGHT = 32
LABEL_GAP = 56
MIN_SPAN_MS = SECOND
MIN_LIVE_SPAN_MS = 10 * SECOND
STEPS_MS = (
    *(SECOND * n for n in (1, 2, 5, 10, 15, 30)),
    *(MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(HOUR * n for n in (1, 2, 3, 6, 12)),
)


@dataclass(frozen=True, slots=True)
class Zoom:
    """The stretch of time a person has zoomed to; nothing means all of it."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str
    major: bool
    anchored_start: bool = False


@dataclass(frozen=True, slots=True)
class TimeScale:
    """Maps milliseconds to pixels: one unit of the drawing is one pixel."""

    start_ms: int
    end_ms: int
    width: int
    offset_min: int = 0

    @property
    def px_per_ms(self) -> float:
        return (self.width - 2 * PADDING) / max(1, self.end_ms - self.start_ms)

    def x(self, at_ms: int) -> float:
        return PADDING + (at_ms - self.start_ms) * self.px_per_ms

    def ms(self, x: float) -> int:
        return self.start_ms + round((x - PADDING) / self.px_per_ms)

    def shows(self, start_ms: int, end_ms: int) -> bool:
        return end_ms >= self.start_ms and start_ms <= self.end_ms

    def clipped(self, start_ms: int, end_ms: int) -> tuple[float, float]:
        """Both ends in pixels, cut a little outside the plot so that a cut bar runs off it."""
        left, right = -2.0 * PADDING, self.width + 2.0 * PADDING
        return (
            min(max(self.x(start_ms), left), right),
            min(max(self.x(end_ms), left), right),
        )

    def ticks(self) -> list[Tick]:
        """The start in full, then round times; a change of minute, hour or day is major."""
        step = self._step_ms()
        ticks = [Tick(PADDING, self._full(self.start_ms, step), False, anchored_start=True)]
        free_from = PADDING + LABEL_GAP
        for at in self._round_times(step):
            x = self.x(at)
            major = self._is_major(at, step)
            label = self._full(at, step) if major else self._short(at, step)
            half = LABEL_GAP / 2 if len(label) > 3 else LABEL_GAP / 4
            if x - half < free_from - LABEL_GAP / 2 + 8:
                label = ""
            ticks.append(Tick(x, label, major))
        return ticks

    def _step_ms(self) -> int:
        least = LABEL_GAP / self.px_per_ms
        for step in STEPS_MS:
            if step >= least:
                return step
        return DAY * max(1, math.ceil(least / DAY))

    def _round_times(self, step: int) -> Iterator[int]:
        offset = self.offset_min * MINUTE
        first = math.floor((self.start_ms + offset) / step) + 1
        last = math.floor((self.end_ms + offset) / step)
        return (index * step - offset for index in range(first, last + 1))

    def _is_major(self, at_ms: int, step: int) -> bool:
        unit = MINUTE if step < MINUTE else HOUR if step < HOUR else DAY
        return step < DAY and (at_ms + self.offset_min * MINUTE) % unit == 0

    def _full(self, at_ms: int, step: int) -> str:
        if step >= DAY:
            return day_short(at_ms, self.offset_min)
        text = clock(at_ms, self.offset_min)
        return text if step < MINUTE else text[:5]

    def _short(self, at_ms: int, step: int) -> str:
        return clock_short(at_ms, self.offset_min) if step < MINUTE else self._full(at_ms, step)


def session_scale(
    start_ms: int,
    end_ms: int,
    *,
    live: bool,
    width: int,
    zoom: Zoom | None = None,
    offset_min: int = 0,
) -> TimeScale:
    """The scale of the whole span, or of the zoom; a live one leaves room after now.

    What has just begun does not fill the plot at once; what is over does, however short it was.
    """
    if zoom and zoom.end_ms > zoom.start_ms:
        return TimeScale(zoom.start_ms, zoom.end_ms, width, offset_min)
    span = max(MIN_LIVE_SPAN_MS if live else MIN_SPAN_MS, end_ms - start_ms)
    if live:
        # The playhead's tag is 58 px wide and hangs over its line to both sides.
        share = min(0.25, 56 / max(1, width - 2 * PADDING))
        span = round(span / (1 - share))
    return TimeScale(start_ms, start_ms + span, width, offset_min)

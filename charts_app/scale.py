"""Time on a horizontal axis: where a moment falls, which moments get a line and a label."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from charts_app.wording import DAY, HOUR, MINUTE, SECOND, clock, clock_short, day_short

PADDING = 16
AXIS_HEIGHT = 32
LABEL_GAP = 56
FOLD_WIDTH = 26
FOLD_SHARE = 0.1  # of the span shown, from which a gap can be folded
MIN_SPAN_MS = SECOND
MIN_LIVE_SPAN_MS = 10 * SECOND
# A live axis grows in steps: between them nothing on it moves.
GROWTH = 1.25
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
class Gap:
    """A stretch in which nothing happened, drawn as narrow as a fold; it may leave out the edges
    of a longer one, which lasted `idle_ms`."""

    start_ms: int
    end_ms: int
    idle_ms: int = 0

    @property
    def lasting_ms(self) -> int:
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str
    major: bool
    anchored_start: bool = False


@dataclass(frozen=True)
class TimeScale:
    """Maps milliseconds to pixels: one unit of the drawing is one pixel. `gaps` are in order."""

    start_ms: int
    end_ms: int
    width: int
    offset_min: int = 0
    gaps: tuple[Gap, ...] = ()

    @cached_property
    def px_per_ms(self) -> float:
        room = self.width - 2 * PADDING - FOLD_WIDTH * len(self.gaps)
        return room / max(1, self.end_ms - self.start_ms - _lasting(self.gaps))

    @cached_property
    def stops(self) -> tuple[tuple[float, int], ...]:
        """Between these places, in pixels, and their moments, time runs evenly."""
        x, at, found = float(PADDING), self.start_ms, [(float(PADDING), self.start_ms)]
        for gap in self.gaps:
            x += (gap.start_ms - at) * self.px_per_ms
            found += [(x, gap.start_ms), (x + FOLD_WIDTH, gap.end_ms)]
            x, at = x + FOLD_WIDTH, gap.end_ms
        return (*found, (x + (self.end_ms - at) * self.px_per_ms, self.end_ms))

    def x(self, at_ms: int) -> float:
        if not self.gaps:
            return PADDING + (at_ms - self.start_ms) * self.px_per_ms
        for (x, at), (next_x, next_at) in pairwise(self.stops):
            if at_ms <= next_at or next_at == self.end_ms:
                return x + (at_ms - at) * (next_x - x) / max(1, next_at - at)
        return self.stops[-1][0]

    def ms(self, x: float) -> int:
        for (left, at), (right, next_at) in pairwise(self.stops):
            if x <= right or next_at == self.end_ms:
                return at + round((x - left) * (next_at - at) / max(0.001, right - left))
        return self.end_ms

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
        if self.gaps:
            return ticks + self._ticks_between_gaps(step)
        for at in self._round_times(step, self.start_ms, self.end_ms):
            x = self.x(at)
            major = self._is_major(at, step)
            label = self._full(at, step) if major else self._short(at, step)
            half = LABEL_GAP / 2 if len(label) > 3 else LABEL_GAP / 4
            if x - half < free_from - LABEL_GAP / 2 + 8:
                label = ""
            ticks.append(Tick(x, label, major))
        return ticks

    def _ticks_between_gaps(self, step: int) -> list[Tick]:
        """In full on both sides of a fold: there the short form would not say which hour."""
        ticks: list[Tick] = []
        free_from, after = PADDING + LABEL_GAP, False
        folds = [x for x, _ in self.stops[1:-1]]
        for (_, start), (_, end) in list(pairwise(self.stops))[::2]:
            for at in self._round_times(step, start, end):
                x, major = self.x(at), self._is_major(at, step)
                label = self._full(at, step) if major or after else self._short(at, step)
                if x < free_from + 8 or any(abs(x - fold) < FOLD_WIDTH for fold in folds):
                    ticks.append(Tick(x, "", major))
                    continue
                ticks.append(Tick(x, label, major))
                free_from, after = round(x) + LABEL_GAP - 8, False
            after = True
        return ticks

    def _step_ms(self) -> int:
        least = LABEL_GAP / self.px_per_ms
        for step in STEPS_MS:
            if step >= least:
                return step
        return DAY * max(1, math.ceil(least / DAY))

    def _round_times(self, step: int, start_ms: int, end_ms: int) -> Iterator[int]:
        offset = self.offset_min * MINUTE
        first = math.floor((start_ms + offset) / step) + 1
        last = math.floor((end_ms + offset) / step)
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


def _lasting(gaps: Iterable[Gap]) -> int:
    return sum(gap.lasting_ms for gap in gaps)


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
        return TimeScale(zoom.start_ms, max(zoom.end_ms, zoom.start_ms + SECOND), width, offset_min)
    span = max(MIN_SPAN_MS, end_ms - start_ms)
    return TimeScale(
        start_ms, start_ms + (_grown(span, width) if live else span), width, offset_min
    )


def _grown(span: int, width: int) -> int:
    # The playhead's tag is 58 px wide and hangs over its line to both sides.
    share = min(0.25, 56 / max(1, width - 2 * PADDING))
    steps = math.log(max(1.0, span / (1 - share) / MIN_LIVE_SPAN_MS), GROWTH)
    return round(MIN_LIVE_SPAN_MS * GROWTH ** math.ceil(steps))


def foldable(gaps: Sequence[Gap], scale: TimeScale) -> tuple[Gap, ...]:
    """Those in what is shown that take enough of it to be worth a fold."""
    least = (scale.end_ms - scale.start_ms) * FOLD_SHARE
    inside = (g for g in gaps if g.start_ms > scale.start_ms and g.end_ms < scale.end_ms)
    found = tuple(gap for gap in inside if gap.lasting_ms >= least)
    # Marks at the edges stand clear of the fold.
    room = round((scale.end_ms - scale.start_ms - _lasting(found)) * 0.02) + 1
    return tuple(
        Gap(gap.start_ms + room, gap.end_ms - room, gap.lasting_ms)
        for gap in found
        if gap.lasting_ms > 2 * room
    )

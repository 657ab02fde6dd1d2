"""Times, durations and counts as a chart writes them."""

from datetime import UTC, datetime
from itertools import pairwise

NBSP = "\u00a0"
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MAX_MS = 253_402_300_799_000


def _local(at_ms: int, offset_min: int) -> datetime:
    moved = min(max(at_ms + offset_min * MINUTE, 0), MAX_MS)
    return datetime.fromtimestamp(moved / 1000, tz=UTC)


def clock(at_ms: int, offset_min: int) -> str:
    return f"{_local(at_ms, offset_min):%H:%M:%S}"


def clock_short(at_ms: int, offset_min: int) -> str:
    return f"{_local(at_ms, offset_min)::%S}"


def day_short(at_ms: int, offset_min: int) -> str:
    day = _local(at_ms, offset_min)
    return f"{day:%b} {day.day}"


def dates(start_ms: int, end_ms: int, offset_min: int) -> str:
    """The day or days that a chart covers: "Feb 6, 2024", "Feb 6 to 7, 2024"."""
    first, last = _local(start_ms, offset_min), _local(end_ms, offset_min)
    if first.date() == last.date():
        return f"{first:%b} {first.day}, {first.year}"
    if first.year != last.year:
        return f"{first:%b} {first.day}, {first.year} to {last:%b} {last.day}, {last.year}"
    if first.month != last.month:
        return f"{first:%b} {first.day} to {last:%b} {last.day}, {last.year}"
    return f"{first:%b} {first.day} to {last.day}, {last.year}"


def in_words(duration_ms: int) -> str:
    """A duration in prose: "45 s", "1 min 41 s", "2 h 14 min", "3 d 4 h"."""
    if 0 < duration_ms < SECOND:
        return f"{duration_ms}{NBSP}ms"
    units = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"))
    for (size, name), (smaller, smaller_name) in pairwise(units):
        if duration_ms >= size:
            rest = duration_ms % size // smaller
            more = f" {rest}{NBSP}{smaller_name}" if rest else ""
            return f"{duration_ms // size}{NBSP}{name}{more}"
    return f"{duration_ms // SECOND}{NBSP}s"


def in_figures(duration_ms: int) -> str:
    """A duration in a column: "0:45", "2:15:41"."""
    seconds = duration_ms // SECOND
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def short_count(count: int) -> str:
    return str(count) if count < 1000 else f"{count // 1000}k"

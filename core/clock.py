"""The time, in Unix milliseconds, from one place so that tests can move it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

LAST_MS = 253_402_300_799_000  # of the year 9999: no calendar here has more


def _system_ms() -> int:
    return time.time_ns() // 1_000_000


_source: Callable[[], int] = _system_ms


def now_ms() -> int:
    return _source()


def as_datetime(at_ms: int) -> datetime:
    """In UTC. A file may hold any number: for one that no calendar has it is the nearest."""
    return datetime.fromtimestamp(min(max(at_ms, 0), LAST_MS) / 1000, UTC)


def set_source(source: Callable[[], int] | None) -> None:
    """Replace the clock (tests, replays), or put the system's back with None."""
    global _source
    _source = source or _system_ms

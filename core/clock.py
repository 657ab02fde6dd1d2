"""The time, in Unix milliseconds, from one place so that tests can move it."""

import time
from collections.abc import Callable


def _system_ms() -> int:
    return time.time_ns() // 1_000_000


_source: Callable[[], int] = _system_ms


def now_ms() -> int:
    return _source()


def set_source(source: Callable[[], int] | None) -> None:
    """Replace the clock (tests, replays), or put the system's back with None."""
    global _source
    _source = source or _system_ms

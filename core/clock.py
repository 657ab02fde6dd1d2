"""The time, in Unix milliseconds, from one place so that tests can move it."""

import time
from collections.abc import Callable

_source: Callable[[], int] = lambda: time.time_ns() // 1_000_000


def now_ms() -> int:
    return _source()


def set_source(source: Callable[[], int] | None) -> None:
    """Replace the clock (tests, replays), or put the system's back with None."""
    global _source
    _source = source or (lambda: time.time_ns() // 1_000_000)

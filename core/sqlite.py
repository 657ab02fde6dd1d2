"""All that is particular to SQLite: pragmas, the writers' turn, snapshots, and change detection."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# FULL costs 0.7 ms a commit and keeps an acknowledged change through a power cut.
PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
    "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000"
)

# Writers of one process wait here, in order, instead of in SQLite's busy handler, whose back-off
# between threads gave p99 above one second. Re-entrant, because changes nest.
_writers = threading.RLock()
_mine = threading.local()


@contextmanager
def writers_turn() -> Iterator[None]:
    """Hold the turn; when the outermost block ends, what `after_turn` was given is done."""
    if getattr(_mine, "afterwards", None) is not None:
        yield
        return
    afterwards = _mine.afterwards = []
    try:
        with _writers:
            yield
    finally:
        _mine.afterwards = None
    for callback in afterwards:
        callback()


def after_turn(callback: Callable[[], None]) -> None:
    """Do this once this thread has given up its turn; at once when it has none.

    Whoever writes files holds their lock and then asks for the turn, so nobody may hold the turn
    and ask for their lock.
    """
    afterwards: list[Callable[[], None]] | None = getattr(_mine, "afterwards", None)
    if afterwards is None:
        callback()
    else:
        afterwards.append(callback)


@contextmanager
def snapshot(connection: Any) -> Iterator[None]:
    """Read several statements from one moment without taking the write lock.

    `connection` is a Django connection; inside a transaction it already is one moment.
    """
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    connection.connection.execute("BEGIN DEFERRED")
    try:
        yield
    finally:
        connection.connection.execute("COMMIT")


def refuses_writing(error: Exception) -> bool:
    """Whether the disk is full or read-only, in SQLite's words."""
    said = str(error)
    return any(
        words in said for words in ("disk is full", "readonly", "disk I/O", "unable to open")
    )


def data_version(connection: Any) -> int:
    """A number that changes whenever another connection has committed (6 µs)."""
    connection.ensure_connection()
    return int(connection.connection.execute("PRAGMA data_version").fetchone()[0])


def checkpoint(connection: Any) -> None:
    """Move the write-ahead log into the database file; done at a clean stop."""
    connection.ensure_connection()
    connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

"""Whether the data directory takes files: while it does not, changes are refused beforehand."""

import threading

from core.errors import StorageUnavailable

_lock = threading.Lock()
_problem: tuple[str, str] | None = None


def failed(path: str, reason: str) -> None:
    global _problem
    with _lock:
        _problem = (path, reason)


def succeeded() -> None:
    global _problem
    with _lock:
        _problem = None


def problem() -> str | None:
    """What cannot be written and why, in one sentence, or None."""
    with _lock:
        return f"{_problem[0]} cannot be written: {_problem[1]}" if _problem else None


def check() -> None:
    found = problem()
    if found:
        raise StorageUnavailable(
            f"{found}. Nothing was changed. Make room or make it writable; no restart is needed.",
            {"path": _problem[0] if _problem else ""},
        )

"""Whether the data directory takes files, without which changes are refused, and has its own."""

import threading

from core.errors import StorageUnavailable

_lock = threading.Lock()
_problems: dict[str, str] = {}
_missing: str | None = None
_failures = 0


def failed(path: str, reason: str) -> bool:
    """Note that this file cannot be written; whether that is news."""
    global _failures
    with _lock:
        is_news = _problems.get(path) != reason
        _problems[path] = reason
        _failures += 1
    return is_news


def failures() -> int:
    """How often a file could not be written since this process began."""
    return _failures


def succeeded(path: str) -> None:
    """This file can be written: what is wrong with another stays wrong."""
    with _lock:
        _problems.pop(path, None)


def note_missing(said: str | None) -> bool:
    """So many files are gone that no record is removed, or (None) no longer; whether it is news."""
    global _missing
    is_news, _missing = _missing != said, said
    return is_news


def missing() -> str | None:
    """How many files are gone and what to do about it, or None."""
    return _missing


def forget() -> None:
    with _lock:
        _problems.clear()
    note_missing(None)


def problem() -> str | None:
    """What cannot be written and why, in one sentence, or None."""
    with _lock:
        path, reason = next(iter(_problems.items()), ("", ""))
        more = f" (and {len(_problems) - 1} more)" if len(_problems) > 1 else ""
    return f"{path}{more} cannot be written: {reason}" if path else None


def check() -> None:
    found = problem()
    if found:
        raise StorageUnavailable(
            f"{found}. Nothing was changed. Make room or make it writable; no restart is needed.",
            {"path": next(iter(_problems), "")},
        )

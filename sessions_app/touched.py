"""The files that a session's agent touched, from its raw events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FILE_TOUCHED = "file_touched"


@dataclass(frozen=True)
class FileTouched:
    """`path` is short where it lies in the project's directory; `times` counts the touches."""

    path: str
    times: int
    last_ms: int


def files_touched(events: Iterable[Mapping[str, Any]], working_dir: str) -> tuple[FileTouched, ...]:
    """Each file once, the last touched first."""
    base = working_dir.rstrip("/") + "/"
    found: dict[str, FileTouched] = {}
    for event in events:
        data = event.get("data")
        path = data.get("path") if isinstance(data, Mapping) else None
        if event.get("type") != FILE_TOUCHED or not isinstance(path, str) or not path:
            continue
        short = path.removeprefix(base) or path
        before = found.get(short)
        at = event.get("timestamp")
        last_ms = int(at) if isinstance(at, int | float) else 0
        found[short] = FileTouched(short, before.times + 1 if before else 1, last_ms)
    return tuple(sorted(found.values(), key=lambda one: (-one.last_ms, one.path)))

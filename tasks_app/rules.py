"""What a task may be and become; pure."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from core.errors import Conflict, ForbiddenField


class TaskStatus(StrEnum):
    """The person's word for where a task stands."""

    TODO = "todo"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"


class Priority(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class SessionStatusOfTask(StrEnum):
    """One session's word for where it is with a task."""

    QUEUED = "queued"
    WORKING = "working"
    NEEDS_INPUT = "needs_input"
    BLOCKED = "blocked"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


ENDED = frozenset(
    (SessionStatusOfTask.COMPLETED, SessionStatusOfTask.FAILED, SessionStatusOfTask.SKIPPED)
)
AGENT_FIELDS = frozenset(("sessionStatus", "updateSource", "sessionId"))


class Cycle(Conflict):
    code = "cycle"


class HasChildren(Conflict):
    code = "has_children"


def check_agent_fields(fields: Iterable[str]) -> None:
    """A worker's update touches its own session status only. Raises ForbiddenField."""
    refused = sorted(set(fields) - AGENT_FIELDS)
    if refused:
        raise ForbiddenField(
            f"A session may set only its own sessionStatus, not {', '.join(refused)}.",
            {"fields": refused},
        )


def check_no_cycle(
    start: str, next_ids: Iterable[str], edges: Callable[[str], Iterable[str]], *, word: str
) -> None:
    """Raise Cycle, naming the path, when following `edges` from `next_ids` comes back to start."""
    came_from: dict[str, str] = dict.fromkeys(next_ids, start)
    to_visit = list(came_from)
    while to_visit:
        here = to_visit.pop()
        if here == start:
            path = _path(start, came_from)
            raise Cycle(f"That would make a circle: {f' {word} '.join(path)}.", {"path": path})
        for further in edges(here):
            if further not in came_from:
                came_from[further] = here
                to_visit.append(further)


def _path(start: str, came_from: Mapping[str, str]) -> list[str]:
    path, here = [start], came_from[start]
    while here != start:
        path.append(here)
        here = came_from[here]
    return [start, *reversed(path[1:]), start]

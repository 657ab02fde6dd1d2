"""The state machine and what each timeline event does; pure, one table each."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.errors import BadInput, Conflict
from tasks_app.rules import ENDED, SessionStatusOfTask


class Status(StrEnum):
    SPAWNING = "spawning"
    IDLE = "idle"
    WORKING = "working"
    COMPLETED = "completed"
    FAILED = "failed"
    STOPPED = "stopped"


class Strategy(StrEnum):
    SIMPLE = "simple"
    QUEUE = "queue"


class SessionRole(StrEnum):
    WORKER = "worker"
    ORCHESTRATOR = "orchestrator"


FINAL = frozenset((Status.COMPLETED, Status.FAILED, Status.STOPPED))
LIVE = frozenset(Status) - FINAL
MOVES: dict[Status, frozenset[Status]] = {
    Status.SPAWNING: frozenset((Status.IDLE, Status.WORKING, Status.FAILED, Status.STOPPED)),
    Status.IDLE: frozenset((Status.WORKING, *FINAL)),
    Status.WORKING: frozenset((Status.IDLE, *FINAL)),
    Status.COMPLETED: frozenset(),
    Status.FAILED: frozenset(),
    Status.STOPPED: frozenset(),
}
NEEDS_USER_INPUT = "needs-user-input"
RUNNING = "running"
STATUS_WORDS = (*(status.value for status in Status), RUNNING, NEEDS_USER_INPUT)


class InvalidTransition(Conflict):
    code = "invalid_transition"


class SessionIsFinal(Conflict):
    code = "session_is_final"


class TaskInProcess(Conflict):
    code = "task_in_process"


def can_move(current: Status, to: Status) -> bool:
    return to in MOVES[current]


def check_move(current: Status, to: Status) -> None:
    """Raises SessionIsFinal for a live status after the end, InvalidTransition otherwise."""
    if current in FINAL and to in LIVE:
        raise_final(current)
    if not can_move(current, to):
        allowed = sorted(MOVES[current])
        raise InvalidTransition(
            f"A session that is {current} cannot become {to}.",
            {"from": current, "to": to, "allowed": allowed},
        )


def raise_final(status: Status) -> None:
    raise SessionIsFinal(f"The session is {status}: finished, you may exit.", {"status": status})


def understood(word: str, current: Status) -> Status:
    """The status that a client's word means; `running` is idle at registration, else working."""
    if word == RUNNING:
        return Status.IDLE if current is Status.SPAWNING else Status.WORKING
    return Status(word)


class EventType(StrEnum):
    SESSION_STARTED = "session_started"
    SESSION_STOPPED = "session_stopped"
    TASK_STARTED = "task_started"
    TASK_COMPLETED = "task_completed"
    TASK_FAILED = "task_failed"
    TASK_SKIPPED = "task_skipped"
    TASK_BLOCKED = "task_blocked"
    NEEDS_INPUT = "needs_input"
    PROGRESS = "progress"
    ERROR = "error"
    MILESTONE = "milestone"


SERVER_ONLY = frozenset((EventType.SESSION_STARTED, EventType.SESSION_STOPPED))
WIRE_TYPES = [event_type.value for event_type in EventType if event_type not in SERVER_ONLY]
TASK_STATUS_AFTER: dict[EventType, SessionStatusOfTask] = {
    EventType.TASK_STARTED: SessionStatusOfTask.WORKING,
    EventType.TASK_COMPLETED: SessionStatusOfTask.COMPLETED,
    EventType.TASK_FAILED: SessionStatusOfTask.FAILED,
    EventType.TASK_SKIPPED: SessionStatusOfTask.SKIPPED,
    EventType.TASK_BLOCKED: SessionStatusOfTask.BLOCKED,
}
CLEARS_NEEDS_INPUT = frozenset((*TASK_STATUS_AFTER, EventType.PROGRESS))
DEFAULT_MESSAGES: dict[EventType, str] = {
    EventType.TASK_STARTED: "Started task",
    EventType.TASK_COMPLETED: "Completed task",
    EventType.TASK_FAILED: "Failed task",
    EventType.TASK_SKIPPED: "Skipped task",
    EventType.TASK_BLOCKED: "Blocked task",
}


def check_wire_type(word: str) -> EventType:
    """The type of an event that a client posts. Raises BadInput, naming the eleven."""
    if word not in WIRE_TYPES:
        reserved = " The server writes that one itself." if word in SERVER_ONLY else ""
        raise BadInput(
            {"type": [f"{word} cannot be posted.{reserved} Types: {', '.join(EventType)}."]}
        )
    return EventType(word)


def placed_time(reported_ms: int | None, *, last_ms: int, now_ms: int) -> int:
    """A client's time where it lies between the last event and now, else the nearer bound."""
    if now_ms < last_ms:
        return last_ms
    wanted = now_ms if reported_ms is None else reported_ms
    return min(max(wanted, last_ms), now_ms)


@dataclass(frozen=True)
class Ending:
    """What an ending event does to the task of its session: nothing, if it already ended."""

    status: SessionStatusOfTask
    duration_ms: int | None


def ending(
    event_type: EventType,
    at_ms: int,
    *,
    attempt_started_at: int | None,
    status: str | None,
) -> Ending | None:
    """None for a second ending in the same attempt: it is kept and changes nothing."""
    if attempt_started_at is None and status in ENDED:
        return None
    duration = None if attempt_started_at is None else at_ms - attempt_started_at
    return Ending(TASK_STATUS_AFTER[event_type], duration)


def status_after_task_event(current: Status, *, open_attempts: int, unfinished: int) -> Status:
    """Working while an attempt is open; idle when none is and a task is unfinished."""
    if current in FINAL:
        return current
    if open_attempts:
        return Status.WORKING
    return Status.IDLE if unfinished and current is Status.WORKING else current


def status_after_exit(
    exit_code: int | None, *, current: Status, unfinished: int, failed: int
) -> Status:
    """What a process's end says of a session that is still live."""
    if exit_code != 0:
        return Status.FAILED
    if unfinished or current is Status.SPAWNING:
        return Status.STOPPED
    return Status.FAILED if failed else Status.COMPLETED


def fraction_of(metadata: dict[str, Any]) -> float | None:
    """The progress that an event reports, 0 to 1, whichever way it says so."""
    step, total = metadata.get("step"), metadata.get("totalSteps")
    if _is_number(metadata.get("progress")):
        value = metadata["progress"]
    elif _is_number(metadata.get("percent")):
        value = metadata["percent"] / 100
    elif _is_number(step) and _is_number(total) and total:
        value = step / total
    else:
        return None
    return min(max(float(value), 0.0), 1.0)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def stop_message(status: Status, why: str, by: str) -> str:
    if status is Status.COMPLETED:
        return why or "Session completed successfully"
    if status is Status.FAILED:
        return f"Session failed: {why}" if why else "Session failed"
    return f"Session stopped by {by}: {why}" if why else f"Session stopped by {by}"


def deepest_first(depths: Iterable[tuple[int, str]]) -> list[str]:
    return [session_id for _, session_id in sorted(depths, key=lambda pair: -pair[0])]

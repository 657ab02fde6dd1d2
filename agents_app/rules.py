"""What a spawn may ask for and what a process's end means; pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from core.errors import Conflict, MaestroError, NotFound


class OrchestratorStrategy(StrEnum):
    DEFAULT = "default"
    INTELLIGENT_BATCHING = "intelligent-batching"
    DAG = "dag"


class SpawnSource(StrEnum):
    UI = "ui"
    SESSION = "session"


class InvalidSpawn(MaestroError):
    """400 with the code that clients of the seed's server know."""

    status = 400

    def __init__(self, code: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, details)
        self.code = code


class ParentNotActive(Conflict):
    code = "parent_session_not_active"


class SpawnLimit(Conflict):
    code = "spawn_limit"


class NoTerminal(NotFound):
    code = "no_terminal"


class NotFinal(Conflict):
    code = "session_is_live"


class NothingToResume(Conflict):
    code = "nothing_to_resume"


class SecretsNeeded(Conflict):
    code = "secrets_needed"


class HasLiveSessions(Conflict):
    code = "has_live_sessions"


class HasContents(Conflict):
    code = "has_contents"


class Evidence(StrEnum):
    """What says that an agent is no more, or never was; kept in its error event's metadata."""

    EXIT = "exit"
    HOST_GONE = "host_gone"
    REBOOT = "reboot"
    REGISTRATION_TIMEOUT = "registration_timeout"
    LAUNCH_FAILED = "launch_failed"


LOSSES = {
    Evidence.HOST_GONE: "The agent's host process is gone and left no exit code: it was killed",
    Evidence.REBOOT: "The machine was restarted while the agent ran",
}


def exit_sentence(exit_code: int | None, signal: str | None) -> str:
    if signal:
        return f"The process was ended by {signal}"
    if exit_code is None:
        return "The process ended and left no exit code"
    return f"The process ended with exit code {exit_code}"

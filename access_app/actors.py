"""Who does a thing: carried from the door to the service, and written into transitions."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The words that a transition's `by` may hold."""

    USER = "user"
    AGENT = "agent"
    LAUNCHER = "launcher"
    REAPER = "reaper"
    CASCADE = "cascade"


@dataclass(frozen=True)
class Actor:
    """`session_id` is set when an agent acts with the token of its session."""

    role: Role
    session_id: str | None = None

    @property
    def is_agent(self) -> bool:
        return self.role is Role.AGENT


USER = Actor(Role.USER)
AGENT = Actor(Role.AGENT)
LAUNCHER = Actor(Role.LAUNCHER)
REAPER = Actor(Role.REAPER)
CASCADE = Actor(Role.CASCADE)

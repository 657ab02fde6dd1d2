"""Who does a thing: carried from the door to the service, and written into transitions."""

from dataclasses import dataclass
from enum import StrEnum

from access_app.rules import Level
from core.errors import Forbidden


class Role(StrEnum):
    """The words that a transition's `by` may hold."""

    USER = "user"
    AGENT = "agent"
    LAUNCHER = "launcher"
    REAPER = "reaper"
    CASCADE = "cascade"


@dataclass(frozen=True)
class Actor:
    """`session_id` is set when an agent acts with the token of its session, `token_id` when a
    program acts with one of its own, `name` when a person has logged in.

    `project_id` is the only project that it sees, or None where it sees all.
    """

    role: Role
    session_id: str | None = None
    level: Level = Level.ADMIN
    project_id: str | None = None
    token_id: str | None = None
    name: str = ""

    @property
    def is_agent(self) -> bool:
        return self.role is Role.AGENT

    @property
    def has_token(self) -> bool:
        return bool(self.session_id or self.token_id)

    @property
    def asker(self) -> str:
        """Whose repeated requests are repeats of each other."""
        return self.session_id or self.token_id or self.name or self.role.value

    def may(self, level: Level) -> bool:
        return self.level >= level

    def check(self, needed: Level, *, takes_tokens: bool) -> None:
        """Raises Forbidden for less than the needed level, and for a token where people are."""
        if self.has_token and not takes_tokens:
            raise Forbidden("Pages are for people. A program with a token uses /api and /ws.")
        if self.may(needed):
            return
        if self.level is Level.NOBODY:
            raise Forbidden("Your account has no level yet. Ask an admin to put you into a group.")
        raise Forbidden(f"This takes the level {needed.word}; yours is {self.level.word}.")


USER = Actor(Role.USER)
AGENT = Actor(Role.AGENT)
LAUNCHER = Actor(Role.LAUNCHER)
REAPER = Actor(Role.REAPER)
CASCADE = Actor(Role.CASCADE)

"""The few things that a hook of any tool can say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Keep:
    """Kept among the session's raw events."""

    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Register:
    """The tool runs. `conversation_id` is the tool's own, `transcript` the file it writes."""

    conversation_id: str = ""
    transcript: str = ""


@dataclass(frozen=True)
class GoOn:
    """A person, or Maestro, gave it something to do."""


@dataclass(frozen=True)
class Report:
    """Something that people read: a milestone, an error, a progress."""

    type: str
    message: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """It waits for a person, in its terminal."""

    message: str


@dataclass(frozen=True)
class AskPermission:
    """It may not go on before somebody approved; `shown` is what is to be done, in words."""

    tool: str
    shown: str
    input: Mapping[str, Any]


@dataclass(frozen=True)
class Settle:
    """What was asked for permission has been decided elsewhere: this tool ran, or, where none is
    named, whatever was asked."""

    tool: str = ""
    input: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class EndTurn:
    """It stops, unless it is given something to go on with; `can_go_on` says that it listens."""

    said: str
    can_go_on: bool
    is_busy: bool = False


@dataclass(frozen=True)
class End:
    """The tool has ended."""


@dataclass(frozen=True)
class Used:
    """What the whole conversation has used so far."""

    usage: Mapping[str, float]


@dataclass(frozen=True)
class Transcript:
    """The file that says what was used."""

    path: str


Meaning = (
    Keep
    | Register
    | GoOn
    | Report
    | Ask
    | AskPermission
    | Settle
    | EndTurn
    | End
    | Used
    | Transcript
)

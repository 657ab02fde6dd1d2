"""Questions that are decisions: may an agent's tool do this? Only a person says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.clock import now_ms
from sessions_app.models import TimelineEvent, Transition
from sessions_app.rules import EventType

PERMISSION = "permission"
APPROVE, DENY = "approve", "deny"
DECISIONS = (APPROVE, DENY)
WORDS = {APPROVE: "Approved", DENY: "Denied"}


@dataclass(frozen=True)
class Permission:
    """What a tool wants to do, in words; `is_open` while the hook waits for the decision here."""

    tool: str
    shown: str
    is_open: bool


def permission_in(event: Mapping[str, Any]) -> Permission | None:
    """The permission that an event asks for, if it asks for one."""
    if not is_permission(event):
        return None
    metadata = event["metadata"]
    until = metadata.get("waitsUntil")
    return Permission(
        tool=str(metadata.get("tool") or ""),
        shown=str(metadata.get("shown") or ""),
        is_open=isinstance(until, int) and now_ms() < until,
    )


def is_permission(event: Mapping[str, Any] | None) -> bool:
    metadata = (event or {}).get("metadata")  # of a file's events it may be anything
    return isinstance(metadata, Mapping) and metadata.get("kind") == PERMISSION


def decision_named(word: str | None) -> str | None:
    """The decision that a word means: a client may answer with the option as it is shown."""
    known = (word or "").strip().lower()
    return known if known in DECISIONS else None


def is_answered(session_id: str, event_id: str) -> bool:
    rows = TimelineEvent.objects.filter(
        session_id=session_id, type=EventType.PROGRESS, body__metadata__answerTo=event_id
    )
    return rows.exists()


@dataclass(frozen=True)
class Decision:
    """`word` is approve or deny; `text` is what the person said with it."""

    word: str
    text: str


def decision_on(session_id: str, event_id: str) -> Decision | None:
    """What a person decided, from the session's transitions: no agent can write those."""
    rows = Transition.objects.filter(session_id=session_id, body__eventId=event_id)
    body = rows.values_list("body", flat=True).first()
    if body is None:
        return None
    word = APPROVE if body["what"] == WORDS[APPROVE].lower() else DENY
    return Decision(word, str(body.get("why") or ""))

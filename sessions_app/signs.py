"""A session's state as people see it: one shape and one word; no markup."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.clock import now_ms
from sessions_app.documents import stale
from sessions_app.models import Session
from sessions_app.rules import LIVE

WORDS = {
    "spawning": "Spawning",
    "idle": "Idle",
    "working": "Working",
    "waiting": "Waiting for you",
    "stale": "Stale",
    "completed": "Completed",
    "failed": "Failed",
    "stopped": "Stopped",
    "queued": "Queued",
    "processing": "Processing",
    "skipped": "Skipped",
    "blocked": "Blocked",
}
SHAPES = {"processing": "working", "needs_input": "waiting"}


@dataclass(frozen=True)
class Sign:
    """`kind` names the shape and the colour: st-<kind>, is-<kind>."""

    kind: str
    word: str


def sign_named(status: str) -> Sign:
    kind = SHAPES.get(status, status)
    return Sign(kind, WORDS.get(status) or WORDS.get(kind, status))


def sign_of(session: Session) -> Sign:
    """Waiting for a person comes before silence, silence before the status."""
    if session.state in LIVE and is_waiting(session.needs_input):
        return sign_named("waiting")
    if stale(session, now_ms()):
        return sign_named("stale")
    return sign_named(session.status)


def is_waiting(needs_input: Mapping[str, Any] | None) -> bool:
    return bool(needs_input and needs_input.get("active"))

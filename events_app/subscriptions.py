"""What a client of /ws wants to hear; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from events_app.log import Entry


class BadSubscription(Exception):
    """The message says what a subscription looks like."""


@dataclass(frozen=True)
class Subscription:
    """Everything, unless narrowed; an entry must fit every filter that is set."""

    project_id: str | None = None
    session_ids: frozenset[str] = frozenset()
    task_ids: frozenset[str] = frozenset()
    delta: bool = False
    muted: bool = False

    def wants(self, entry: Entry) -> bool:
        if self.muted or (self.project_id and entry.project_id != self.project_id):
            return False
        if not self.session_ids and not self.task_ids:
            return True
        return entry.session_id in self.session_ids or entry.task_id in self.task_ids


def subscription_from(said: Mapping[str, Any]) -> Subscription:
    """Raises BadSubscription."""
    if said.get("format", "full") not in ("full", "delta"):
        raise BadSubscription("format is full or delta.")
    if not isinstance(said.get("after", 0), int) or not isinstance(said.get("epoch", ""), str):
        raise BadSubscription("after is a seq, epoch a text.")
    if not isinstance(said.get("projectId", ""), str):
        raise BadSubscription("projectId is an id.")
    return Subscription(
        project_id=said.get("projectId"),
        session_ids=_ids(said, "sessionIds"),
        task_ids=_ids(said, "taskIds"),
        delta=said.get("format") == "delta",
    )


def _ids(said: Mapping[str, Any], name: str) -> frozenset[str]:
    found = said.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise BadSubscription(f"{name} is a list of ids.")
    return frozenset(found)

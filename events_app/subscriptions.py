"""What a client of /ws wants to hear; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from events_app.log import OUR_OWN_EVENTS, Entry


class BadSubscription(Exception):
    """The message says what a subscription looks like."""


@dataclass(frozen=True)
class Subscription:
    """Everything, unless narrowed: to a project, and to any of these sessions and tasks.

    `tree` is a session with all its descendants. `silent`: the client has said nothing, and may
    know the seed's names only.
    """

    project_id: str | None = None
    session_ids: frozenset[str] = frozenset()
    task_ids: frozenset[str] = frozenset()
    tree: frozenset[str] = frozenset()
    delta: bool = False
    muted: bool = False
    silent: bool = False

    def wants(self, entry: Entry) -> bool:
        if self.muted or (self.project_id and entry.project_id != self.project_id):
            return False
        if self.silent and entry.type in OUR_OWN_EVENTS:
            return False
        if not self.session_ids and not self.task_ids and not self.tree:
            return True
        session_id = entry.session_id
        return (
            session_id in self.session_ids
            or session_id in self.tree
            or entry.task_id in self.task_ids
        )

    def with_tree(self, session_ids: frozenset[str]) -> "Subscription":
        return replace(self, tree=self.tree | session_ids)

    def after(self, entry: Entry) -> "Subscription":
        """As it is from this entry on: with the session that was spawned in its tree."""
        session_id = entry.session_id
        if not self.tree or session_id is None or session_id in self.tree:
            return self
        if entry.payload.get("parentSessionId") not in self.tree:
            return self
        return self.with_tree(frozenset((session_id,)))


def subscription_from(said: Mapping[str, Any]) -> Subscription:
    """As the message says it; of a tree, its root alone. Raises BadSubscription."""
    if said.get("format", "full") not in ("full", "delta"):
        raise BadSubscription("format is full or delta.")
    if type(said.get("after", 0)) is not int or not isinstance(said.get("epoch", ""), str):
        raise BadSubscription("after is a seq, epoch a text.")
    tree = _id(said, "tree")
    return Subscription(
        project_id=_id(said, "projectId"),
        session_ids=_ids(said, "sessionIds"),
        task_ids=_ids(said, "taskIds"),
        tree=frozenset((tree,)) if tree else frozenset(),
        delta=said.get("format") == "delta",
    )


def _id(said: Mapping[str, Any], name: str) -> str | None:
    found = said.get(name)
    if name in said and not isinstance(found, str):
        raise BadSubscription(f"{name} is an id.")
    return found


def _ids(said: Mapping[str, Any], name: str) -> frozenset[str]:
    found = said.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise BadSubscription(f"{name} is a list of ids.")
    return frozenset(found)

"""What somebody knows who read every document once and only the log since."""

from typing import Any

from events_app.log import Entry, entries_after, newest_seq
from storage_app.kinds import all_kinds
from tests.records import timeline_of

ALL = 10**12
Known = dict[tuple[str, str], dict[str, Any]]


def known_now() -> Known:
    """As the log would say it: a session without what is only ever appended, but its timeline."""
    found = {}
    for kind in all_kinds():
        for record_id in kind.ids():
            payload = dict(kind.news(record_id).payload)
            if kind.name == "session":
                payload["timeline"] = timeline_of(record_id)
            found[kind.name, record_id] = _lasting(payload)
    return _without_lone_queues(found)


def _lasting(payload: dict[str, Any]) -> dict[str, Any]:
    """Silence is told by the clock, not by the log."""
    return {key: value for key, value in payload.items() if key != "stale"}


def _without_lone_queues(known: Known) -> Known:
    """Where a session is gone, nothing is said of its queue any more."""
    return {
        key: document
        for key, document in known.items()
        if key[0] != "queue" or ("session", document["sessionId"]) in known
    }


def differences(known: Known, now: Known) -> list[str]:
    """Which keys of which records, and both values."""
    found = []
    for key in sorted({*known, *now}):
        said, is_so = known.get(key, {}), now.get(key, {})
        names = sorted(name for name in {*said, *is_so} if said.get(name) != is_so.get(name))
        found += [f"{key} {name}: {said.get(name)} for {is_so.get(name)}" for name in names]
    return found


class Replay:
    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self._known, self._seq = known_now(), newest_seq()

    def known(self) -> Known:
        """With everything applied that was logged meanwhile."""
        for entry in entries_after(self._seq, limit=ALL, chars=ALL):
            self._apply(entry)
            self._seq = entry.seq
        return _without_lone_queues(self._known)

    def _apply(self, entry: Entry) -> None:
        kind, _, what = entry.type.partition(":")
        payload = dict(entry.payload)
        if what == "spawn":
            payload = payload["session"]
        if what == "timeline":
            self._append(payload)
        elif what in ("created", "updated", "spawn") and "createdAt" in payload:
            self._put(kind, payload)
        elif what in ("deleted", "updated") and kind != "launcher":
            self._known.pop((kind, payload["id"]), None)

    def _append(self, payload: dict[str, Any]) -> None:
        # The first events of a session are told right before the session itself.
        session = self._known.setdefault(("session", payload["sessionId"]), {"timeline": []})
        session["timeline"] = [*session["timeline"], *payload["events"]]
        session["status"] = payload["status"]
        session["updatedAt"] = session["lastActivity"] = payload["lastActivity"]

    def _put(self, kind: str, payload: dict[str, Any]) -> None:
        key = (kind, payload["id"])
        if kind == "session":
            before = self._known.get(key, {}).get("timeline", [])
            appended = {"events", "transitions", "timeline"}
            payload = {name: value for name, value in payload.items() if name not in appended}
            payload["timeline"] = before
        self._known[key] = _lasting(payload)

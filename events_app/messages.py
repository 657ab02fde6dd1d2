"""The messages of /ws, each made once however many clients read it."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from core import json
from events_app import renderers
from events_app.log import Entry
from events_app.tail import Tail

SNAPSHOT_TYPES = frozenset(("session:updated", "session:timeline"))
KEPT = 2000


def message(event_type: str, data: Any, *, at: int, seq: int) -> str:
    """The seed's shape, with `seq` added: `{type, event, data, timestamp, seq}`."""
    return json.to_wire(fields_of(event_type, data, at=at, seq=seq)).decode()


def fields_of(event_type: str, data: Any, *, at: int, seq: int) -> dict[str, Any]:
    return {"type": event_type, "event": event_type, "data": data, "timestamp": at, "seq": seq}


class Messages:
    """Serialises log entries and whole sessions for all clients; single-flight, bounded."""

    def __init__(self, tail: Tail) -> None:
        self._tail = tail
        self._entries: OrderedDict[int, str] = OrderedDict()
        self._snapshots: OrderedDict[str, tuple[int, asyncio.Future[str | None]]] = OrderedDict()

    def of_entry(self, entry: Entry) -> str:
        """The entry as it is in the log."""
        found = self._entries.get(entry.seq)
        if found is None:
            found = message(entry.type, entry.payload, at=entry.at, seq=entry.seq)
            self._entries[entry.seq] = found
            _bound(self._entries)
        return found

    async def of_session(self, entry: Entry, event_type: str) -> str | None:
        """The whole session, at least as new as the entry; None when it is gone."""
        key = f"{event_type} {entry.session_id}"
        seq, future = self._snapshots.get(key, (-1, None))
        if future is None or seq < entry.seq:
            future = asyncio.ensure_future(self._read_session(entry, event_type))
            self._snapshots[key] = (self._tail.newest, future)
            self._snapshots.move_to_end(key)
            _bound(self._snapshots)
        return await asyncio.shield(future)

    async def _read_session(self, entry: Entry, event_type: str) -> str | None:
        seq = self._tail.newest
        return await self._tail.read(_render_session, entry, event_type, seq)


def _render_session(entry: Entry, event_type: str, seq: int) -> str | None:
    document: Mapping[str, Any] | None = renderers.whole("session", str(entry.session_id))
    if document is None:
        return None
    return message(event_type, document, at=entry.at, seq=seq)


def _bound(kept: OrderedDict[Any, Any]) -> None:
    while len(kept) > KEPT:
        kept.popitem(last=False)

"""Whole sessions as JSON, each read once however many clients are sent it."""

import asyncio
from collections import OrderedDict

from core import json
from events_app import renderers
from events_app.log import Entry
from events_app.tail import Tail

KEPT = 16  # a session of thousands of events is most of a megabyte


class Snapshot:
    """A session's document, at least as new as log row `seq`."""

    def __init__(self, seq: int, document: str) -> None:
        self.seq = seq
        self._document = document
        self._last = ("", -1, "")

    def message(self, event_type: str, entry: Entry) -> str:
        """Said in the place of an entry: with its seq, so that a cursor never runs ahead."""
        if self._last[:2] != (event_type, entry.seq):
            text = (
                f'{{"type":"{event_type}","event":"{event_type}","data":{self._document},'
                f'"timestamp":{entry.at},"seq":{entry.seq}}}'
            )
            self._last = (event_type, entry.seq, text)
        return self._last[2]


class Snapshots:
    """Reads sessions for all clients: one read at a time of each, the newest few kept."""

    def __init__(self, tail: Tail) -> None:
        self._tail = tail
        self._reads: OrderedDict[str, tuple[int, asyncio.Future[Snapshot | None]]] = OrderedDict()

    async def newest(self, entry: Entry) -> Snapshot | None:
        """The entry's session, at least as new as the entry; None when it is gone."""
        session_id = str(entry.session_id)
        seq, read = self._reads.get(session_id, (-1, None))
        if read is None or seq < entry.seq or (read.done() and read.exception()):
            seq = max(entry.seq, self._tail.newest)
            read = asyncio.ensure_future(self._tail.read(_read_session, session_id, seq))
            self._reads[session_id] = (seq, read)
            self._reads.move_to_end(session_id)
            if len(self._reads) > KEPT:
                self._reads.popitem(last=False)
        return await asyncio.shield(read)


def _read_session(session_id: str, seq: int) -> Snapshot | None:
    document = renderers.whole("session", session_id)
    return None if document is None else Snapshot(seq, json.to_wire(document).decode())

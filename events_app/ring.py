"""The newest entries of the log in memory, in order; bounded by number and by size."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from itertools import islice

from events_app.log import Entry


class Ring:
    """Everything after `begins_after`; what is older makes room."""

    def __init__(self, *, entries: int, size_chars: int) -> None:
        self.begins_after = 0
        self._entries: deque[Entry] = deque()
        self._room_entries, self._room_chars = entries, size_chars
        self._chars = 0

    def start(self, entries: Iterable[Entry], *, after: int) -> None:
        """Begin anew with these, which are everything after a seq."""
        self._entries.clear()
        self._chars, self.begins_after = 0, after
        self.extend(entries)

    def extend(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._entries.append(entry)
            self._chars += len(entry.text)
        while len(self._entries) > self._room_entries or self._chars > self._room_chars:
            gone = self._entries.popleft()
            self.begins_after = gone.seq
            self._chars -= len(gone.text)

    def after(self, seq: int, limit: int) -> list[Entry] | None:
        """The first entries after a seq; None where that is further back than the ring."""
        if seq < self.begins_after:
            return None
        start = bisect_right(self._entries, seq, key=lambda entry: entry.seq)
        return list(islice(self._entries, start, start + limit))

"""A recording as its viewers get it: pieces in order, read at each viewer's own speed."""

import codecs
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agents_app import recording
from agents_app.recording import Mark

CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class Output:
    offset: int
    data: bytes


@dataclass(frozen=True)
class Screen:
    """From here on the terminal has this size."""

    columns: int
    rows: int


@dataclass(frozen=True)
class Dropped:
    """These bytes are gone: the recording has a limit, and the oldest go first."""

    start: int
    end: int


Piece = Output | Screen | Dropped


class Reader:
    """Follows a recording from an offset on; holds no file open and at most one chunk."""

    def __init__(self, folder: Path, offset: int = 0) -> None:
        self.offset = offset
        self._folder = folder
        self._screen: tuple[int, int] | None = None
        self._index_bytes = -1

    def read(self, limit: int = CHUNK_BYTES) -> list[Piece]:
        """What comes next, with at most `limit` bytes of output; nothing at the end."""
        chunk = recording.read(self._folder, self.offset, limit)
        pieces: list[Piece] = []
        if chunk.offset > self.offset:
            pieces.append(Dropped(self.offset, chunk.offset))
        at, self.offset = chunk.offset, chunk.offset + len(chunk.data)
        for offset, screen in self._screens(at, self.offset).items():
            if offset > at:
                pieces.append(Output(at, chunk.data[at - chunk.offset : offset - chunk.offset]))
                at = offset
            if screen != self._screen:
                self._screen = screen
                pieces.append(Screen(*screen))
        if at < self.offset:
            pieces.append(Output(at, chunk.data[at - chunk.offset :]))
        return pieces

    def _screens(self, start: int, end: int) -> dict[int, tuple[int, int]]:
        """The sizes in force from start to end, by the offset from which they hold."""
        segment = next(
            (s for s in reversed(recording.segments(self._folder)) if s.start <= start), None
        )
        if segment is None:
            return {}
        index_bytes = segment.index_size()
        if start == end and index_bytes == self._index_bytes:
            return {}
        self._index_bytes = index_bytes
        found: dict[int, tuple[int, int]] = {}
        for mark in segment.marks(start):
            if mark.offset > end:
                break
            found[max(mark.offset, start)] = (mark.columns, mark.rows)
        return found


def timed_pieces(folder: Path, from_offset: int = 0) -> Iterator[tuple[int, Piece]]:
    """The whole recording from there on, each piece with the moment it came (Unix ms)."""
    screen: tuple[int, int] | None = None
    marks = recording.marks(folder, from_offset)
    mark = next(marks, None)
    while mark is not None:
        following = next(marks, None)
        if (mark.columns, mark.rows) != screen:
            screen = (mark.columns, mark.rows)
            yield mark.at_ms, Screen(*screen)
        end = recording.size(folder) if following is None else following.offset
        for output in _outputs(folder, max(mark.offset, from_offset), end):
            yield mark.at_ms, output
        mark = following


def _outputs(folder: Path, start: int, end: int) -> Iterator[Output]:
    while start < end:
        chunk = recording.read(folder, start, min(CHUNK_BYTES, end - start))
        if not chunk.data or chunk.offset >= end:
            return
        yield Output(chunk.offset, chunk.data)
        start = chunk.offset + len(chunk.data)


def read(folder: Path, from_offset: int, limit: int) -> Output:
    """Up to `limit` bytes, over the borders of files too; from what is left if that is gone."""
    first = recording.read(folder, from_offset, limit)
    parts = [first.data]
    end = first.offset + len(first.data)
    while parts[-1] and end - first.offset < limit:
        more = recording.read(folder, end, limit - (end - first.offset))
        if more.offset != end:
            break
        parts.append(more.data)
        end += len(more.data)
    return Output(first.offset, b"".join(parts))


def thinned(marks: Iterable[Mark], limit: int) -> list[Mark]:
    """At most about `limit` of them, evenly in time, and every change of size."""
    found = list(marks)
    if len(found) <= limit:
        return found
    step_ms = max(1, (found[-1].at_ms - found[0].at_ms) // limit)
    kept = [found[0]]
    for mark in found[1:]:
        last = kept[-1]
        is_resized = (mark.columns, mark.rows) != (last.columns, last.rows)
        if is_resized or mark.at_ms - last.at_ms >= step_ms:
            kept.append(mark)
    return kept


def asciicast(folder: Path, title: str) -> Iterator[bytes]:
    """The recording as asciicast v2: a header line, then a line an event, output as UTF-8 text.

    https://docs.asciinema.org/manual/asciicast/v2/
    """
    pieces = timed_pieces(folder)
    first = next(pieces, None)
    started_ms = first[0] if first else 0
    size = first[1] if first and isinstance(first[1], Screen) else Screen(80, 24)
    yield _line(
        {
            "version": 2,
            "width": size.columns,
            "height": size.rows,
            "timestamp": started_ms // 1000,
            "title": title,
            "env": {"TERM": "xterm-256color"},
        }
    )
    text = codecs.getincrementaldecoder("utf-8")("replace")
    for at_ms, piece in pieces:
        after_s = (at_ms - started_ms) / 1000
        if isinstance(piece, Output):
            if said := text.decode(piece.data):
                yield _line([after_s, "o", said])
        elif isinstance(piece, Screen):
            yield _line([after_s, "r", f"{piece.columns}x{piece.rows}"])


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"

"""A session's terminal recording: the raw output with a time index, written and read in segments.

The first segment is `terminal.rec` with `terminal.idx`; later ones carry the offset of their first
byte in their name, so that an offset means the same byte for ever, whatever has been dropped.
"""

import os
import re
import struct
import time
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.clock import now_ms

DEFAULT_LIMIT_BYTES = 64 * 1024 * 1024
_SEGMENTS = 8
_MARK_INTERVAL_S = 0.05
_MARK = struct.Struct("<QQII")
_MARKS_AT_ONCE = 4096
_OUTPUT_NAME = re.compile(r"terminal\.(?:(\d{15})\.)?rec")
_TAIL_BYTES = 64 * 1024
_LINE_CHARS = 500
_ESCAPE = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: titles, links
    r"|\x1b[PX^_].*?\x1b\\"  # DCS, SOS, PM, APC
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, movement
    r"|\x1b[ -/]*[0-~]",
    re.DOTALL,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Chunk:
    """Recorded bytes from `offset` on; everything before `dropped_before` is gone."""

    offset: int
    data: bytes
    dropped_before: int


@dataclass(frozen=True)
class Mark:
    """One entry of the time index: from `offset` on, output came at `at_ms` on such a screen."""

    at_ms: int
    offset: int
    columns: int
    rows: int


@dataclass(frozen=True)
class Segment:
    """A part of the recording in a file of its own, with its part of the time index."""

    folder: Path
    start: int

    @property
    def output(self) -> Path:
        return self.folder / (f"terminal.{self.start:015d}.rec" if self.start else "terminal.rec")

    @property
    def index(self) -> Path:
        return self.output.with_suffix(".idx")

    def size(self) -> int:
        try:
            return self.output.stat().st_size
        except FileNotFoundError:
            return 0

    def index_size(self) -> int:
        try:
            return self.index.stat().st_size
        except FileNotFoundError:
            return 0

    def marks(self, from_offset: int = 0) -> Iterator[Mark]:
        """Oldest first, from the one in force at that offset on."""
        with suppress(FileNotFoundError), open(self.index, "rb", buffering=0) as index:
            at = _MARK.size * _in_force(index.fileno(), from_offset)
            while block := os.pread(index.fileno(), _MARK.size * _MARKS_AT_ONCE, at):
                whole = len(block) - len(block) % _MARK.size
                yield from (Mark(*fields) for fields in _MARK.iter_unpack(block[:whole]))
                if whole < len(block):
                    return
                at += whole


def _in_force(index: int, offset: int) -> int:
    """The number of the index's entry that says when the byte at that offset came."""

    def offset_of(number: int) -> int:
        entry = os.pread(index, _MARK.size, number * _MARK.size)
        return int(_MARK.unpack(entry)[1])

    count = os.fstat(index).st_size // _MARK.size
    return max(0, bisect_right(range(count), offset, key=offset_of) - 1)


def segments(folder: Path) -> list[Segment]:
    """Oldest first."""
    named = (_OUTPUT_NAME.fullmatch(path.name) for path in folder.glob("terminal.*rec"))
    starts = sorted(int(name[1] or 0) for name in named if name)
    return [Segment(folder, start) for start in starts]


def _append_to(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


class Writer:
    """Appends to a folder's recording, dropping the oldest segments beyond the limit."""

    def __init__(self, folder: Path, *, columns: int, rows: int, limit_bytes: int) -> None:
        self.lost_bytes = 0
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._segment_bytes = max(1, limit_bytes // _SEGMENTS)
        self._screen = (columns, rows)
        self._marked_at_s: float | None = None
        self._open((segments(folder) or [Segment(folder, 0)])[-1])
        marks = list(self._segment.marks())
        self._last_ms = marks[-1].at_ms if marks else 0
        os.truncate(self._index, len(marks) * _MARK.size)

    @property
    def end(self) -> int:
        return self._end

    def append(self, data: bytes) -> None:
        """Record output. What a full disk refuses is counted as lost: the agent must not wait."""
        rest = memoryview(data)
        try:
            if self._end - self._segment.start + len(data) > self._segment_bytes:
                self._begin_segment()
            self._mark_if_due()
            while rest:
                written = os.write(self._output, rest)
                self._end += written
                rest = rest[written:]
        except OSError:
            self.lost_bytes += len(rest)

    def resize(self, columns: int, rows: int) -> None:
        """Mark at once: whoever looks at a silent terminal should see it in its size."""
        self._screen = (columns, rows)
        self._marked_at_s = None
        with suppress(OSError):
            self._mark_if_due()

    def close(self) -> None:
        os.close(self._output)
        os.close(self._index)

    def _open(self, segment: Segment) -> None:
        output = _append_to(segment.output)
        try:
            self._index = _append_to(segment.index)
        except OSError:
            os.close(output)
            raise
        self._output, self._segment = output, segment
        self._end = segment.start + segment.size()

    def _begin_segment(self) -> None:
        if self._end == self._segment.start:
            return
        for segment in segments(self._folder):
            if self._end - segment.start > self._limit_bytes - self._segment_bytes:
                segment.index.unlink(missing_ok=True)
                segment.output.unlink(missing_ok=True)
        output, index = self._output, self._index
        self._open(Segment(self._folder, self._end))
        os.close(output)
        os.close(index)
        self._marked_at_s = None

    def _mark_if_due(self) -> None:
        # The interval is monotonic, so that a clock that steps back does not stop the index.
        now_s = time.monotonic()
        if self._marked_at_s is not None and now_s - self._marked_at_s < _MARK_INTERVAL_S:
            return
        self._last_ms = max(self._last_ms, now_ms())
        os.write(self._index, _MARK.pack(self._last_ms, self._end, *self._screen))
        self._marked_at_s = now_s


def size(folder: Path) -> int:
    """The offset after the last recorded byte."""
    found = segments(folder)
    return found[-1].start + found[-1].size() if found else 0


def read(folder: Path, from_offset: int, limit: int) -> Chunk:
    """Read at most `limit` bytes; fewer at the end of a segment, none at the end of the recording.

    Dropped bytes are passed over: compare the chunk's offset with the one asked for.
    """
    while found := segments(folder):
        first = found[0].start
        offset = max(from_offset, first)
        segment = [each for each in found if each.start <= offset][-1]
        try:
            with open(segment.output, "rb", buffering=0) as file:
                return Chunk(offset, os.pread(file.fileno(), limit, offset - segment.start), first)
        except FileNotFoundError:
            continue  # dropped since it was listed
    return Chunk(0, b"", 0)


def marks(folder: Path, from_offset: int = 0) -> Iterator[Mark]:
    """The time index, oldest first, from the mark in force at that offset on."""
    found = segments(folder)
    for number, segment in enumerate(found):
        is_over = number + 1 < len(found) and found[number + 1].start <= from_offset
        if not is_over:
            yield from segment.marks(from_offset)


def offset_at(folder: Path, at_ms: int) -> int:
    """The size that the recording had at that moment (Unix milliseconds), to 50 ms."""
    answer = size(folder)
    for segment in reversed(segments(folder)):
        found = list(segment.marks())
        later = bisect_right(found, at_ms, key=lambda mark: mark.at_ms)
        if later < len(found):
            answer = found[later].offset
        if later > 0:
            break
    return answer


def last_lines(folder: Path, count: int, *, since: int = 0) -> list[str]:
    """The last lines after that offset that are not blank, as a person would read them."""
    start = max(since, size(folder) - _TAIL_BYTES)
    text = _ESCAPE.sub("", _read_all(folder, start).decode("utf-8", "replace"))
    lines = text.split("\n")[1 if start > since else 0 :]
    shown = (_CONTROL.sub("", line.rstrip("\r").rpartition("\r")[2]).rstrip() for line in lines)
    return [line[:_LINE_CHARS] for line in shown if line][-count:]


def _read_all(folder: Path, offset: int) -> bytes:
    parts = []
    while (chunk := read(folder, offset, _TAIL_BYTES)).data:
        parts.append(chunk.data)
        offset = chunk.offset + len(chunk.data)
    return b"".join(parts)

"""What a topic shows, rendered once for everybody who looks at it, and what of it changed."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from weakref import WeakValueDictionary

MERGE_S = 0.1
# Times that count on the page by themselves are no change.
_TICKING = re.compile(r'(data-since="\d+"[^>]*>)[^<]*')


@dataclass(frozen=True)
class Piece:
    """One element with a stable id. `key` says when it changed, where that is not its markup.

    A piece that stands `inside` another is left out where the other one is sent.
    """

    id: str
    html: str
    key: str | None = None
    inside: str | None = None


@dataclass(frozen=True)
class Picture:
    """A topic's pieces; `again_s` is for what changes by the passing of time alone.

    `sessions` names those it shows, where that is what decides which events touch it.
    """

    pieces: Sequence[Piece]
    again_s: float | None = None
    sessions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Frame:
    version: int
    seq: int
    html: str
    again_s: float | None


@dataclass(frozen=True)
class _Shown:
    piece: Piece
    key: str
    version: int


# Apart from the tail's reader, so that drawing never holds up the log.
_renderer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="render")


class Board:
    """One topic: renders at most every MERGE_S and half of the time, however many ask and however
    fast the log grows."""

    def __init__(self, render: Callable[[], Picture], newest: Callable[[], int]) -> None:
        self._render = render
        self._newest = newest
        self._lock = asyncio.Lock()
        self._shown: dict[str, _Shown] = {}
        self._picture = Picture(())
        self._version = 0
        self._seq = -1
        self._at = float("-inf")
        self._pause_s = MERGE_S

    async def frame(self, wanted: int, *, after: int) -> Frame:
        """What changed since version `after`, as it is at log row `wanted` or later."""
        async with self._lock:
            if self._seq < wanted or self._is_due():
                await self._draw()
            return Frame(self._version, self._seq, self._since(after), self._picture.again_s)

    def _is_due(self) -> bool:
        again_s = self._picture.again_s
        return again_s is not None and time.monotonic() - self._at >= again_s * 0.9

    async def _draw(self) -> None:
        await asyncio.sleep(max(0.0, self._at + self._pause_s - time.monotonic()))
        self._at, seq = time.monotonic(), self._newest()
        loop = asyncio.get_running_loop()
        self._picture = await loop.run_in_executor(_renderer, self._render)
        self._pause_s = max(MERGE_S, 2 * (time.monotonic() - self._at))
        self._seq = seq
        self._version += 1
        self._shown = {piece.id: self._shown_as(piece) for piece in self._picture.pieces}

    def _shown_as(self, piece: Piece) -> _Shown:
        key = _TICKING.sub(r"\1", piece.html) if piece.key is None else piece.key
        before = self._shown.get(piece.id)
        if before is not None and before.key == key:
            return _Shown(piece, key, before.version)
        return _Shown(piece, key, self._version)

    def _since(self, version: int) -> str:
        changed = [shown.piece for shown in self._shown.values() if shown.version > version]
        ids = {piece.id for piece in changed}
        return "".join(piece.html for piece in changed if piece.inside not in ids)


class Boards:
    """The boards that somebody looks at; one that nobody looks at is forgotten."""

    def __init__(self) -> None:
        self._boards: WeakValueDictionary[tuple[str, str], Board] = WeakValueDictionary()

    def get(
        self, key: tuple[str, str], render: Callable[[], Picture], newest: Callable[[], int]
    ) -> Board:
        board = self._boards.get(key)
        if board is None:
            board = self._boards[key] = Board(render, newest)
        return board

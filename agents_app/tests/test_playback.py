"""What viewers get of a recording: pieces in order, sizes in their place, and exports."""

import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents_app import playback, recording
from agents_app.playback import Dropped, Output, Piece, Reader, Screen
from core import clock


@pytest.fixture(autouse=True)
def ticking(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every look at a clock is a second after the last."""
    monotonic, wall = itertools.count(), itertools.count(1000, 1000)
    monkeypatch.setattr(time, "monotonic", lambda: next(monotonic))
    clock.set_source(lambda: next(wall))
    yield
    clock.set_source(None)


def writer(folder: Path, limit_bytes: int = 1 << 20) -> recording.Writer:
    return recording.Writer(folder, columns=80, rows=24, limit_bytes=limit_bytes)


def everything(reader: Reader, limit: int) -> list[Piece]:
    found: list[Piece] = []
    while pieces := reader.read(limit):
        found += pieces
    return found


def output_of(pieces: list[Piece]) -> bytes:
    return b"".join(piece.data for piece in pieces if isinstance(piece, Output))


@pytest.mark.parametrize("limit", [1, 3, 7, 1000])
def test_sizes_come_in_their_place_whatever_is_read_at_once(tmp_path: Path, limit: int) -> None:
    recorded = writer(tmp_path)
    recorded.append(b"wide")
    recorded.resize(40, 10)
    recorded.append(b"narrow")

    pieces = everything(Reader(tmp_path), limit)

    assert output_of(pieces) == b"widenarrow"
    assert pieces[0] == Screen(80, 24)
    assert output_of(pieces[: pieces.index(Screen(40, 10))]) == b"wide"


def test_a_reader_that_begins_in_the_middle_knows_the_size_in_force(tmp_path: Path) -> None:
    recorded = writer(tmp_path)
    recorded.append(b"before")
    recorded.resize(40, 10)
    recorded.append(b"after")

    assert Reader(tmp_path, 8).read() == [Screen(40, 10), Output(8, b"ter")]


def test_a_resize_of_a_silent_terminal_is_told(tmp_path: Path) -> None:
    recorded = writer(tmp_path)
    recorded.append(b"silence")
    reader = Reader(tmp_path)
    reader.read()
    assert reader.read() == []

    recorded.resize(40, 10)

    assert reader.read() == [Screen(40, 10)]
    assert reader.read() == []


def test_a_reader_that_falls_too_far_behind_is_told_what_is_gone(tmp_path: Path) -> None:
    recorded = writer(tmp_path, limit_bytes=80)
    recorded.append(b"0123456789")
    reader = Reader(tmp_path)
    assert output_of(reader.read()) == b"0123456789"
    for _ in range(20):
        recorded.append(b"x" * 10)

    pieces = reader.read()

    first = recording.read(tmp_path, 0, 1).dropped_before
    assert pieces[0] == Dropped(10, first)
    assert reader.offset > first
    assert first + len(output_of(pieces + everything(reader, 64))) == recorded.end


def test_a_reader_of_nothing_waits_for_something(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    assert reader.read() == []

    writer(tmp_path).append(b"now")

    assert output_of(reader.read()) == b"now"


def test_reading_goes_over_the_borders_of_files(tmp_path: Path) -> None:
    recorded = writer(tmp_path, limit_bytes=80)
    for number in range(6):
        recorded.append(b"%d" % number * 9)

    assert len(recording.segments(tmp_path)) > 2
    assert playback.read(tmp_path, 5, 30).data == b"000011111111122222222233333333"


def test_marks_are_thinned_evenly_and_keep_every_size(tmp_path: Path) -> None:
    recorded = writer(tmp_path)
    for number in range(1000):
        if number == 503:
            recorded.resize(40, 10)
        recorded.append(b"x")

    whole = list(recording.marks(tmp_path))
    thin = playback.thinned(whole, 100)

    assert 90 <= len(thin) <= 110
    assert [m.columns for m in thin].index(40) == [m.offset for m in thin].index(503)
    assert thin[0] == whole[0]
    assert playback.thinned(whole[:50], 100) == whole[:50]


def test_an_asciicast_holds_times_sizes_and_text_that_was_cut_in_two(tmp_path: Path) -> None:
    recorded = writer(tmp_path)
    recorded.append("gr\u00fc".encode()[:-1])
    recorded.append("\u00fcn\x1b[0m\r\n".encode()[1:])
    recorded.resize(40, 10)
    recorded.append(b"\xff end")

    header, *events = [json.loads(line) for line in playback.asciicast(tmp_path, 'A "title"')]

    assert header == {
        "version": 2,
        "width": 80,
        "height": 24,
        "timestamp": 1,
        "title": 'A "title"',
        "env": {"TERM": "xterm-256color"},
    }
    assert events == [
        [0.0, "o", "gr"],
        [1.0, "o", "\u00fcn\x1b[0m\r\n"],
        [2.0, "r", "40x10"],
        [3.0, "o", "\ufffd end"],
    ]


def test_an_asciicast_of_nothing_is_a_header(tmp_path: Path) -> None:
    (line,) = playback.asciicast(tmp_path, "")
    assert json.loads(line)["version"] == 2

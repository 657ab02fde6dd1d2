"""The terminal recording: true offsets under a cap, a time index, and what a reader is told."""

import errno
import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from agents_app import recording
from core import clock

LIMIT = 8 * 1024


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Both clocks under the test's hand: the one number in this list, in milliseconds."""
    now = [1_000]
    monkeypatch.setattr(time, "monotonic", lambda: now[0] / 1000)
    clock.set_source(lambda: now[0])
    yield now
    clock.set_source(None)


def writer(folder: Path, *, limit_bytes: int = LIMIT) -> recording.Writer:
    return recording.Writer(folder, columns=80, rows=24, limit_bytes=limit_bytes)


def numbered_lines() -> Iterator[bytes]:
    return (b"line %06d\n" % number for number in count())


def everything(folder: Path, offset: int = 0) -> bytes:
    parts = []
    while (chunk := recording.read(folder, offset, 1000)).data:
        parts.append(chunk.data)
        offset = chunk.offset + len(chunk.data)
    return b"".join(parts)


def disk_use(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.rec"))


def test_a_short_recording_is_one_plain_file(tmp_path: Path) -> None:
    writer(tmp_path).append(b"one\r\ntwo\r\n")

    assert (tmp_path / "terminal.rec").read_bytes() == b"one\r\ntwo\r\n"
    assert recording.size(tmp_path) == 10
    assert recording.read(tmp_path, 5, 3) == recording.Chunk(5, b"two", 0)


def test_a_folder_without_a_recording_reads_as_empty(tmp_path: Path) -> None:
    assert recording.size(tmp_path) == 0
    assert recording.read(tmp_path, 100, 10) == recording.Chunk(0, b"", 0)
    assert recording.offset_at(tmp_path, 1_000) == 0
    assert recording.last_lines(tmp_path, 5) == []


def test_the_cap_drops_the_oldest_and_keeps_every_offset_true(tmp_path: Path) -> None:
    output, written = writer(tmp_path), b""
    for line, _ in zip(numbered_lines(), range(5_000), strict=False):
        output.append(line)
        written += line
        assert disk_use(tmp_path) <= LIMIT

    first = recording.read(tmp_path, 0, 1).dropped_before
    assert recording.size(tmp_path) == len(written)
    assert LIMIT // 2 < len(written) - first <= LIMIT
    for offset in range(first, len(written), 97):
        chunk = recording.read(tmp_path, offset, 50)
        assert chunk.offset == offset
        assert chunk.data == written[offset : offset + len(chunk.data)] != b""


def test_a_reader_from_the_beginning_is_told_what_was_dropped(tmp_path: Path) -> None:
    output = writer(tmp_path)
    written = b"".join(line for line, _ in zip(numbered_lines(), range(2_000), strict=False))
    for start in range(0, len(written), 100):
        output.append(written[start : start + 100])

    chunk = recording.read(tmp_path, 0, 10)

    assert chunk.offset == chunk.dropped_before > 0
    assert everything(tmp_path) == written[chunk.dropped_before :]


def test_a_new_writer_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    for text in (b"first run\n", b"second run\n"):
        output = writer(tmp_path)
        output.append(text)
        output.close()

    assert everything(tmp_path) == b"first run\nsecond run\n"
    assert [mark.offset for mark in recording.marks(tmp_path)] == [0, 10]


def test_a_half_written_mark_is_cut_off(tmp_path: Path) -> None:
    writer(tmp_path).append(b"before\n")
    with (tmp_path / "terminal.idx").open("ab") as index:
        index.write(b"torn")

    writer(tmp_path).append(b"after\n")

    assert [mark.offset for mark in recording.marks(tmp_path)] == [0, 7]


def test_the_index_says_how_much_had_been_printed_at_a_moment(
    tmp_path: Path, ticks: list[int]
) -> None:
    output = writer(tmp_path, limit_bytes=1_000)
    for ticks[0] in (1_000, 2_000, 3_000):
        output.append(b"x" * 100)

    sizes = {at_ms: recording.offset_at(tmp_path, at_ms) for at_ms in (999, 1_000, 2_500, 9_000)}

    assert sizes == {999: 0, 1_000: 100, 2_500: 200, 9_000: 300}


def test_before_what_is_kept_the_index_answers_with_the_first_offset_kept(
    tmp_path: Path, ticks: list[int]
) -> None:
    output = writer(tmp_path, limit_bytes=800)
    for ticks[0] in range(1_000, 21_000, 1_000):
        output.append(b"x" * 100)

    first = recording.read(tmp_path, 0, 1).dropped_before

    assert first > 0
    assert recording.offset_at(tmp_path, 0) == first


def test_output_in_quick_succession_shares_a_mark(tmp_path: Path, ticks: list[int]) -> None:
    output = writer(tmp_path)
    for ticks[0] in range(1_000, 1_100, 5):
        output.append(b"x")

    assert [mark.at_ms for mark in recording.marks(tmp_path)] == [1_000, 1_050]


def test_a_clock_that_steps_back_leaves_the_index_in_order(
    tmp_path: Path, ticks: list[int]
) -> None:
    output = writer(tmp_path)
    output.append(b"x")
    ticks[0] = 1_200
    clock.set_source(lambda: 400)
    output.append(b"y")

    assert [(mark.at_ms, mark.offset) for mark in recording.marks(tmp_path)] == [
        (1_000, 0),
        (1_000, 1),
    ]


def test_output_after_a_resize_is_marked_with_the_new_size(tmp_path: Path) -> None:
    output = writer(tmp_path)
    output.append(b"wide")
    output.resize(40, 10)
    output.append(b"narrow")

    assert [(mark.offset, mark.columns, mark.rows) for mark in recording.marks(tmp_path)] == [
        (0, 80, 24),
        (4, 40, 10),
    ]


def test_a_full_disk_loses_output_but_says_how_much_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    output = writer(tmp_path)
    output.append(b"before ")
    with monkeypatch.context() as full:
        full.setattr(os, "write", refuse)
        output.append(b"during ")
    output.append(b"after")

    assert output.lost_bytes == len(b"during ")
    assert everything(tmp_path) == b"before after"


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (b"one\r\ntwo\r\n", ["one", "two"]),
        (b"\x1b[1;31mred\x1b[0m and \x1b]8;;http://x\x1b\\link\x1b]8;;\x07\r\n", ["red and link"]),
        (b"10%\r50%\r100%\r\ndone", ["100%", "done"]),
        (b"a\r\n\r\n   \r\nb\r\n", ["a", "b"]),
        ("gr\u00fcn \u2713\x07\r\n".encode(), ["gr\u00fcn \u2713"]),
        (b"\xff broken\n", ["\ufffd broken"]),
    ],
)
def test_last_lines_read_as_a_person_saw_them(
    tmp_path: Path, printed: bytes, shown: list[str]
) -> None:
    writer(tmp_path).append(printed)

    assert recording.last_lines(tmp_path, 20) == shown


def test_last_lines_are_the_last_of_a_long_recording(tmp_path: Path) -> None:
    output = writer(tmp_path, limit_bytes=1 << 20)
    for line, _ in zip(numbered_lines(), range(20_000), strict=False):
        output.append(line)

    assert recording.last_lines(tmp_path, 2) == ["line 019998", "line 019999"]
    assert all(line.startswith("line ") for line in recording.last_lines(tmp_path, 10_000))

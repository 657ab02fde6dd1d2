"""Lines out of raw terminal output."""

import pytest

from maestro_cli.profiles.script import LineSplitter, readable


def test_lines_are_put_together_across_chunks_and_characters() -> None:
    splitter = LineSplitter()
    raw = "grün\nzwei\nrest".encode()
    lines = [line for byte in raw for line in splitter.feed(bytes([byte]))]
    assert lines == ["grün", "zwei"]
    assert splitter.rest() == ["rest"]
    assert splitter.rest() == []


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"\x1b[1;32mPASSED\x1b[0m tests", "PASSED tests"),
        (b"10 %\r50 %\r100 %\r", "100 %"),
        (b"\x1b]0;title\x07text", "text"),
        (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"a\tb\x00\x08c  ", "a    bc"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"", ""),
    ],
)
def test_a_line_is_readable_outside_a_terminal(raw: bytes, shown: str) -> None:
    assert readable(raw) == shown


def test_an_endless_line_stays_bounded() -> None:
    splitter = LineSplitter()
    for _ in range(100):
        splitter.feed(b"x" * 10_000)
    assert len(splitter._partial) <= 64 * 1024

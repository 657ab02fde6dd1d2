"""JSON on disk and on the wire."""

import pytest

from core.json import DEPTH_IN_FILES, DEPTH_SENT, parse, parse_sent, to_disk, to_wire


def test_on_disk_it_is_indented_utf8_in_order_with_a_newline_at_the_end() -> None:
    assert (
        to_disk({"b": ["ü"], "a": None}) == '{\n  "b": [\n    "ü"\n  ],\n  "a": null\n}\n'.encode()
    )


def test_on_the_wire_it_is_compact() -> None:
    assert to_wire({"a": [1, "ü"]}) == '{"a":[1,"ü"]}'.encode()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"a":1}x', b"NaN", b"[Infinity]", b"1e999", b"\xff\xfe\x00", b"'a'", b"\0" * 9],
)
def test_what_is_not_json_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse(content)


@pytest.mark.parametrize(
    ("content", "value"),
    [(b'"a\\ud83d"', "a?"), (b"1" + b"0" * 30, 1e30), (b'"\\ud83d\\ude00"', "\U0001f600")],
)
def test_what_comes_in_can_always_go_out(content: bytes, value: object) -> None:
    found = parse(content)
    assert found == value
    assert parse(to_wire(found)) == found
    assert parse(to_disk(found)) == found


def test_what_is_nested_deeper_than_can_be_written_is_a_value_error() -> None:
    deepest = parse_sent(b"[" * DEPTH_SENT + b"]" * DEPTH_SENT)
    as_file = to_disk({"timeline": [{"metadata": {"a": deepest}}]})
    assert to_wire({"data": {"session": parse(as_file)}})
    for deeper in (DEPTH_SENT + 1, DEPTH_IN_FILES + 1, 1000):
        with pytest.raises(ValueError, match="nested"):
            parse_sent('{"a":' * deeper + "1" + "}" * deeper)
    with pytest.raises(ValueError, match="nested"):
        parse("[" * (DEPTH_IN_FILES + 1) + "]" * (DEPTH_IN_FILES + 1))

"""JSON as it is on disk (indented, made to be read and diffed) and on the wire (compact)."""

import json
from typing import Any

import orjson

# What every JSON reader takes for the same integer.
NUMBERS_BELOW = 2**53
# orjson reads 1,024 levels and writes 254: what is deeper would stop whoever has to write it. What
# is sent becomes a part of a file, and files parts of messages and exports.
DEPTH_WRITABLE = 254
DEPTH_IN_FILES = 200
DEPTH_SENT = 150


def to_disk(value: Any) -> bytes:
    """Two-space indent, UTF-8, a newline at the end."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def to_wire(value: Any) -> bytes:
    return orjson.dumps(value)


def to_canonical(value: Any) -> bytes:
    """The same bytes for the same value, whatever the order of its keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def parse(content: bytes | str, *, depth_at_most: int = DEPTH_IN_FILES) -> Any:
    """Raises ValueError for anything that is not one JSON value in UTF-8.

    What comes out can always be written again: an integer beyond 64 bits is a float, half of a
    character, which a text cut by JavaScript may end with, is a question mark, and what is nested
    too deeply is refused.
    """
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        read = json.loads(content, parse_constant=_refuse_constant)
        found = orjson.loads(json.dumps(read, ensure_ascii=False).encode("utf-8", "replace"))
    if _may_be_deeper(content, depth_at_most):
        _check_depth(found, depth_at_most)
    return found


def parse_sent(content: bytes | str) -> Any:
    """As parse, for what a client sends."""
    return parse(content, depth_at_most=DEPTH_SENT)


def _may_be_deeper(content: bytes | str, levels: int) -> bool:
    """Counting is so much cheaper than looking that every append can afford it."""
    if isinstance(content, str):
        return content.count("[") + content.count("{") > levels
    return content.count(b"[") + content.count(b"{") > levels


def _check_depth(value: Any, levels: int) -> None:
    for _ in range(DEPTH_WRITABLE - levels):
        value = [value]
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        raise ValueError(f"it is nested more than {levels} levels deep") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")

"""JSON as it is on disk (indented, made to be read and diffed) and on the wire (compact)."""

import json
from typing import Any

import orjson

# What every JSON reader takes for the same integer.
NUMBERS_BELOW = 2**53


def to_disk(value: Any) -> bytes:
    """Two-space indent, UTF-8, a newline at the end."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def to_wire(value: Any) -> bytes:
    return orjson.dumps(value)


def to_canonical(value: Any) -> bytes:
    """The same bytes for the same value, whatever the order of its keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def parse(content: bytes | str) -> Any:
    """Raises ValueError for anything that is not one JSON value in UTF-8.

    What comes out can always be written again: an integer beyond 64 bits is a float, and half of
    a character, which a text cut by JavaScript may end with, is a question mark.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        found = json.loads(content, parse_constant=_refuse_constant)
        return orjson.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")

"""JSON as it is on disk (indented, made to be read and diffed) and on the wire (compact)."""

import json
from typing import Any

import orjson


def to_disk(value: Any) -> bytes:
    """Two-space indent, UTF-8, a newline at the end."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # integers beyond 64 bits, which a file made elsewhere may hold
        return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def to_wire(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def parse(content: bytes | str) -> Any:
    """Raises ValueError for anything that is not one JSON value in UTF-8."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return json.loads(content, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")

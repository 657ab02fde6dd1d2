"""What a message needs beyond its log row: apps register how to read a whole record."""

from collections.abc import Callable, Mapping
from typing import Any

Renderer = Callable[[str], Mapping[str, Any] | None]
_renderers: dict[str, Renderer] = {}


def register(noun: str, renderer: Renderer) -> None:
    """`renderer` gives the whole wire document of a record, or None when it is gone."""
    _renderers[noun] = renderer


def whole(noun: str, record_id: str) -> Mapping[str, Any] | None:
    return _renderers[noun](record_id)

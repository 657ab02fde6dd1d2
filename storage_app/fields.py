"""How a row's columns become a document's keys, and back, with everything unknown kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import BadInput
from core.json import NUMBERS_BELOW


@dataclass(frozen=True)
class Key:
    """One key of a document. `always` keys are written even when empty, others only with a value.

    `types` are the JSON types that a file may hold here.
    """

    name: str
    column: str
    types: tuple[type, ...] = (str,)
    always: bool = True
    default: Any = ""


def text(name: str, column: str, *, always: bool = True, default: Any = "") -> Key:
    return Key(name, column, (str,), always, default)


def moment(name: str, column: str, *, always: bool = True) -> Key:
    return Key(name, column, (int, float), always, None)


def write_keys(row: Any, keys: Sequence[Key]) -> dict[str, Any]:
    document = {}
    for key in keys:
        value = getattr(row, key.column)
        if key.always or value not in (None, "", [], {}):
            document[key.name] = value
    return document


def read_keys(document: Mapping[str, Any], keys: Sequence[Key]) -> dict[str, Any]:
    """Columns from a document; a missing or null key takes its default. Raises BadInput."""
    columns, problems = {}, {}
    for key in keys:
        value = document.get(key.name)
        if value is None:
            columns[key.column] = key.default() if callable(key.default) else key.default
        elif _fits(value, key.types):
            columns[key.column] = int(value) if isinstance(value, float) else value
        else:
            problems[key.name] = [f"This cannot be {type(value).__name__}."]
    if problems:
        raise BadInput(problems)
    return columns


def _fits(value: Any, types: tuple[type, ...]) -> bool:
    if isinstance(value, bool) or not isinstance(value, types):
        return False
    return not isinstance(value, int | float) or abs(value) < NUMBERS_BELOW


def unknown_keys(document: Mapping[str, Any], known: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in known}

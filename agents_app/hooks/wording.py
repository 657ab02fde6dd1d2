"""Words and sizes: what is kept and shown of what a tool did, with secrets masked."""

from collections.abc import Mapping
from typing import Any

from core.secrecy import MASK, is_secret, names_secret, without_secrets

LONGEST_TEXT = 1000
LONGEST_SHOWN = 4000
LONGEST_MESSAGE = 500
ITEMS_AT_MOST = 50
DEPTH_AT_MOST = 6
# What a tool is mostly about, by the name of its input.
MAIN_INPUTS = ("command", "file_path", "notebook_path", "path", "url", "query", "pattern", "prompt")


def kept(value: Any, depth: int = 0) -> Any:
    """The value in a bearable size, its secrets masked."""
    if isinstance(value, str):
        return without_secrets(cut(value, LONGEST_TEXT))
    if depth == DEPTH_AT_MOST and isinstance(value, Mapping | list):
        return "…"
    if isinstance(value, Mapping):
        pairs = list(value.items())[:ITEMS_AT_MOST]
        return {
            str(key)[:100]: MASK if _is_secret(str(key), one) else kept(one, depth + 1)
            for key, one in pairs
        }
    if isinstance(value, list):
        return [kept(one, depth + 1) for one in value[:ITEMS_AT_MOST]]
    return value


def _is_secret(name: str, value: Any) -> bool:
    """A number beside `max_tokens` is none."""
    return is_secret(name) or (isinstance(value, str) and names_secret(name))


def cut(text: str, longest: int) -> str:
    more = len(text) - longest
    return text if more <= 0 else f"{text[:longest]}… ({more:,} more characters)"


def first_words(text: Any) -> str:
    """The beginning of what was said, on one line."""
    said = " ".join(str(text or "").split())
    return said if len(said) <= LONGEST_MESSAGE else said[:LONGEST_MESSAGE].rstrip() + "…"


def shown_input(tool_input: Mapping[str, Any]) -> str:
    """A tool's input for a person who decides on it: what it is about first, then the rest."""
    named = [name for name in MAIN_INPUTS if tool_input.get(name)]
    order = [*named, *(name for name in tool_input if name not in named)]
    lines = [_line(name, tool_input[name], alone=name == "command") for name in order]
    return cut("\n".join(line for line in lines if line), LONGEST_SHOWN)


def _line(name: str, value: Any, *, alone: bool) -> str:
    if value in (None, "", [], {}):
        return ""
    if _is_secret(name, value):
        return f"{name}: {MASK}"
    said = without_secrets(cut(str(value), LONGEST_SHOWN))
    if alone:
        return said
    return f"{name}:\n{said}" if "\n" in said else f"{name}: {said}"

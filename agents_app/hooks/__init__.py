"""What the hooks of agents' tools mean: pure mappings from a tool's JSON to what Maestro does."""

from collections.abc import Mapping
from typing import Any

from agents_app.hooks import claude, codex
from agents_app.hooks.meanings import Meaning

_READERS = {"claude": claude.read, "codex": codex.read}
TOOLS = tuple(_READERS)


def read_hook(tool: str, event: Mapping[str, Any]) -> list[Meaning]:
    """What an event says, in the order in which it is done; never refuses one."""
    return _READERS[tool](event)

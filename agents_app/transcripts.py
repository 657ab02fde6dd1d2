"""What a conversation has used, read from the file that its tool writes; only what is new is read.

Claude Code's lines (2.1) name the tokens of each request, several times for one request; Codex's
(0.149) name the sums so far. Neither names a price.
"""

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents_app.hooks.codex import tokens
from core import json

KNOWN_AT_MOST = 64
READ_AT_MOST_BYTES = 64 * 1024 * 1024
LINE_AT_MOST_BYTES = 8 * 1024 * 1024
SUBAGENTS_AT_MOST = 200
CLAUDE_NAMES = {
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "cacheReadTokens": "cache_read_input_tokens",
    "cacheCreationTokens": "cache_creation_input_tokens",
}
Usage = dict[str, float]


class _File:
    """One transcript: how far it was read, and what it said until there."""

    def __init__(self) -> None:
        self._offset = 0
        self._requests: dict[str, Usage] = {}
        self._sums: Usage = {}

    def fits(self, path: Path) -> bool:
        """Whether what was read is still the beginning of the file."""
        return path.stat().st_size >= self._offset

    def read(self, path: Path) -> None:
        with path.open("rb") as file:
            file.seek(self._offset)
            content = file.read(READ_AT_MOST_BYTES)
        whole, newline, _ = content.rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        for line in whole.split(b"\n"):
            if b"usage" in line and len(line) <= LINE_AT_MOST_BYTES:
                self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            entry = json.parse(line)
        except ValueError:
            return
        if isinstance(entry, Mapping):
            self._take_claude(entry)
            self._take_codex(entry.get("payload"))

    def _take_claude(self, entry: Mapping[str, Any]) -> None:
        message = entry.get("message")
        if entry.get("type") != "assistant" or not isinstance(message, Mapping):
            return
        usage = message.get("usage")
        if not isinstance(usage, Mapping):
            return
        request = entry.get("requestId") or message.get("id") or entry.get("uuid")
        counts = {ours: usage.get(theirs) for ours, theirs in CLAUDE_NAMES.items()}
        self._requests[str(request)] = {
            name: count for name, count in counts.items() if isinstance(count, int)
        }

    def _take_codex(self, payload: Any) -> None:
        if isinstance(payload, Mapping) and payload.get("type") == "token_count":
            info = payload.get("info")
            total = info.get("total_token_usage") if isinstance(info, Mapping) else None
            self._sums = tokens(total) or self._sums

    @property
    def usage(self) -> Usage:
        return added(*self._requests.values(), self._sums)


_files: "OrderedDict[Path, _File]" = OrderedDict()


def usage_in(transcript: str) -> Usage:
    """Tokens of a conversation and its subagents by name; empty where nothing is known."""
    path = Path(transcript)
    if path.suffix != ".jsonl":
        return {}
    below = path.with_suffix("") / "subagents"
    try:
        agents = sorted(below.glob("agent-*.jsonl"))[:SUBAGENTS_AT_MOST] if below.is_dir() else []
    except OSError:
        agents = []
    return added(*(_usage_of(one) for one in (path, *agents)))


def _usage_of(path: Path) -> Usage:
    known = _files.pop(path, None) or _File()
    try:
        if not path.is_file():
            return {}
        known = known if known.fits(path) else _File()
        known.read(path)
    except OSError:
        return known.usage
    _files[path] = known
    while len(_files) > KNOWN_AT_MOST:
        _files.popitem(last=False)
    return known.usage


def added(*usages: Mapping[str, float]) -> Usage:
    names = {name for usage in usages for name in usage}
    return {name: sum(usage.get(name, 0) for usage in usages) for name in sorted(names)}

"""What Codex says, as of 0.169: its hooks (shaped like Claude Code's), the JSON of its `notify`
program, and the lines of `codex exec --json`."""

from collections.abc import Mapping
from typing import Any

from agents_app.hooks import claude
from agents_app.hooks.meanings import EndTurn, GoOn, Keep, Meaning, Register, Report, Used
from agents_app.hooks.wording import first_words, kept

Event = Mapping[str, Any]


def read(event: Event) -> list[Meaning]:
    if "hook_event_name" in event:
        return claude.read(event)
    kind = str(event.get("type") or "unknown")
    if kind == "agent-turn-complete":
        return _notified(event)
    if kind.startswith("item."):
        return _item(kind, event.get("item"))
    keep = Keep(kind, kept({key: value for key, value in event.items() if key != "type"}))
    return [Register(_text(event, "thread_id")), keep, *_turn(kind, event)]


def _notified(event: Event) -> list[Meaning]:
    """Only told when a turn is over, and not listening for an answer."""
    said = first_words(event.get("last-assistant-message"))
    keep = Keep("agent-turn-complete", kept(dict(event)))
    return [Register(_text(event, "thread-id")), keep, EndTurn(said, can_go_on=False)]


def _turn(kind: str, event: Event) -> list[Meaning]:
    if kind == "turn.started":
        return [GoOn()]
    if kind == "turn.completed":
        return [Used(tokens(event.get("usage")))]
    if kind in ("turn.failed", "error"):
        error = event.get("error")
        said = error.get("message") if isinstance(error, Mapping) else event.get("message")
        return [Report("error", first_words(said) or "The turn failed", {"level": "error"})]
    return []


def _item(kind: str, item: Any) -> list[Meaning]:
    if not isinstance(item, Mapping):
        return [Keep(kind, {})]
    what = item.get("type")
    if what == "todo_list":
        return _steps(item)
    if kind != "item.completed":
        return []
    if what == "agent_message":
        said = first_words(item.get("text"))
        return [Report("progress", said)] if said else []
    if what == "error":
        said = first_words(item.get("message")) or "An error"
        return [Report("error", said, {"level": "warning"})]
    if what == "file_change":
        changes = item.get("changes")
        found = changes if isinstance(changes, list) else []
        return [
            Keep("file_touched", {"path": str(one["path"]), "tool": str(one.get("kind") or "")})
            for one in found
            if isinstance(one, Mapping) and one.get("path")
        ]
    data = {key: value for key, value in item.items() if key != "aggregated_output"}
    return [Keep(str(what or kind), kept(data))]


def _steps(item: Event) -> list[Meaning]:
    items = item.get("items")
    steps = [one for one in items if isinstance(one, Mapping)] if isinstance(items, list) else []
    done = sum(one.get("completed") is True for one in steps)
    if not steps:
        return []
    following = next((one for one in steps if one.get("completed") is not True), steps[-1])
    metadata = {"step": done, "totalSteps": len(steps)}
    return [Report("progress", first_words(following.get("text")) or "Planning", metadata)]


def tokens(usage: Any) -> dict[str, float]:
    """Codex counts cached input as input; here they are two things."""
    if not isinstance(usage, Mapping):
        return {}
    cached = _count(usage.get("cached_input_tokens"))
    return {
        "inputTokens": max(0, _count(usage.get("input_tokens")) - cached),
        "outputTokens": _count(usage.get("output_tokens")),
        "cacheReadTokens": cached,
    }


def _count(value: Any) -> int:
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return int(value) if is_count else 0


def _text(event: Event, name: str) -> str:
    value = event.get(name)
    return value if isinstance(value, str) else ""

"""What was changed of a task, and when, as far back as the log is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from events_app.models import LogEntry

LOOK_BACK = 20_000
EDITS_AT_MOST = 50
FIELDS = {
    "title": "Title",
    "status": "Status",
    "priority": "Priority",
    "description": "Description",
    "initialPrompt": "Prompt",
    "parentId": "Parent",
    "dependencies": "Dependencies",
    "model": "Model",
}
SHORT = frozenset(("status", "priority", "title", "model"))


@dataclass(frozen=True)
class FieldEdit:
    """`before` and `after` are empty where the words would be long."""

    name: str
    word: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Edit:
    """`session_id` names the session whose report came with it, where one did."""

    at_ms: int
    created: bool
    fields: tuple[FieldEdit, ...]
    session_id: str = ""


def edits_of(task_id: str) -> tuple[Edit, ...]:
    """Newest first. Only the newest of the log is searched: it has no index by task."""
    newest = LogEntry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    rows = LogEntry.objects.filter(
        seq__gt=newest - LOOK_BACK, task_id=task_id, type__in=("task:created", "task:updated")
    )
    found: list[Edit] = []
    before: Mapping[str, Any] | None = None
    for at, event_type, payload in rows.order_by("seq").values_list("at", "type", "payload"):
        if event_type == "task:created":
            found.append(Edit(at, True, ()))
        elif before is not None and (changed := _changed(before, payload)):
            found.append(Edit(at, False, changed, _reporter(before, payload)))
        before = payload
    return tuple(reversed(found[-EDITS_AT_MOST:]))


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldEdit, ...]:
    return tuple(
        _field(name, word, before.get(name), after.get(name))
        for name, word in FIELDS.items()
        if (before.get(name) or None) != (after.get(name) or None)
    )


def _field(name: str, word: str, before: Any, after: Any) -> FieldEdit:
    if name not in SHORT:
        return FieldEdit(name, word)
    return FieldEdit(name, word, str(before or "none"), str(after or "none"))


def _reporter(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The session whose own status of the task changed with it."""
    was, now = before.get("taskSessionStatuses") or {}, after.get("taskSessionStatuses") or {}
    return next((one for one, status in now.items() if was.get(one) != status), "")

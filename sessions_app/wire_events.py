"""Timeline events as clients post them, checked by hand: the append route is the hottest there is.

A DRF serializer took 0.2 ms an event, a third of what a whole append may take.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import BadInput
from core.ids import is_valid_id
from core.json import NUMBERS_BELOW
from sessions_app.rules import EventType, check_wire_type
from sessions_app.timeline import Draft

EVENTS_AT_MOST = 1000
KEYS = frozenset(("id", "type", "message", "timestamp", "taskId", "metadata"))
_NOT_AN_ID = "An id has 1 to 64 letters, digits, _ or -, and begins with no sign."


def unread_keys(entries: Sequence[Any]) -> list[str]:
    """Keys of events from the wire that nothing reads."""
    sent = {name for entry in entries if isinstance(entry, dict) for name in entry}
    return sorted(sent - KEYS)


def drafts_from(entries: Sequence[Any]) -> list[Draft]:
    """Events from the wire, all of them checked before any is written. Raises BadInput."""
    if len(entries) > EVENTS_AT_MOST:
        raise BadInput({"body": [f"At most {EVENTS_AT_MOST} events at once."]})
    problems: dict[str, Any] = {}
    for index, entry in enumerate(entries):
        found = _problems(entry)
        place = "" if len(entries) == 1 else f"[{index}]."
        problems |= {f"{place}{name}": [said] for name, said in found.items()}
    if problems:
        raise BadInput(problems)
    return [_draft(entry) for entry in entries]


def _problems(entry: Any) -> dict[str, str]:
    if not isinstance(entry, dict):
        return {"body": "An event is a JSON object."}
    found = {}
    if "id" in entry and not is_valid_id(entry["id"]):
        found["id"] = _NOT_AN_ID
    if entry.get("taskId") is not None and not is_valid_id(entry["taskId"]):
        found["taskId"] = _NOT_AN_ID
    for name in ("type", "message"):
        if not isinstance(entry.get(name, ""), str):
            found[name] = "This is a text."
    if "timestamp" in entry and not _is_time(entry["timestamp"]):
        found["timestamp"] = "A time is a whole number of milliseconds since 1970."
    if not isinstance(entry.get("metadata") or {}, dict):
        found["metadata"] = "This is an object."
    return found or _contradictions(entry)


def _is_time(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < NUMBERS_BELOW


def _contradictions(entry: Mapping[str, Any]) -> dict[str, str]:
    try:
        event_type = check_wire_type(entry.get("type", EventType.PROGRESS))
    except BadInput as refused:
        return {"type": refused.details["type"][0]}
    if not _message(entry) and not event_type.value.startswith("task_"):
        return {"message": f"A {event_type} event says something."}
    return {}


def _message(entry: Mapping[str, Any]) -> str:
    """What it says; a question may stand in the metadata alone."""
    message = entry.get("message") or ""
    if not message and entry.get("type") == EventType.NEEDS_INPUT:
        return str((entry.get("metadata") or {}).get("question") or "")
    return str(message)


def _draft(entry: Mapping[str, Any]) -> Draft:
    return Draft(
        type=EventType(entry.get("type", EventType.PROGRESS)),
        message=_message(entry),
        task_id=entry.get("taskId"),
        metadata=entry.get("metadata") or {},
        event_id=entry.get("id"),
        reported_ms=entry.get("timestamp"),
    )

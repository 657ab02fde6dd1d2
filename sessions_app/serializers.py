"""What the session routes take."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from access_app.fields import IdField, IdList, Name, WordMap, Words
from core.errors import BadInput
from sessions_app.rules import STATUS_WORDS, EventType, SessionRole, Strategy, check_wire_type
from sessions_app.timeline import Draft
from storage_app.fields import NUMBERS_BELOW

EVENTS_AT_MOST = 1000


class SessionFields(serializers.Serializer):
    name = Name(required=False)
    taskIds = IdList(source="task_ids", required=False)
    env = WordMap(required=False)
    metadata = serializers.DictField(required=False)
    agentId = Words(source="agent_id", required=False)
    status = serializers.ChoiceField(STATUS_WORDS, required=False)


class SessionBody(SessionFields):
    id = IdField(source="session_id", required=False)
    projectId = IdField(source="project_id")
    taskId = IdField(required=False)
    strategy = serializers.ChoiceField([s.value for s in Strategy], required=False)
    role = serializers.ChoiceField([role.value for role in SessionRole], required=False)
    agent = Words(required=False)
    keepOpen = serializers.BooleanField(source="keep_open", required=False)


class SessionPatchBody(SessionFields):
    timeline = serializers.ListField(
        child=serializers.DictField(), required=False, max_length=EVENTS_AT_MOST
    )
    events = serializers.ListField(
        child=serializers.DictField(), required=False, max_length=EVENTS_AT_MOST
    )
    completedAt = serializers.IntegerField(
        source="completed_at", required=False, min_value=0, max_value=NUMBERS_BELOW
    )


class EventBody(serializers.Serializer):
    id = IdField(required=False)
    type = Words(required=False, default="progress")
    message = Words(required=False, default="")
    timestamp = serializers.IntegerField(required=False, min_value=0, max_value=NUMBERS_BELOW)
    taskId = IdField(required=False, allow_null=True)
    metadata = serializers.DictField(required=False, allow_null=True)


class RawEventBody(serializers.Serializer):
    type = Words()
    data = serializers.JSONField(required=False, allow_null=True)  # type: ignore[assignment]


class StopBody(serializers.Serializer):
    reason = Words(required=False, default="")
    cascade = serializers.BooleanField(required=False, default=False)


class InputBody(serializers.Serializer):
    text = Words(required=False, default="")
    option = Words(required=False, allow_null=True, default=None)
    decision = serializers.ChoiceField(["approve", "deny"], required=False)
    eventId = IdField(source="event_id", required=False, allow_null=True, default=None)


def unread_keys(entries: list[Any]) -> list[str]:
    """Keys of events from the wire that nothing reads."""
    sent = {name for entry in entries if isinstance(entry, dict) for name in entry}
    return sorted(sent - set(EventBody().fields))


def drafts_from(entries: list[Any]) -> list[Draft]:
    """Events from the wire, all of them checked before any is written. Raises BadInput."""
    if len(entries) > EVENTS_AT_MOST:
        raise BadInput({"body": [f"At most {EVENTS_AT_MOST} events at once."]})
    if not all(isinstance(entry, dict) for entry in entries):
        raise BadInput({"body": ["An event is a JSON object."]})
    checked = EventBody(data=entries, many=True)
    checked.is_valid(raise_exception=True)
    return [_draft(entry) for entry in checked.validated_data]


def _draft(entry: Mapping[str, Any]) -> Draft:
    event_type = check_wire_type(entry["type"])
    message = entry["message"]
    if not message and not event_type.value.startswith("task_"):
        if event_type is EventType.NEEDS_INPUT and (entry.get("metadata") or {}).get("question"):
            message = str(entry["metadata"]["question"])
        else:
            raise BadInput({"message": [f"A {event_type} event says something."]})
    return Draft(
        type=event_type,
        message=message,
        task_id=entry.get("taskId"),
        metadata=entry.get("metadata") or {},
        event_id=entry.get("id"),
        reported_ms=entry.get("timestamp"),
    )

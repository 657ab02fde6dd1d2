"""What the session routes take."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from access_app.fields import Flag, IdField, IdList, Moment, Name, WordMap, Words
from sessions_app.rules import STATUS_WORDS, WIRE_TYPES, SessionRole, Strategy

EVENTS_AT_MOST = 1000


@extend_schema_field({"type": "string", "enum": WIRE_TYPES})
class WireType(Words):
    """What a client may post; rules.check_wire_type says so in words."""


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
    parentSessionId = IdField(source="parent_id", required=False, allow_null=True)
    strategy = serializers.ChoiceField([s.value for s in Strategy], required=False)
    role = serializers.ChoiceField([role.value for role in SessionRole], required=False)
    agent = Words(required=False)
    keepOpen = Flag(source="keep_open", required=False)


class SessionPatchBody(SessionFields):
    timeline = serializers.ListField(
        child=serializers.DictField(), required=False, max_length=EVENTS_AT_MOST
    )
    events = serializers.ListField(
        child=serializers.DictField(), required=False, max_length=EVENTS_AT_MOST
    )
    completedAt = Moment(source="completed_at", required=False)


class EventBody(serializers.Serializer):
    """Describes an event for the schema; events are checked by wire_events."""

    id = IdField(required=False)
    type = WireType(required=False, default="progress")
    message = Words(required=False, default="")
    timestamp = Moment(required=False)
    taskId = IdField(required=False, allow_null=True)
    metadata = serializers.DictField(required=False, allow_null=True)


class RawEventBody(serializers.Serializer):
    type = Words()
    data = serializers.JSONField(required=False, allow_null=True)  # type: ignore[assignment]


class StopBody(serializers.Serializer):
    reason = Words(required=False, default="")
    cascade = Flag(required=False, default=False)


class InputBody(serializers.Serializer):
    text = Words(required=False, default="")
    option = Words(required=False, allow_null=True, default=None)
    decision = serializers.ChoiceField(["approve", "deny"], required=False)
    eventId = IdField(source="event_id", required=False, allow_null=True, default=None)

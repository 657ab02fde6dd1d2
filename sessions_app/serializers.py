"""What the session routes take."""

from rest_framework import serializers

from access_app.fields import IdField, IdList, Name, WordMap, Words
from sessions_app.rules import STATUS_WORDS, SessionRole, Strategy
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
    """Describes an event for the schema; events are checked by wire_events."""

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

"""The summary of a session, described to OpenAPI."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from access_app.fields import IdField
from sessions_app.row_types import Outcome, SegmentKind, TaskState


class SummaryStretch(serializers.Serializer):
    """Something that lasts; `endedAt` is null while it goes on."""

    startedAt = serializers.IntegerField(help_text="Unix milliseconds")
    endedAt = serializers.IntegerField(allow_null=True)
    eventId = serializers.CharField(allow_null=True, help_text="the event that began it")


class LifecycleStretch(SummaryStretch):
    """How the session spent its time."""

    kind = serializers.ChoiceField([kind.value for kind in SegmentKind])


class PhaseStretch(SummaryStretch):
    """From a milestone that names a phase to the next."""

    name = serializers.CharField()


class AttemptBar(SummaryStretch):
    """One attempt at a task."""

    outcome = serializers.ChoiceField([outcome.value for outcome in Outcome])


class SummaryMark(serializers.Serializer):
    """A point in time."""

    eventId = serializers.CharField()
    type = serializers.CharField()
    at = serializers.IntegerField(help_text="Unix milliseconds")
    message = serializers.CharField()
    taskId = IdField(allow_null=True)
    progress = serializers.FloatField(allow_null=True)


class SummaryTask(serializers.Serializer):
    """A task's lane: its attempts as bars, and what happened in it as marks."""

    taskId = IdField()
    title = serializers.CharField()
    status = serializers.ChoiceField([state.value for state in TaskState])
    duration = serializers.IntegerField(help_text="ms of all attempts")
    progress = serializers.FloatField(allow_null=True)
    queued = SummaryStretch(allow_null=True)
    bars = AttemptBar(many=True)
    waits = SummaryStretch(many=True)
    recoveries = SummaryStretch(many=True, help_text="from an error to the task's next event")
    marks = SummaryMark(many=True)


class SpentTime(serializers.Serializer):
    """Milliseconds."""

    spawning = serializers.IntegerField()
    idle = serializers.IntegerField()
    working = serializers.IntegerField()
    waiting = serializers.IntegerField()


class Summary(serializers.Serializer):
    """What a chart draws; derived, and never stored."""

    sessionId = IdField()
    name = serializers.CharField()
    role = serializers.CharField()
    status = serializers.CharField()
    startedAt = serializers.IntegerField(help_text="Unix milliseconds")
    endedAt = serializers.IntegerField(allow_null=True)
    duration = serializers.IntegerField(help_text="ms, until now while it lives")
    spent = SpentTime()
    progress = serializers.FloatField(allow_null=True, help_text="0 to 1")
    progressLabel = serializers.CharField(help_text="such as 2/4 or 50%")
    expectedEnd = serializers.IntegerField(
        allow_null=True, help_text="of a queue, by how long its ended items took"
    )
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="by event type")
    lifecycle = LifecycleStretch(many=True)
    phases = PhaseStretch(many=True)
    tasks = SummaryTask(many=True)
    marks = SummaryMark(many=True)
    children = serializers.SerializerMethodField()

    @extend_schema_field({"type": "array", "items": {"$ref": "#/components/schemas/Summary"}})
    def get_children(self, session: Any) -> Any:
        raise NotImplementedError

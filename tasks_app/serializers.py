"""What the task routes take."""

from rest_framework import serializers

from access_app.fields import IdField, IdList, Moment, Name, Words
from sessions_app.serializers import WireType
from tasks_app.rules import Priority, SessionStatusOfTask, TaskStatus


class TaskFields(serializers.Serializer):
    parentId = IdField(source="parent_id", required=False, allow_null=True)
    title = Name()
    description = Words(required=False)
    status = serializers.ChoiceField([status.value for status in TaskStatus], required=False)
    priority = serializers.ChoiceField([p.value for p in Priority], required=False)
    initialPrompt = Words(source="initial_prompt", required=False)
    dependencies = IdList(required=False)
    skillIds = serializers.ListField(child=Words(), source="skill_ids", required=False)
    agentIds = serializers.ListField(child=Words(), source="agent_ids", required=False)
    model = Words(required=False)


class TaskBody(TaskFields):
    projectId = IdField(source="project_id")


class TaskPatch(TaskFields):
    sessionStatus = serializers.ChoiceField(
        [status.value for status in SessionStatusOfTask], required=False
    )
    updateSource = serializers.ChoiceField(["user", "session"], required=False)
    sessionId = IdField(required=False)


class TaskEventBody(serializers.Serializer):
    """The seed's short way to write to a session's timeline."""

    type = WireType(required=False, default="progress")
    message = Words(required=False, default="")
    sessionId = IdField()
    id = IdField(required=False)
    timestamp = Moment(required=False)
    metadata = serializers.DictField(required=False)

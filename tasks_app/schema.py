"""The task routes, described to OpenAPI."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_view
from rest_framework import serializers

from access_app.fields import IdField, IdList
from access_app.schema import CASCADE, PAGING, Deleted, Yes, operation, parameter
from core.errors import BadInput, ForbiddenField, NotFound, ProjectNotFound, TaskNotFound
from sessions_app.rules import SessionIsFinal, TaskInProcess
from sessions_app.schema import TimelineEvent
from tasks_app.rules import Cycle, HasChildren, Priority, SessionStatusOfTask, TaskStatus
from tasks_app.serializers import TaskBody, TaskEventBody, TaskPatch

TASK_STATUSES = [status.value for status in TaskStatus]
PRIORITIES = [priority.value for priority in Priority]
STATUSES_OF_TASK = [status.value for status in SessionStatusOfTask]


class Task(serializers.Serializer):
    """A task. Keys that its file holds beyond these are sent as they are."""

    id = IdField()
    projectId = IdField()
    parentId = IdField(allow_null=True)
    title = serializers.CharField()
    description = serializers.CharField()
    status = serializers.ChoiceField(TASK_STATUSES, help_text="the person's word")
    priority = serializers.ChoiceField(PRIORITIES)
    initialPrompt = serializers.CharField(help_text="what its agent is told; for shell: a script")
    dependencies = IdList(help_text="tasks that come first")
    sessionIds = IdList()
    taskSessionStatuses = serializers.DictField(
        child=serializers.ChoiceField(STATUSES_OF_TASK), help_text="each session's word"
    )
    sessionStatus = serializers.ChoiceField(
        STATUSES_OF_TASK, allow_null=True, help_text="the word said last"
    )
    skillIds = serializers.ListField(child=serializers.CharField())
    agentIds = serializers.ListField(child=serializers.CharField())
    model = serializers.CharField(required=False)
    createdAt = serializers.IntegerField(help_text="Unix milliseconds")
    updatedAt = serializers.IntegerField()
    startedAt = serializers.IntegerField(allow_null=True)
    completedAt = serializers.IntegerField(allow_null=True)


class TaskTree(Task):
    """A task with the tasks below it."""

    children = serializers.SerializerMethodField()

    @extend_schema_field({"type": "array", "items": {"$ref": "#/components/schemas/TaskTree"}})
    def get_children(self, task: Any) -> Any:
        raise NotImplementedError


class TaskEvent(serializers.Serializer):
    """What was written to the session's timeline."""

    success = Yes()
    taskId = IdField()
    sessionId = IdField()
    message = serializers.CharField()
    type = serializers.CharField()
    event = TimelineEvent()


tasks = extend_schema_view(
    get=operation(
        "listTasks",
        "Tasks, oldest first.",
        Task(many=True),
        BadInput,
        query=(
            parameter("projectId", "Of one project."),
            parameter("status", "With this status.", enum=TASK_STATUSES),
            parameter("parentId", "Below one task; `null` for those below none."),
            parameter("ready", "Whether all their dependencies are completed.", bool),
            parameter("q", "With these words in title or description."),
            *PAGING,
        ),
    ),
    post=operation(
        "createTask",
        "Create a task.",
        Task,
        ProjectNotFound,
        TaskNotFound,
        status=201,
        body=TaskBody,
        example={"projectId": "prj_…", "title": "Run the tests", "initialPrompt": "make test"},
        once=True,
    ),
)
one_task = extend_schema_view(
    get=operation(
        "getTask",
        "One task.",
        Task,
        BadInput,
        NotFound,
        single=True,
    ),
    patch=operation(
        "updateTask",
        "Change what the body names. With `updateSource: session`, a session says how far it is "
        "with the task: `sessionStatus` and `sessionId`, and nothing else.",
        Task,
        ForbiddenField,
        NotFound,
        TaskNotFound,
        Cycle,
        SessionIsFinal,
        body=TaskPatch,
        example={"status": "completed"},
        single=True,
    ),
    delete=operation(
        "deleteTask",
        "Delete a task; live sessions that have not begun it lose it.",
        Deleted,
        NotFound,
        HasChildren,
        TaskInProcess,
        query=(CASCADE,),
        changes=True,
        single=True,
    ),
)
children = extend_schema_view(
    get=operation(
        "listTaskChildren",
        "The tasks right below.",
        Task(many=True),
        BadInput,
        NotFound,
        query=PAGING,
    )
)
tree = extend_schema_view(
    get=operation("getTaskTree", "A task with all below it.", TaskTree, BadInput, NotFound)
)
timeline = extend_schema_view(
    post=operation(
        "reportOnTask",
        "Write to a session's timeline about this task.",
        TaskEvent,
        NotFound,
        body=TaskEventBody,
        example={"sessionId": "ses_…", "type": "progress", "message": "Half of it is done"},
    )
)

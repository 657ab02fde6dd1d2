"""The session routes, described to OpenAPI."""

from typing import Any

from drf_spectacular.utils import (
    PolymorphicProxySerializer,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import serializers

from access_app.fields import IdField, IdList
from access_app.schema import COUNT, PAGING, Deleted, Yes, operation, parameter
from core.errors import BadInput, NotFound, ProjectNotFound, TaskNotFound
from sessions_app.ending import HasLiveChildren
from sessions_app.rules import (
    STATUS_WORDS,
    EventType,
    InvalidTransition,
    SessionIsFinal,
    SessionRole,
    Status,
    Strategy,
    TaskInProcess,
)
from sessions_app.serializers import (
    EventBody,
    InputBody,
    RawEventBody,
    SessionBody,
    SessionPatchBody,
    StopBody,
)
from sessions_app.services import AlreadyAnswered, SessionExists
from sessions_app.summary_schema import Summary
from tasks_app.rules import Cycle

STATUSES = [status.value for status in Status]
STRATEGIES = [strategy.value for strategy in Strategy]
ROLES = [role.value for role in SessionRole]
EVENT_TYPES = [event_type.value for event_type in EventType]


class TimelineEvent(serializers.Serializer):
    """One thing that people read of a session."""

    id = IdField()
    type = serializers.CharField(help_text=f"{', '.join(EVENT_TYPES)}; in old files others, too")
    timestamp = serializers.IntegerField(help_text="Unix milliseconds")
    message = serializers.CharField(required=False)
    taskId = IdField(required=False)
    metadata = serializers.DictField(required=False)


class RawEvent(serializers.Serializer):
    """What an agent's hook said, as it came."""

    id = IdField()
    timestamp = serializers.IntegerField()
    type = serializers.CharField()
    data = serializers.JSONField(allow_null=True)  # type: ignore[assignment]


class NeedsInput(serializers.Serializer):
    """Somebody is waited for."""

    active = serializers.BooleanField()
    since = serializers.IntegerField(required=False)
    message = serializers.CharField()
    eventId = IdField(required=False, allow_null=True)


class Stale(serializers.Serializer):
    """A live session that has been silent for long."""

    since = serializers.IntegerField()
    evidence = serializers.CharField()


class Transition(serializers.Serializer):
    """A move of the status (`from`, `to`, `why`), or what the charts show beside it (`what`)."""

    at = serializers.IntegerField()
    by = serializers.CharField(help_text="user, agent, launcher, reaper or cascade")
    to = serializers.CharField(required=False)
    why = serializers.CharField(required=False)
    what = serializers.CharField(required=False)


class Session(serializers.Serializer):
    """A session. `timeline`, `events` and `transitions` are left out where the route says so.

    Keys that its file holds beyond these are sent as they are.
    """

    id = IdField()
    projectId = IdField()
    parentSessionId = IdField(allow_null=True)
    taskIds = IdList()
    name = serializers.CharField()
    status = serializers.CharField(
        help_text=f"{', '.join(STATUSES)}; from old files also their own words"
    )
    strategy = serializers.CharField(help_text=", ".join(STRATEGIES))
    role = serializers.ChoiceField(ROLES)
    needsInput = NeedsInput(allow_null=True)
    stale = Stale(allow_null=True)
    agentId = serializers.CharField(required=False)
    agent = serializers.CharField(required=False)
    env = serializers.DictField(
        child=serializers.CharField(), help_text="values of names that look secret are masked"
    )
    metadata = serializers.DictField()
    events = RawEvent(many=True, required=False)
    timeline = TimelineEvent(many=True, required=False)
    transitions = Transition(many=True, required=False)
    hostname = serializers.CharField(required=False)
    platform = serializers.CharField(required=False)
    createdAt = serializers.IntegerField(help_text="Unix milliseconds")
    startedAt = serializers.IntegerField(allow_null=True)
    updatedAt = serializers.IntegerField()
    lastActivity = serializers.IntegerField()
    completedAt = serializers.IntegerField(allow_null=True)


class SessionTree(serializers.Serializer):
    """A session with those it spawned."""

    session = Session()
    children = serializers.SerializerMethodField()

    @extend_schema_field({"type": "array", "items": {"$ref": "#/components/schemas/SessionTree"}})
    def get_children(self, session: Any) -> Any:
        raise NotImplementedError


class TimelinePage(serializers.Serializer):
    """Events in order; `next` is the id to give as `after` (or `before`)."""

    events = TimelineEvent(many=True)
    hasMore = serializers.BooleanField()
    next = IdField(allow_null=True)


class Stopped(serializers.Serializer):
    """The sessions that were live, deepest first."""

    stopped = IdList()


class Answered(serializers.Serializer):
    """The answer as it is on the timeline."""

    success = Yes()
    event = TimelineEvent()


EventOrEvents = PolymorphicProxySerializer(
    component_name="EventOrEvents",
    serializers=[EventBody, EventBody(many=True)],
    resource_type_field_name=None,
    many=False,
)
Appended = PolymorphicProxySerializer(
    component_name="Appended",
    serializers=[TimelineEvent, TimelineEvent(many=True), Session],
    resource_type_field_name=None,
    many=False,
)

Exported = PolymorphicProxySerializer(
    component_name="Exported",
    serializers=[Session, SessionTree],
    resource_type_field_name=None,
    many=False,
)

_EVENT = {"type": "progress", "message": "Half of it is done", "metadata": {"progress": 0.5}}
_FILTERS = (
    parameter("projectId", "Of one project."),
    parameter("taskId", "With this task."),
    parameter("status", "With this status.", enum=list(STATUS_WORDS)),
    parameter("active", "Whether they are live: spawning, idle or working.", bool),
    parameter("role", "With this role.", enum=ROLES),
    parameter("parentId", "Spawned by this session."),
    parameter("stale", "Whether they are live and silent.", bool),
    parameter("q", "With these words in the name, or an id that begins so."),
    parameter("fields", "Insist on whole sessions, however many.", enum=["full"]),
)

sessions = extend_schema_view(
    get=operation(
        "listSessions",
        "Sessions, oldest first; more than 200 come without timeline, events and transitions.",
        Session(many=True),
        BadInput,
        query=(*_FILTERS, *PAGING),
    ),
    post=operation(
        "createSession",
        "Make a session without starting anything; with strategy queue, its queue as well.",
        Session,
        ProjectNotFound,
        TaskNotFound,
        SessionExists,
        Cycle,
        status=201,
        body=SessionBody,
        example={"projectId": "prj_…", "taskIds": ["tsk_…"], "strategy": "queue"},
        once=True,
    ),
)
one_session = extend_schema_view(
    get=operation(
        "getSession",
        "One session, whole.",
        Session,
        BadInput,
        NotFound,
        single=True,
    ),
    patch=operation(
        "updateSession",
        "Change what the body names: `metadata` is merged, `timeline` and `events` are appended.",
        Session,
        NotFound,
        TaskNotFound,
        InvalidTransition,
        SessionIsFinal,
        TaskInProcess,
        body=SessionPatchBody,
        example={"status": "idle"},
        single=True,
    ),
    delete=operation(
        "deleteSession",
        "Delete a session; a live one is stopped first, its process too.",
        Deleted,
        NotFound,
        HasLiveChildren,
        changes=True,
        single=True,
    ),
)
timeline = extend_schema_view(
    get=operation(
        "getTimeline",
        "A page of the timeline, oldest event first.",
        TimelinePage,
        BadInput,
        NotFound,
        query=(
            parameter("after", "Events after the one with this id."),
            parameter("before", "The page that ends before the event with this id."),
            parameter("limit", "At most so many, up to 1,000; else 200.", COUNT),
            parameter("type", "Of one type."),
            parameter("taskId", "About one task."),
        ),
    ),
    post=operation(
        "appendEvents",
        "Append one event, or up to 1,000, all or none. An id that is there already is not added "
        "again, so that repeating is safe.",
        Appended,
        NotFound,
        TaskNotFound,
        status=201,
        body=EventOrEvents,
        query=(parameter("return", "Answer with the whole session.", enum=["session"]),),
        example=_EVENT,
    ),
)
raw_events = extend_schema_view(
    post=operation(
        "appendRawEvent",
        "Keep what a hook said. The answer has no timeline, events or transitions.",
        Session,
        NotFound,
        body=RawEventBody,
        example={"type": "file_touched", "data": {"path": "README.md"}},
        once=True,
    )
)
session_task = extend_schema_view(
    post=operation(
        "addTaskToSession",
        "Add a task, to its queue as well.",
        Session,
        NotFound,
        TaskNotFound,
        SessionIsFinal,
        changes=True,
    ),
    delete=operation(
        "removeTaskFromSession",
        "Take a task away, from its queue as well.",
        Session,
        NotFound,
        TaskNotFound,
        TaskInProcess,
        changes=True,
    ),
)
children = extend_schema_view(
    get=operation(
        "listChildSessions",
        "The sessions it spawned, without timeline, events and transitions.",
        Session(many=True),
        BadInput,
        NotFound,
        query=PAGING,
    )
)
hierarchy = extend_schema_view(
    get=operation(
        "getHierarchy",
        "A session and all it spawned, nested, without timeline, events and transitions.",
        SessionTree,
        BadInput,
        NotFound,
    )
)
_TREE = parameter("tree", "With all that it spawned.", bool)
summary = extend_schema_view(
    get=operation(
        "getSummary",
        "Times, progress, counts, bars and marks: what a chart draws.",
        Summary,
        BadInput,
        NotFound,
        query=(_TREE,),
    )
)
export = extend_schema_view(
    get=operation(
        "exportSession",
        "The session as a file: its document, or a Mermaid gantt. With `tree`, all it spawned is "
        "in it: documents nested as in the hierarchy, but whole.",
        {
            (200, "application/json"): Exported,
            (200, "text/plain"): str,
        },
        BadInput,
        NotFound,
        query=(parameter("format", "Which file.", enum=["json", "mermaid"]), _TREE),
    )
)
stop = extend_schema_view(
    post=operation(
        "stopSession",
        "Stop a session, and its process; with `cascade` all it spawned.",
        Stopped,
        NotFound,
        body=StopBody,
        example={"reason": "not needed any more", "cascade": True},
    )
)
answer = extend_schema_view(
    post=operation(
        "answerSession",
        "Answer the question that the session waits with.",
        Answered,
        NotFound,
        AlreadyAnswered,
        SessionIsFinal,
        body=InputBody,
        example={"text": "Use port 8080"},
    )
)

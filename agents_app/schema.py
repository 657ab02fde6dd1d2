"""The routes about spawning and processes, described to OpenAPI."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_view
from rest_framework import serializers

from access_app.fields import IdField, IdList
from access_app.schema import COUNT, COUNT_OR_NONE, Yes, operation, parameter
from agents_app.rules import (
    NoTerminal,
    NotFinal,
    NothingToResume,
    ParentNotActive,
    SecretsNeeded,
    SpawnLimit,
)
from agents_app.serializers import LauncherBody, ResumeBody, SpawnBody, StopAllBody
from core.errors import BadInput, NotFound, ParentSessionNotFound, ProjectNotFound, TaskNotFound
from events_app.waiting import ServerCloses
from sessions_app.schema import Session, Stopped

INVALID_SPAWN = tuple(
    (400, code)
    for code in (
        "missing_project_id",
        "invalid_task_ids",
        "invalid_spawn_source",
        "missing_session_id",
        "invalid_role",
        "invalid_strategy",
        "invalid_orchestrator_strategy",
    )
)


class Spawned(serializers.Serializer):
    """The new session; its files and its manifest are on disk."""

    success = Yes()
    sessionId = IdField()
    manifestPath = serializers.CharField()
    message = serializers.CharField()
    session = Session()


class Launcher(serializers.Serializer):
    """What runs and what waits, in order."""

    paused = serializers.BooleanField()
    maxAgents = serializers.IntegerField()
    running = serializers.IntegerField()
    waiting = IdList()


class HookBody(serializers.Serializer):
    """An event as the tool gives it; keys beyond these are the tool's."""

    hook_event_name = serializers.CharField(required=False, help_text="Claude Code, Codex's hooks")
    type = serializers.CharField(required=False, help_text="Codex's `exec --json` and `notify`")


class HookAnswer(serializers.Serializer):
    """What the tool is to do, in its own words; empty where there is nothing to say."""

    decision = serializers.CharField(required=False)
    reason = serializers.CharField(required=False)
    hookSpecificOutput = serializers.DictField(required=False)


class Marks(serializers.Serializer):
    """The recording's time index. A mark is [moment in Unix ms, offset, columns, rows]: from that
    offset on, output came at that moment, on a screen of that size."""

    sessionId = IdField()
    start = serializers.IntegerField(help_text="The oldest byte that is left.")
    end = serializers.IntegerField()
    endedAt = serializers.IntegerField(allow_null=True, help_text="When the process ended.")
    marks = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(), min_length=4, max_length=4)
    )


def _offset_header(name: str, words: str) -> OpenApiParameter:
    return OpenApiParameter(name, int, OpenApiParameter.HEADER, description=words, response=[200])


spawn = extend_schema_view(
    post=operation(
        "spawnSession",
        "Make a session on tasks and start its agent. Without an agent, a client that listens for "
        "`session:spawn` starts it.",
        Spawned,
        *INVALID_SPAWN,
        ProjectNotFound,
        TaskNotFound,
        ParentSessionNotFound,
        ParentNotActive,
        SpawnLimit,
        status=201,
        body=SpawnBody,
        example={
            "projectId": "prj_…",
            "taskIds": ["tsk_…", "tsk_…"],
            "strategy": "queue",
            "agent": "shell",
        },
        once=True,
    )
)
resume = extend_schema_view(
    post=operation(
        "resumeSession",
        "Spawn a successor of an ended session on what it did not complete.",
        Spawned,
        NotFound,
        NotFinal,
        NothingToResume,
        SecretsNeeded,
        status=201,
        body=ResumeBody,
        once=True,
    )
)
stop_all = extend_schema_view(
    post=operation("stopAllSessions", "Stop every live session.", Stopped, body=StopAllBody)
)
launcher = extend_schema_view(
    get=operation("getLauncher", "What runs and what waits.", Launcher),
    patch=operation(
        "updateLauncher",
        "Pause or resume the starting of agents.",
        Launcher,
        body=LauncherBody,
        example={"paused": True},
    ),
)
recording = extend_schema_view(
    get=operation(
        "readTerminal",
        "What the session's terminal printed, as recorded: raw bytes from an offset on.",
        {(200, "application/octet-stream"): OpenApiTypes.BINARY},
        BadInput,
        NotFound,
        NoTerminal,
        query=(
            parameter("from", "The offset of the first byte; else 0.", COUNT_OR_NONE),
            parameter("limit", "At most so many bytes, up to 1,048,576.", COUNT),
            _offset_header("X-Terminal-Offset", "the first byte's offset; older ones are gone"),
            _offset_header("X-Terminal-End", "the size of all that was recorded so far"),
        ),
    )
)
recording_marks = extend_schema_view(
    get=operation(
        "readTerminalMarks",
        "When each part of the recording was printed, and the size of the screen then.",
        Marks,
        BadInput,
        NotFound,
        NoTerminal,
        query=(
            parameter(
                "limit",
                "At most about so many, evenly in time, up to 10,000; every change of size is "
                "among them.",
                COUNT,
            ),
        ),
    )
)
recording_cast = extend_schema_view(
    get=operation(
        "exportTerminal",
        "The recording as a file in asciicast v2, which `asciinema play` shows.",
        {(200, "application/x-asciicast"): str},
        BadInput,
        NotFound,
        NoTerminal,
    )
)
hook = extend_schema_view(
    post=operation(
        "takeHook",
        "Take an event of `claude` or `codex` as the tool gives it, and answer it. An event that "
        "nothing is known of is kept. One that asks for permission waits for a person's decision. "
        "`X-Maestro-Late: true` says that nobody waits for the answer any more.",
        HookAnswer,
        NotFound,
        ServerCloses,
        body=HookBody,
        example={"hook_event_name": "Stop", "session_id": "…", "last_assistant_message": "Done"},
        once=True,
    )
)

"""The routes about spawning and processes, described to OpenAPI."""

from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers

from access_app.fields import IdField, IdList
from access_app.schema import Yes, operation
from agents_app.rules import (
    NotFinal,
    NothingToResume,
    ParentNotActive,
    SecretsNeeded,
    SpawnLimit,
)
from agents_app.serializers import LauncherBody, ResumeBody, SpawnBody, StopAllBody
from core.errors import NotFound, ParentSessionNotFound, ProjectNotFound, TaskNotFound
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

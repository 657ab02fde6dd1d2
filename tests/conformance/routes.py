"""The contract as a table: every route with a call that succeeds, and those that are refused.

`{name}` in a path or a body is a record of the world that conftest.py makes.
"""

from dataclasses import dataclass
from typing import Any

from sessions_app.tests.test_api import KEYS as SESSION

PROJECT = {"id", "name", "workingDir", "description", "createdAt", "updatedAt"}
TASK = {
    "id",
    "projectId",
    "parentId",
    "title",
    "description",
    "status",
    "priority",
    "initialPrompt",
    "dependencies",
    "sessionIds",
    "taskSessionStatuses",
    "sessionStatus",
    "skillIds",
    "agentIds",
    "createdAt",
    "updatedAt",
    "startedAt",
    "completedAt",
}
SHORT_SESSION = SESSION - {"timeline", "events", "transitions"}
EVENT = {"id", "type", "timestamp", "message"}
DELETED = {"success", "id"}
ITEM = {"success", "item"}
QUEUE = {"success", "queue"}
ENDED = {"success", "nextItem", "hasMore", "message"}
SPAWNED = {"success", "sessionId", "manifestPath", "message", "session"}
LAUNCHER = {"paused", "maxAgents", "running", "waiting"}
MARKS = {"sessionId", "start", "end", "endedAt", "marks"}
SUMMARY = {
    "sessionId",
    "name",
    "role",
    "status",
    "startedAt",
    "endedAt",
    "duration",
    "spent",
    "progress",
    "progressLabel",
    "expectedEnd",
    "counts",
    "lifecycle",
    "phases",
    "tasks",
    "marks",
    "children",
}


@dataclass(frozen=True)
class Success:
    """`keys` are exactly the answer's, or those of each entry of a list; None for a file."""

    method: str
    path: str
    keys: set[str] | None
    body: Any = None
    status: int = 200

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Refusal:
    """What a call is refused for that not every route has."""

    method: str
    path: str
    status: int
    code: str
    body: Any = None

    def __str__(self) -> str:
        return f"{self.code} {self.method} {self.path}"


_NEW_PROJECT = {"name": "Two", "workingDir": "/srv"}
_NEW_TASK = {"projectId": "{project}", "title": "Two"}
_NEW_SESSION = {"projectId": "{project}", "taskIds": ["{free}"]}
_SESSION, _QUEUE = "/sessions/{session}", "/sessions/{queue}/queue"
_BUSY, _OVER = "/sessions/{busy}/queue", "/sessions/{over}/queue"
_SAID = {"message": "Half"}

SUCCESSES = (
    Success("GET", "/projects", PROJECT),
    Success("POST", "/projects", PROJECT, _NEW_PROJECT, 201),
    Success("GET", "/projects/{project}", PROJECT),
    Success("PUT", "/projects/{project}", PROJECT, _NEW_PROJECT),
    Success("PATCH", "/projects/{project}", PROJECT, {"name": "New"}),
    Success("DELETE", "/projects/{empty}", DELETED),
    Success("GET", "/tasks?projectId={project}&parentId=null&ready=true&q=o", TASK),
    Success("POST", "/tasks", TASK, _NEW_TASK, 201),
    Success("GET", "/tasks/{free}", TASK),
    Success("PATCH", "/tasks/{free}", TASK, {"title": "New"}),
    Success("DELETE", "/tasks/{free}", DELETED),
    Success("GET", "/tasks/{above}/children", TASK),
    Success("GET", "/tasks/{above}/tree", TASK | {"children"}),
    Success(
        "POST",
        "/tasks/{first}/timeline",
        {"success", "taskId", "sessionId", "message", "type", "event"},
        {"sessionId": "{session}", **_SAID},
    ),
    Success("GET", "/sessions?projectId={project}&active=true&role=worker", SESSION),
    Success("POST", "/sessions", SESSION, _NEW_SESSION, 201),
    Success("GET", _SESSION, SESSION),
    Success("PATCH", _SESSION, SESSION, {"name": "New"}),
    Success("DELETE", _SESSION, DELETED),
    Success("POST", "/sessions/spawn", SPAWNED, _NEW_SESSION, 201),
    Success("POST", f"{_SESSION}/timeline", EVENT, _SAID, 201),
    Success("POST", f"{_SESSION}/timeline", EVENT, [_SAID, _SAID], 201),
    Success("POST", f"{_SESSION}/timeline?return=session", SESSION, _SAID, 201),
    Success("GET", f"{_SESSION}/timeline?limit=1", {"events", "hasMore", "next"}),
    Success("POST", f"{_SESSION}/events", SHORT_SESSION, {"type": "touched", "data": {}}),
    Success("POST", f"{_SESSION}/tasks/{{free}}", SESSION),
    Success("DELETE", f"{_SESSION}/tasks/{{second}}", SESSION),
    Success("GET", "/sessions/{parent}/children", SHORT_SESSION),
    Success("GET", "/sessions/{parent}/hierarchy", {"session", "children"}),
    Success("GET", "/sessions/{parent}/summary?tree=true", SUMMARY),
    Success("GET", f"{_SESSION}/export?format=json", SESSION),
    Success("GET", f"{_SESSION}/export?format=mermaid", None),
    Success("GET", "/sessions/{done}/terminal?from=1&limit=3", None),
    Success("GET", "/sessions/{done}/terminal/marks", MARKS),
    Success("GET", "/sessions/{done}/terminal.cast", None),
    Success("POST", f"{_SESSION}/stop", {"stopped"}, {"reason": "enough", "cascade": True}),
    Success("POST", "/sessions/{over}/resume", SPAWNED, {}, 201),
    Success("POST", "/sessions/{session}/hooks/claude", set(), {"hook_event_name": "PostToolUse"}),
    Success("POST", "/sessions/{asking}/input", {"success", "event"}, {"text": "Blue"}),
    Success("POST", "/sessions/stop-all", {"stopped"}, {"reason": "night"}),
    Success("GET", "/launcher", LAUNCHER),
    Success("PATCH", "/launcher", LAUNCHER, {"paused": False}),
    Success("GET", _QUEUE, {"queue", "stats"}),
    Success("GET", f"{_QUEUE}/items", {"items", "stats"}),
    Success("GET", f"{_QUEUE}/top", {"hasMore", "item"}),
    Success("POST", f"{_QUEUE}/next", {"item", "task", "hasMore"}),
    Success("POST", f"{_QUEUE}/start", {"success", "item", "message"}),
    Success("POST", f"{_BUSY}/complete", ENDED | {"completedItem"}, {"claimId": "{claim}"}),
    Success("POST", f"{_BUSY}/fail", ENDED | {"failedItem"}, {"reason": "rock"}),
    Success("POST", f"{_BUSY}/skip", ENDED | {"skippedItem"}, {"taskId": "{first}"}),
    Success("POST", f"{_QUEUE}/push", ITEM, {"taskId": "{free}"}),
    Success("POST", "/sessions/{tried}/queue/requeue", ITEM, {"taskId": "{first}"}),
    Success("POST", f"{_QUEUE}/remove", QUEUE, {"taskId": "{first}"}),
    Success("POST", f"{_QUEUE}/reorder", QUEUE, {"taskIds": ["{second}", "{first}"]}),
    Success("GET", "/events?limit=5", {"events", "next", "epoch"}),
)

REFUSALS = (
    Refusal("GET", "/projects?limit=0", 400, "validation_error"),
    Refusal("POST", "/projects", 400, "validation_error", {"name": ""}),
    Refusal("DELETE", "/projects/{project}?cascade=true", 409, "has_live_sessions"),
    Refusal("DELETE", "/projects/{full}", 409, "has_contents"),
    Refusal("GET", "/tasks?limit=x", 400, "validation_error"),
    Refusal("POST", "/tasks", 400, "validation_error", {"projectId": "{project}"}),
    Refusal("POST", "/tasks", 404, "project_not_found", {**_NEW_TASK, "projectId": "none"}),
    Refusal("POST", "/tasks", 404, "task_not_found", {**_NEW_TASK, "dependencies": ["none"]}),
    Refusal(
        "PATCH",
        "/tasks/{first}",
        403,
        "forbidden_field",
        {"updateSource": "session", "sessionId": "{session}", "title": "Mine"},
    ),
    Refusal("PATCH", "/tasks/{free}", 404, "task_not_found", {"parentId": "none"}),
    Refusal("PATCH", "/tasks/{above}", 409, "cycle", {"parentId": "{below}"}),
    Refusal(
        "PATCH",
        "/tasks/{first}",
        409,
        "session_is_final",
        {"sessionStatus": "working", "sessionId": "{over}"},
    ),
    Refusal("DELETE", "/tasks/{above}", 409, "has_children"),
    Refusal("DELETE", "/tasks/{first}", 409, "task_in_process"),
    Refusal(
        "POST",
        "/tasks/{first}/timeline",
        400,
        "validation_error",
        {"sessionId": "{session}", "type": "session_started", "message": "x"},
    ),
    Refusal("GET", "/sessions?limit=0", 400, "validation_error"),
    Refusal("POST", "/sessions", 400, "validation_error", {**_NEW_SESSION, "strategy": "tree"}),
    Refusal("POST", "/sessions", 404, "project_not_found", {"projectId": "none"}),
    Refusal("POST", "/sessions", 404, "task_not_found", {**_NEW_SESSION, "taskIds": ["none"]}),
    Refusal("POST", "/sessions", 409, "session_exists", {**_NEW_SESSION, "id": "{session}"}),
    Refusal(
        "POST",
        "/sessions",
        409,
        "cycle",
        {**_NEW_SESSION, "id": "ses_own", "metadata": {"spawnedBy": "ses_own"}},
    ),
    Refusal("PATCH", _SESSION, 404, "task_not_found", {"taskIds": ["none"]}),
    Refusal("PATCH", "/sessions/{new}", 409, "invalid_transition", {"status": "completed"}),
    Refusal("PATCH", "/sessions/{over}", 409, "session_is_final", {"status": "working"}),
    Refusal("PATCH", "/sessions/{busy}", 409, "task_in_process", {"taskIds": []}),
    Refusal("DELETE", "/sessions/{parent}", 409, "has_live_children"),
    Refusal("POST", "/sessions/spawn", 400, "validation_error", {**_NEW_SESSION, "agent": "none"}),
    Refusal("POST", "/sessions/spawn", 400, "missing_project_id", {}),
    Refusal("POST", "/sessions/spawn", 400, "invalid_task_ids", {"projectId": "{project}"}),
    *(
        Refusal("POST", "/sessions/spawn", status, code, {**_NEW_SESSION, **more})
        for status, code, more in (
            (400, "invalid_spawn_source", {"spawnSource": "cron"}),
            (400, "missing_session_id", {"spawnSource": "session"}),
            (400, "invalid_role", {"role": "boss"}),
            (400, "invalid_strategy", {"strategy": "tree"}),
            (400, "invalid_orchestrator_strategy", {"orchestratorStrategy": "magic"}),
            (404, "project_not_found", {"projectId": "none"}),
            (404, "task_not_found", {"taskIds": ["none"]}),
            (404, "parent_session_not_found", {"spawnSource": "session", "sessionId": "none"}),
            (409, "parent_session_not_active", {"spawnSource": "session", "sessionId": "{over}"}),
            (409, "spawn_limit", {"spawnSource": "session", "sessionId": "{parent}"}),
        )
    ),
    Refusal("POST", f"{_SESSION}/timeline", 400, "validation_error", {"type": "odd"}),
    Refusal("POST", f"{_SESSION}/timeline", 404, "task_not_found", {**_SAID, "taskId": "none"}),
    Refusal("POST", f"{_SESSION}/tasks/none", 404, "task_not_found"),
    Refusal("POST", "/sessions/{over}/tasks/{free}", 409, "session_is_final"),
    Refusal("DELETE", f"{_SESSION}/tasks/{{free}}", 404, "task_not_found"),
    Refusal("DELETE", "/sessions/{busy}/tasks/{first}", 409, "task_in_process"),
    Refusal("GET", f"{_SESSION}/export?format=svg", 400, "validation_error"),
    Refusal("GET", f"{_SESSION}/terminal", 404, "no_terminal"),
    Refusal("GET", f"{_SESSION}/terminal/marks", 404, "no_terminal"),
    Refusal("GET", f"{_SESSION}/terminal.cast", 404, "no_terminal"),
    Refusal("GET", "/sessions/{done}/terminal?from=-1", 400, "validation_error"),
    Refusal("GET", "/sessions/{done}/terminal/marks?limit=0", 400, "validation_error"),
    Refusal("POST", f"{_SESSION}/resume", 409, "session_is_live", {}),
    Refusal("POST", "/sessions/{done}/resume", 409, "nothing_to_resume", {}),
    Refusal("POST", "/sessions/{secret}/resume", 409, "secrets_needed", {}),
    Refusal("POST", f"{_SESSION}/input", 409, "already_answered", {"text": "Blue"}),
    Refusal("POST", "/sessions/{over}/input", 409, "session_is_final", {"text": "Blue"}),
    Refusal("POST", "/sessions/stop-all", 400, "validation_error", {"reason": 5}),
    Refusal("PATCH", "/launcher", 400, "validation_error", {"paused": "perhaps"}),
    Refusal("POST", f"{_OVER}/next", 409, "session_is_final"),
    Refusal("POST", f"{_OVER}/start", 409, "session_is_final"),
    Refusal("POST", f"{_BUSY}/start", 409, "already_processing"),
    Refusal("POST", f"{_QUEUE}/complete", 409, "not_processing", {}),
    Refusal("POST", f"{_QUEUE}/fail", 409, "not_processing", {}),
    Refusal("POST", f"{_QUEUE}/skip", 409, "not_processing", {"claimId": "none"}),
    Refusal("POST", f"{_OVER}/skip", 409, "session_is_final", {}),
    Refusal("POST", f"{_QUEUE}/push", 404, "task_not_found", {"taskId": "none"}),
    Refusal("POST", f"{_QUEUE}/push", 409, "already_queued", {"taskId": "{first}"}),
    Refusal("POST", f"{_OVER}/push", 409, "session_is_final", {"taskId": "{free}"}),
    Refusal("POST", f"{_QUEUE}/requeue", 404, "task_not_found", {"taskId": "none"}),
    Refusal("POST", f"{_QUEUE}/requeue", 409, "already_queued", {"taskId": "{first}"}),
    Refusal("POST", f"{_OVER}/requeue", 409, "session_is_final", {"taskId": "{first}"}),
    Refusal("POST", f"{_QUEUE}/remove", 404, "task_not_found", {"taskId": "none"}),
    Refusal("POST", f"{_BUSY}/remove", 409, "task_in_process", {"taskId": "{first}"}),
    Refusal("POST", f"{_QUEUE}/reorder", 400, "validation_error", {"taskIds": []}),
    Refusal("GET", "/events?after=x", 400, "validation_error"),
)

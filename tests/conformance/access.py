"""Who may do what, as a table: a row for every route, with what it takes.

`{name}` in a path or a body is a record of the world that conftest.py makes.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from access_app.rules import Level


class Agents(Enum):
    """Which sessions' tokens are let through."""

    ALL = "each, and it is told of its own project only"
    PROJECT = "those of the record's project"
    OWN = "that of the session itself"
    NONE = "none"


@dataclass(frozen=True)
class Row:
    """`own` is the session that is spoken of; else the one that the path names."""

    method: str
    path: str
    level: Level
    agents: Agents = Agents.NONE
    body: Any = None
    own: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_page(self) -> bool:
        return not re.match(r"/(api(/|$)|health$|ws-status$|metrics$)", self.path)

    @property
    def session(self) -> str:
        named = re.match(r"/api/sessions/\{(\w+)\}", self.path)
        return self.own or (named[1] if named else "session")


_ANYBODY, _VIEWER, _OPERATOR, _ADMIN = Level
_SAID = {"message": "Half"}
_ONE, _BUSY = "/api/sessions/{session}", "/api/sessions/{busy}"
_QUEUE, _TRIED = "/api/sessions/{queue}/queue", "/api/sessions/{tried}/queue"
_SPAWN = {"projectId": "{project}", "taskIds": ["{second}"]}

API = (
    Row("GET", "/health", _ANYBODY, Agents.ALL),
    Row("GET", "/ws-status", _VIEWER, Agents.ALL),
    Row("GET", "/metrics", _VIEWER, Agents.ALL),
    Row("GET", "/api/schema/", _VIEWER, Agents.ALL),
    Row("GET", "/api/docs/", _VIEWER, Agents.ALL),
    Row("GET", "/api/launcher", _VIEWER, Agents.ALL),
    Row("PATCH", "/api/launcher", _OPERATOR, body={"paused": False}),
    Row("GET", "/api/events", _VIEWER, Agents.ALL),
    Row("GET", "/api/projects", _VIEWER, Agents.ALL),
    Row("POST", "/api/projects", _OPERATOR, body={"name": "Two", "workingDir": "/srv"}),
    Row("GET", "/api/projects/{project}", _VIEWER, Agents.PROJECT),
    Row("PUT", "/api/projects/{project}", _OPERATOR, body={"name": "Two", "workingDir": "/srv"}),
    Row("PATCH", "/api/projects/{project}", _OPERATOR, body={"name": "New"}),
    Row("DELETE", "/api/projects/{project}", _ADMIN),
    Row("GET", "/api/tasks", _VIEWER, Agents.ALL),
    Row(
        "POST",
        "/api/tasks",
        _OPERATOR,
        Agents.PROJECT,
        {"projectId": "{project}", "title": "Found on the way"},
    ),
    Row("GET", "/api/tasks/{first}", _VIEWER, Agents.PROJECT),
    Row("PATCH", "/api/tasks/{first}", _OPERATOR, body={"title": "New"}),
    Row(
        "PATCH",
        "/api/tasks/{first}",
        _OPERATOR,
        Agents.OWN,
        {"sessionStatus": "working", "sessionId": "{session}"},
    ),
    Row("DELETE", "/api/tasks/{free}", _OPERATOR),
    Row("GET", "/api/tasks/{above}/children", _VIEWER, Agents.PROJECT),
    Row("GET", "/api/tasks/{above}/tree", _VIEWER, Agents.PROJECT),
    Row(
        "POST",
        "/api/tasks/{first}/timeline",
        _OPERATOR,
        Agents.OWN,
        {"sessionId": "{session}", **_SAID},
    ),
    Row("GET", "/api/sessions", _VIEWER, Agents.ALL),
    Row("POST", "/api/sessions", _OPERATOR, body={"projectId": "{project}"}),
    Row("GET", _ONE, _VIEWER, Agents.PROJECT),
    Row("PATCH", _ONE, _OPERATOR, Agents.OWN, {"name": "New"}),
    Row("DELETE", "/api/sessions/{new}", _OPERATOR),
    Row(
        "POST",
        "/api/sessions/spawn",
        _OPERATOR,
        body={"projectId": "{project}", "taskIds": ["{free}"]},
    ),
    Row(
        "POST",
        "/api/sessions/spawn",
        _OPERATOR,
        Agents.OWN,
        {**_SPAWN, "spawnSource": "session", "sessionId": "{session}"},
    ),
    Row("POST", f"{_ONE}/timeline", _OPERATOR, Agents.OWN, _SAID),
    Row("GET", f"{_ONE}/timeline", _VIEWER, Agents.PROJECT),
    Row("POST", f"{_ONE}/events", _OPERATOR, Agents.OWN, {"type": "touched", "data": {}}),
    Row("POST", f"{_ONE}/hooks/claude-code", _OPERATOR, Agents.OWN, {"hook_event_name": "Stop"}),
    Row("POST", f"{_ONE}/tasks/{{free}}", _OPERATOR, Agents.OWN),
    Row("DELETE", f"{_ONE}/tasks/{{free}}", _OPERATOR, Agents.OWN),
    Row("GET", f"{_ONE}/children", _VIEWER, Agents.PROJECT),
    Row("GET", f"{_ONE}/hierarchy", _VIEWER, Agents.PROJECT),
    Row("GET", f"{_ONE}/summary", _VIEWER, Agents.PROJECT),
    Row("GET", f"{_ONE}/export", _VIEWER, Agents.PROJECT),
    Row("GET", f"{_ONE}/terminal", _VIEWER, Agents.PROJECT),
    Row("GET", f"{_ONE}/terminal/marks", _VIEWER, Agents.PROJECT),
    Row("GET", f"{_ONE}/terminal.cast", _VIEWER, Agents.PROJECT),
    Row("POST", "/api/sessions/{asking}/input", _OPERATOR, Agents.OWN, {"text": "Blue"}),
    Row("POST", "/api/sessions/{asking}/stop", _OPERATOR, Agents.OWN, {}),
    Row("POST", "/api/sessions/{over}/resume", _OPERATOR, body={}, own="session"),
    Row("GET", _QUEUE, _VIEWER, Agents.PROJECT),
    Row("GET", f"{_QUEUE}/items", _VIEWER, Agents.PROJECT),
    Row("GET", f"{_QUEUE}/top", _VIEWER, Agents.PROJECT),
    Row("POST", f"{_QUEUE}/next", _OPERATOR, Agents.OWN),
    Row("POST", f"{_QUEUE}/start", _OPERATOR, Agents.OWN),
    Row("POST", f"{_BUSY}/queue/complete", _OPERATOR, Agents.OWN, {}),
    Row("POST", f"{_BUSY}/queue/fail", _OPERATOR, Agents.OWN, {}),
    Row("POST", f"{_BUSY}/queue/skip", _OPERATOR, Agents.OWN, {}),
    Row("POST", f"{_QUEUE}/push", _OPERATOR, Agents.OWN, {"taskId": "{free}"}),
    Row("POST", f"{_TRIED}/requeue", _OPERATOR, Agents.OWN, {"taskId": "{first}"}),
    Row("POST", f"{_QUEUE}/remove", _OPERATOR, Agents.OWN, {"taskId": "{free}"}),
    Row("POST", f"{_QUEUE}/reorder", _OPERATOR, Agents.OWN, {"taskIds": ["{second}", "{first}"]}),
    Row("POST", "/api/sessions/stop-all", _OPERATOR, body={}),
)

PAGES = (
    Row("GET", "/login/", _ANYBODY),
    Row("POST", "/login/", _ANYBODY),
    Row("GET", "/welcome/made-up/", _ANYBODY),
    Row("POST", "/welcome/made-up/", _ANYBODY),
    Row("GET", "/", _VIEWER),
    Row("GET", "/projects/", _VIEWER),
    Row("POST", "/projects/", _OPERATOR),
    Row("GET", "/projects/{project}/", _VIEWER),
    Row("GET", "/projects/{project}/spawn", _VIEWER),
    Row("POST", "/projects/{project}/spawn", _OPERATOR),
    Row("POST", "/projects/{project}/tasks", _OPERATOR),
    Row("POST", "/projects/{project}/status", _OPERATOR),
    Row("GET", "/tasks/{first}/", _VIEWER),
    Row("POST", "/tasks/{first}", _OPERATOR),
    Row("POST", "/tasks/{first}/move", _OPERATOR),
    Row("POST", "/tasks/{free}/delete", _OPERATOR),
    Row("GET", "/sessions/{session}/", _VIEWER),
    Row("GET", "/sessions/{session}/tree/", _VIEWER),
    Row("POST", "/sessions/{asking}/answer", _OPERATOR),
    Row("POST", "/sessions/{session}/dismiss", _OPERATOR),
    Row("POST", "/sessions/{session}/stop", _OPERATOR),
    Row("POST", "/sessions/{over}/resume", _OPERATOR),
    Row("POST", "/launcher", _OPERATOR),
    Row("POST", "/stop-all", _OPERATOR),
    Row("GET", "/sessions/{session}/report/", _VIEWER),
    Row("POST", "/sessions/{queue}/queue/order", _OPERATOR),
    Row("POST", "/sessions/{tried}/queue/requeue", _OPERATOR),
    Row("GET", "/activity/", _VIEWER),
    Row("GET", "/search/", _VIEWER),
    Row("GET", "/search/palette", _VIEWER),
    Row("POST", "/demo", _OPERATOR),
    Row("GET", "/settings/", _VIEWER),
    Row("POST", "/settings/tokens", _ADMIN),
    Row("POST", "/settings/tokens/madeup/revoke", _ADMIN),
    Row("POST", "/settings/import", _ADMIN),
    Row("POST", "/logout", _ANYBODY),
)

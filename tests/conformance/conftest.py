"""One of everything that the table of routes names."""

from typing import Any

import pytest
from pytest_django import Settings

from conftest import Api
from tests.records import record_terminal

World = dict[str, str]


@pytest.fixture
def world(api: Api, settings: Settings) -> World:
    settings.MAESTRO_MAX_CHILDREN = 1
    settings.MAESTRO_LOGIN_TRIES = 10_000

    def make(path: str, **body: Any) -> Any:
        answer = api.post(path, body)
        assert answer.status in (200, 201), answer.body
        return answer.body

    def task(title: str, **more: Any) -> str:
        return str(make("/tasks", projectId=project, title=title, **more)["id"])

    def session(*task_ids: str, **more: Any) -> str:
        body = {"projectId": project, "taskIds": task_ids, "status": "idle", **more}
        return str(make("/sessions", **body)["id"])

    project, empty, full = (make("/projects", name=n, workingDir="/srv")["id"] for n in "abc")
    make("/tasks", projectId=full, title="Contents")
    first, second, free, above = (task(title) for title in ("One", "Two", "Free", "Above"))
    queue, busy, tried = (session(first, second, strategy="queue") for _ in range(3))
    over, done = session(first, strategy="queue"), session(first)
    claim = make(f"/sessions/{busy}/queue/next")["item"]["claimId"]
    make(f"/sessions/{tried}/queue/next")
    make(f"/sessions/{tried}/queue/fail")
    make(f"/sessions/{over}/stop")
    make(f"/sessions/{done}/timeline", type="task_completed", taskId=first)
    api.patch(f"/sessions/{done}", {"status": "completed"})
    asking = session(first)
    make(f"/sessions/{asking}/timeline", type="needs_input", message="Which colour?")
    record_terminal(done)
    parent = session(role="orchestrator")
    session(metadata={"spawnedBy": parent})
    spawned = {"projectId": project, "taskIds": [first], "env": {"A_TOKEN": "hush"}}
    secret = make("/sessions/spawn", **spawned)["sessionId"]
    make(f"/sessions/{secret}/stop")
    return {
        "project": project,
        "empty": empty,
        "full": full,
        "first": first,
        "second": second,
        "free": free,
        "above": above,
        "below": task("Below", parentId=above),
        "session": session(first, second),
        "new": session(first, status="spawning"),
        "queue": queue,
        "busy": busy,
        "tried": tried,
        "claim": claim,
        "over": over,
        "done": done,
        "asking": asking,
        "parent": parent,
        "secret": secret,
    }

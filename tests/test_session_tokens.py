"""What the token of a session's process may do, over all routes: a table."""

from collections.abc import Callable
from typing import Any

import pytest

from access_app.tokens import session_token
from conftest import Answer, Api, Clock

pytestmark = pytest.mark.usefixtures("records")


class Scene:
    """Two projects; in the first an orchestrator with a worker, and a session of nobody's."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.project = self._project("Ours")
        self.task = self._task(self.project, "Epic")
        self.part = self._task(self.project, "Part")
        self.orchestrator = self._spawn(self.task, role="orchestrator")
        self.worker = self._spawn(
            self.part, spawnSource="session", sessionId=self.orchestrator, strategy="queue"
        )
        self.sibling = self._spawn(self.part, spawnSource="session", sessionId=self.orchestrator)
        other = self._project("Theirs")
        self.other_project = other
        self.other_task = self._task(other, "Secret")
        self.other_session = self._spawn(self.other_task, projectId=other)

    def _project(self, name: str) -> str:
        return str(self.api.post("/projects", {"name": name, "workingDir": "/tmp"}).body["id"])

    def _task(self, project_id: str, title: str) -> str:
        return str(self.api.post("/tasks", {"projectId": project_id, "title": title}).body["id"])

    def _spawn(self, task_id: str, **more: Any) -> str:
        body = {"projectId": self.project, "taskIds": [task_id], **more}
        answer = self.api.post("/sessions/spawn", body)
        assert answer.status == 201, answer
        session_id = str(answer.body["sessionId"])
        self.api.patch(f"/sessions/{session_id}", {"status": "idle"})
        return session_id

    def by(self, session_id: str, method: str, path: str, body: Any = None) -> Answer:
        token = session_token(session_id)
        return self.api.send(method, path, body, headers={"authorization": f"Bearer {token}"})


@pytest.fixture
def scene(api: Api) -> Scene:
    return Scene(api)


Call = tuple[str, Callable[[Scene], str], Callable[[Scene], Any]]


def call(method: str, path: str, body: Callable[[Scene], Any] = lambda _: None) -> Call:
    """`path` names the scene's records in braces."""
    return method, lambda scene: path.format(**vars(scene)), body


WORKER_MAY = [
    call("GET", "/projects/{project}"),
    call("GET", "/tasks/{task}"),
    call("GET", "/tasks?projectId={project}"),
    call("GET", "/sessions/{worker}"),
    call("GET", "/sessions/{worker}/timeline"),
    call("GET", "/sessions/{worker}/queue"),
    call("GET", "/launcher"),
    call("PATCH", "/sessions/{worker}", lambda _: {"status": "working"}),
    call("POST", "/sessions/{worker}/timeline", lambda _: {"message": "on it"}),
    call("POST", "/sessions/{worker}/events", lambda _: {"type": "read", "data": {}}),
    call("POST", "/sessions/{worker}/queue/next", lambda _: {}),
    call("POST", "/tasks", lambda scene: {"projectId": scene.project, "title": "Found on the way"}),
    call(
        "PATCH",
        "/tasks/{part}",
        lambda scene: {
            "sessionStatus": "blocked",
            "updateSource": "session",
            "sessionId": scene.worker,
        },
    ),
    call(
        "POST",
        "/sessions/spawn",
        lambda scene: {
            "projectId": scene.project,
            "taskIds": [scene.part],
            "spawnSource": "session",
            "sessionId": scene.worker,
        },
    ),
    call("POST", "/sessions/{worker}/stop", lambda _: {}),
]

WORKER_MAY_NOT = [
    call("GET", "/projects/{other_project}"),
    call("GET", "/tasks/{other_task}"),
    call("GET", "/sessions/{other_session}"),
    call("GET", "/sessions/{other_session}/timeline"),
    call("GET", "/sessions/{other_session}/hierarchy"),
    call("GET", "/sessions/{other_session}/children"),
    call("POST", "/projects", lambda _: {"name": "Mine", "workingDir": "/tmp"}),
    call("PATCH", "/projects/{project}", lambda _: {"name": "Mine"}),
    call("DELETE", "/projects/{project}"),
    call("PATCH", "/tasks/{part}", lambda _: {"title": "Mine"}),
    call("PATCH", "/tasks/{part}", lambda _: {"status": "completed"}),
    call("DELETE", "/tasks/{part}"),
    call("POST", "/tasks", lambda scene: {"projectId": scene.other_project, "title": "Smuggled"}),
    call(
        "PATCH",
        "/tasks/{task}",
        lambda scene: {"sessionStatus": "completed", "sessionId": scene.worker},
    ),
    call(
        "PATCH",
        "/tasks/{part}",
        lambda scene: {"sessionStatus": "completed", "sessionId": scene.sibling},
    ),
    call("POST", "/sessions", lambda scene: {"projectId": scene.project, "name": "Mine"}),
    call("PATCH", "/sessions/{sibling}", lambda _: {"status": "completed"}),
    call("PATCH", "/sessions/{orchestrator}", lambda _: {"name": "Mine"}),
    call("DELETE", "/sessions/{worker}"),
    call("POST", "/sessions/{orchestrator}/timeline", lambda _: {"message": "not me"}),
    call("POST", "/sessions/{sibling}/events", lambda _: {"type": "x", "data": {}}),
    call("POST", "/sessions/{sibling}/tasks/{task}", lambda _: {}),
    call("POST", "/sessions/{worker}/tasks/{other_task}", lambda _: {}),
    call("PATCH", "/sessions/{worker}", lambda scene: {"taskIds": [scene.other_task]}),
    call("POST", "/sessions/{worker}/queue/push", lambda scene: {"taskId": scene.other_task}),
    call(
        "POST",
        "/sessions/spawn",
        lambda scene: {
            "projectId": scene.project,
            "taskIds": [scene.other_task],
            "spawnSource": "session",
            "sessionId": scene.worker,
        },
    ),
    call("POST", "/sessions/{orchestrator}/input", lambda _: {"text": "yes"}),
    call("POST", "/sessions/{orchestrator}/stop", lambda _: {}),
    call("POST", "/sessions/{sibling}/stop", lambda _: {}),
    call("POST", "/sessions/{worker}/resume", lambda _: {}),
    call("POST", "/sessions/stop-all", lambda _: {}),
    call("PATCH", "/launcher", lambda _: {"paused": True}),
    call(
        "POST",
        "/sessions/spawn",
        lambda scene: {"projectId": scene.project, "taskIds": [scene.part]},
    ),
    call(
        "POST",
        "/sessions/spawn",
        lambda scene: {
            "projectId": scene.project,
            "taskIds": [scene.part],
            "spawnSource": "session",
            "sessionId": scene.orchestrator,
        },
    ),
]


@pytest.mark.parametrize("allowed", WORKER_MAY, ids=lambda c: c[0])
def test_a_worker_may(scene: Scene, allowed: Call) -> None:
    method, path, body = allowed
    answer = scene.by(scene.worker, method, path(scene), body(scene))
    assert answer.status in (200, 201), (path(scene), answer)


@pytest.mark.parametrize("refused", WORKER_MAY_NOT, ids=lambda c: c[0])
def test_a_worker_may_not(scene: Scene, refused: Call) -> None:
    method, path, body = refused
    answer = scene.by(scene.worker, method, path(scene), body(scene))
    assert (answer.status, answer.code) == (403, "forbidden"), path(scene)


def test_lists_hold_only_what_the_session_may_read(scene: Scene) -> None:
    projects = scene.by(scene.worker, "GET", "/projects").body
    tasks = scene.by(scene.worker, "GET", "/tasks").body
    sessions = scene.by(scene.worker, "GET", "/sessions").body

    assert [project["id"] for project in projects] == [scene.project]
    assert scene.other_task not in {task["id"] for task in tasks}
    assert {session["projectId"] for session in sessions} == {scene.project}


def test_the_line_is_told_without_other_projects_sessions(scene: Scene) -> None:
    own = scene._spawn(scene.part, agent="shell")
    foreign = scene._spawn(scene.other_task, projectId=scene.other_project, agent="shell")
    assert set(scene.api.get("/launcher").body["waiting"]) == {own, foreign}
    assert scene.by(scene.worker, "GET", "/launcher").body["waiting"] == [own]


def test_an_orchestrator_edits_the_tasks_of_its_project_and_stops_what_it_spawned(
    scene: Scene,
) -> None:
    edited = scene.by(scene.orchestrator, "PATCH", f"/tasks/{scene.part}", {"title": "Sharper"})
    foreign = scene.by(scene.orchestrator, "PATCH", f"/tasks/{scene.other_task}", {"title": "No"})
    stopped = scene.by(scene.orchestrator, "POST", f"/sessions/{scene.worker}/stop", {})

    assert edited.body["title"] == "Sharper"
    assert foreign.status == 403
    assert stopped.body == {"stopped": [scene.worker]}


def test_after_its_end_a_session_reads_and_reports_for_a_day_and_no_more(
    clock: Clock, scene: Scene
) -> None:
    scene.api.post(f"/sessions/{scene.worker}/stop", {})
    path = f"/sessions/{scene.worker}"

    late = scene.by(scene.worker, "POST", f"{path}/timeline", {"message": "one more thing"})
    again = scene.by(scene.worker, "PATCH", path, {"status": "completed"})
    creates = scene.by(
        scene.worker, "POST", "/tasks", {"projectId": scene.project, "title": "Late"}
    )
    assert late.body["metadata"]["late"] is True
    assert again.body["status"] == "stopped"
    assert creates.status == 403
    for change in ("remove", "requeue"):
        queue = scene.by(scene.worker, "POST", f"{path}/queue/{change}", {"taskId": scene.part})
        assert (queue.status, queue.code) == (403, "forbidden"), change

    clock.forward(s=24 * 3600 + 1)
    assert scene.by(scene.worker, "GET", path).status == 403


def test_a_made_up_token_is_nobody(api: Api) -> None:
    answer = api.send("GET", "/projects", headers={"authorization": "Bearer made-up"})
    assert (answer.status, answer.code) == (401, "unauthenticated")

"""The seed's timing charts, replayed through the API on a clock that is moved."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from charts_app.score import draw_score
from charts_app.session_chart import draw_session
from conftest import Api, Clock
from sessions_app.row_types import Outcome, SessionRows
from sessions_app.rows import build_rows
from sessions_app.tree_rows import SessionNode, build_tree_rows
from tests.records import timeline_of, types_of

SCENARIOS = json.loads((Path(__file__).parent / "data" / "seed-scenarios.json").read_text())


class Replay:
    """One scenario's session, and what each of its steps asks of the API."""

    def __init__(self, api: Api, scenario: dict[str, Any]) -> None:
        self.api = api
        self.wanted = scenario["session"]
        project = {"name": "Seed", "workingDir": "/srv/seed"}
        self.project_id = api.post("/projects", project).body["id"]
        self.task_ids = [
            api.post("/tasks", {"projectId": self.project_id, "title": title}).body["id"]
            for title in self.wanted["tasks"]
        ]
        self.session_id = ""

    def do(self, step: dict[str, Any]) -> Any:
        return getattr(self, step["do"])(step)

    def spawn(self, step: dict[str, Any]) -> None:
        body = {
            "projectId": self.project_id,
            "taskIds": self.task_ids,
            "sessionName": self.wanted["name"],
            "role": self.wanted["role"],
            "strategy": self.wanted["strategy"],
            "spawnSource": "ui",
        }
        answer = self.api.post("/sessions/spawn", body)
        assert answer.status == 201
        self.session_id = answer.body["sessionId"]

    def register(self, step: dict[str, Any]) -> None:
        self._patch("idle")

    def complete(self, step: dict[str, Any]) -> None:
        self._patch("completed")

    def _patch(self, status: str) -> None:
        assert self.api.patch(f"/sessions/{self.session_id}", {"status": status}).status == 200

    def event(self, step: dict[str, Any]) -> None:
        event = {"type": step["type"], "message": step.get("message", step["type"])}
        if "task" in step:
            event["taskId"] = self.task_ids[step["task"]]
        if "metadata" in step:
            event["metadata"] = step["metadata"]
        assert self.api.post(f"/sessions/{self.session_id}/timeline", event).status == 201

    def queue_next(self, step: dict[str, Any]) -> None:
        answer = self.api.post(f"/sessions/{self.session_id}/queue/next")
        assert answer.body["item"]["taskId"] == self.task_ids[step["expect_task"]]
        assert answer.body["task"]["id"] == self.task_ids[step["expect_task"]]

    def queue_complete(self, step: dict[str, Any]) -> None:
        assert self.api.post(f"/sessions/{self.session_id}/queue/complete").status == 200

    def status(self) -> str:
        return str(self.api.get(f"/sessions/{self.session_id}").body["status"])

    def last_duration_ms(self) -> int:
        ended = [e for e in timeline_of(self.session_id) if e["type"] == "task_completed"]
        return int(ended[-1]["metadata"]["duration"])


@pytest.mark.parametrize("name", ["worker_session", "queue_session"])
@pytest.mark.parametrize("speed", [1, 30])
def test_a_scenario_gives_its_statuses_durations_and_events(
    api: Api, clock: Clock, name: str, speed: int
) -> None:
    scenario = SCENARIOS[name]
    replay = Replay(api, scenario)
    for step in scenario["steps"]:
        clock.set(s=step["t"] / speed)
        replay.do(step)
        if "expect_status" in step:
            assert (step["t"], replay.status()) == (step["t"], step["expect_status"])
        if "expect_duration_ms" in step:
            assert replay.last_duration_ms() == pytest.approx(
                step["expect_duration_ms"] / speed, abs=2
            )
    assert types_of(replay.session_id) == scenario["expect_types"]


def test_a_finished_queue_has_four_completed_items_and_a_completed_session(
    api: Api, clock: Clock
) -> None:
    scenario = SCENARIOS["queue_session"]
    replay = Replay(api, scenario)
    for step in scenario["steps"]:
        clock.set(s=step["t"])
        replay.do(step)
    found = api.get(f"/sessions/{replay.session_id}/queue").body
    assert found["stats"] == {
        "total": 4,
        "queued": 0,
        "processing": 0,
        "completed": 4,
        "failed": 0,
        "skipped": 0,
    }
    assert found["queue"]["currentIndex"] == -1
    assert replay.status() == "completed"


@pytest.mark.parametrize("name", ["simple", "queue", "with_progress"])
def test_each_density_example_is_a_timeline_that_the_api_accepts(
    api: Api, clock: Clock, name: str
) -> None:
    steps: list[tuple[float, str]] = SCENARIOS["density"][name]
    replay = Replay(api, SCENARIOS["worker_session"])
    replay.spawn({})
    task = -1
    for t, event_type in steps[1:-1]:
        clock.set(s=t)
        task += event_type == "task_started"
        # The third task of the example is not this session's: it is kept all the same.
        known = {"task": task} if task < len(replay.task_ids) else {}
        replay.event({"type": event_type, **known})
    clock.set(s=steps[-1][0])
    replay.complete({})
    assert types_of(replay.session_id) == [event_type for _, event_type in steps]


def rows_of(replay: Replay, now_ms: int) -> SessionRows:
    """The row model made from nothing but what the API gives."""
    session = replay.api.get(f"/sessions/{replay.session_id}").body
    has_queue = session["strategy"] == "queue"
    queue = replay.api.get(f"/sessions/{replay.session_id}/queue").body if has_queue else {}
    titles = dict(zip(replay.task_ids, replay.wanted["tasks"], strict=True))
    return build_rows(session, titles=titles, queue=queue.get("queue"), now_ms=now_ms)


@pytest.mark.parametrize(
    ("name", "durations_s"),
    [("worker_session", [45, 30]), ("queue_session", [30, 25, 20, 15])],
)
def test_a_scenario_draws_its_rows(
    api: Api, clock: Clock, name: str, durations_s: list[int]
) -> None:
    scenario = SCENARIOS[name]
    replay = Replay(api, scenario)
    for step in scenario["steps"]:
        clock.set(s=step["t"])
        replay.do(step)

    rows = rows_of(replay, clock.now_ms)
    assert [lane.title for lane in rows.tasks] == scenario["session"]["tasks"]
    assert [lane.duration_ms for lane in rows.tasks] == [s * 1000 for s in durations_s]
    assert {bar.outcome for lane in rows.tasks for bar in lane.bars} == {Outcome.COMPLETED}
    assert (rows.queue is not None) is (name == "queue_session")
    chart = draw_session(rows, width=1000, now_ms=clock.now_ms)
    titles = [label.title for label in chart.lanes]
    assert titles[0] == "Lifecycle"
    assert [title for title in titles if title in scenario["session"]["tasks"]] == [
        lane.title for lane in rows.tasks
    ]


def test_the_workers_error_is_drawn_until_it_recovered(api: Api, clock: Clock) -> None:
    scenario = SCENARIOS["worker_session"]
    replay = Replay(api, scenario)
    for step in scenario["steps"]:
        clock.set(s=step["t"])
        replay.do(step)

    _, second = rows_of(replay, clock.now_ms).tasks
    (recovery,) = second.recoveries
    assert recovery.end_ms is not None
    assert recovery.end_ms - recovery.start_ms == 6000
    first, _ = rows_of(replay, clock.now_ms).tasks
    fractions = [mark.fraction for mark in first.marks if mark.type == "progress"]
    assert fractions == [0.25, 0.5, 0.75]


class OrchestraReplay:
    """The scenario `orchestrator`: four sessions, one step after the other."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self.api = api
        self.clock = clock
        self.scenario = SCENARIOS["orchestrator"]
        project = {"name": "Seed", "workingDir": "/srv/seed"}
        self.project_id = api.post("/projects", project).body["id"]
        self.ids: dict[str, str] = {}
        self.tasks: dict[str, str] = {}

    def run(self) -> None:
        for t, do in sorted(self._steps(), key=lambda step: step[0]):
            self.clock.set(s=t)
            do()

    def _steps(self) -> list[tuple[float, Callable[[], None]]]:
        sessions = self.scenario["sessions"]
        steps: list[tuple[float, Callable[[], None]]] = [
            (sessions["O"]["from"], partial(self._spawn, "O")),
            (5, partial(self._patch, "O", "working")),
            (sessions["O"]["to"], partial(self._patch, "O", "completed")),
        ]
        for event in self.scenario["posted_by_the_orchestrator"]:
            steps.append((event["t"], partial(self._event, "O", event)))
        for key in ("W1", "W2", "W3"):
            begins, ends = sessions[key]["works"]
            steps += [
                (sessions[key]["spawned"], partial(self._spawn, key)),
                (begins, partial(self._task, key, "task_started")),
                (ends, partial(self._task, key, "task_completed")),
                (ends, partial(self._patch, key, "completed")),
            ]
        return steps

    def _spawn(self, key: str) -> None:
        session = self.scenario["sessions"][key]
        task = {"projectId": self.project_id, "title": session["name"]}
        self.tasks[key] = self.api.post("/tasks", task).body["id"]
        body = {
            "projectId": self.project_id,
            "taskIds": [self.tasks[key]],
            "sessionName": session["name"],
            "role": session.get("role", "worker"),
        }
        if "parent" in session:
            body |= {"spawnSource": "session", "sessionId": self.ids[session["parent"]]}
        answer = self.api.post("/sessions/spawn", body)
        assert answer.status == 201, answer
        self.ids[key] = answer.body["sessionId"]

    def _patch(self, key: str, status: str) -> None:
        answer = self.api.patch(f"/sessions/{self.ids[key]}", {"status": status})
        assert answer.status == 200, answer

    def _event(self, key: str, event: dict[str, Any]) -> None:
        body = {name: event[name] for name in ("type", "message", "metadata")}
        assert self.api.post(f"/sessions/{self.ids[key]}/timeline", body).status == 201

    def _task(self, key: str, event_type: str) -> None:
        body = {"type": event_type, "taskId": self.tasks[key]}
        assert self.api.post(f"/sessions/{self.ids[key]}/timeline", body).status == 201

    def node(self, key: str) -> SessionNode:
        document = self.api.get(f"/sessions/{self.ids[key]}").body
        children = tuple(map(self.node, ("W1", "W2", "W3"))) if key == "O" else ()
        titles = {self.tasks[key]: self.scenario["sessions"][key]["name"]}
        return SessionNode(document, titles, None, children)


def test_the_orchestrators_score_is_the_seeds_picture(api: Api, clock: Clock) -> None:
    replay = OrchestraReplay(api, clock)
    began = clock.now_ms
    replay.run()

    written = [
        {"t": (event["timestamp"] - began) / 1000, "type": "progress", "message": event["message"]}
        for event in timeline_of(replay.ids["O"])
        if "childSessionId" in event.get("metadata", {})
    ]
    assert written == replay.scenario["written_by_the_server"]
    tree = build_tree_rows(replay.node("O"), now_ms=clock.now_ms)
    assert [group.name for group in tree.groups] == [
        "Orchestrator",
        "Backend Worker",
        "Frontend Worker",
        "Test Worker",
    ]
    assert {group.rows.status for group in tree.groups} == {"completed"}
    assert [(link.at_ms - began) / 1000 for link in tree.spawns] == [15, 17, 19]
    assert [(link.ended_ms - began) / 1000 for link in tree.ends] == [58, 75, 82]
    phases = [phase.name for phase in tree.groups[0].rows.lifecycle.phases]
    assert phases == ["Planning", "Spawning", "Monitor Workers"]
    score = draw_score(tree, width=1000, now_ms=clock.now_ms)
    assert [label.title for label in score.lanes][:1] == ["Orchestrator"]
    hierarchy = api.get(f"/sessions/{replay.ids['O']}/hierarchy").body
    children = [child["session"]["name"] for child in hierarchy["children"]]
    assert children == ["Backend Worker", "Frontend Worker", "Test Worker"]

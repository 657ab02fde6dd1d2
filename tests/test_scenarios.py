"""The seed's timing charts, replayed through the API on a clock that is moved."""

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import Api, Clock
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

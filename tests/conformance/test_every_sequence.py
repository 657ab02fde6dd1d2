"""Whatever is called in whatever order, a session stays within the tables of its states."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from conftest import Answer, Api
from sessions_app.models import Session
from tasks_app.models import TaskSession

# The state machine as it is promised, written down once more.
MOVES = {
    (None, "spawning"),
    *(("spawning", to) for to in ("idle", "working", "failed", "stopped")),
    *(("idle", to) for to in ("working", "completed", "failed", "stopped")),
    *(("working", to) for to in ("idle", "completed", "failed", "stopped")),
}
FINAL = {"completed", "failed", "stopped"}
WORDS = (*FINAL, "spawning", "idle", "working", "running", "needs-user-input")
TASK_WORDS = ("queued", "working", "needs_input", "blocked", "completed", "failed", "skipped")
TYPES = (
    *(f"task_{what}" for what in ("started", "completed", "failed", "skipped", "blocked")),
    *("needs_input", "progress", "error", "milestone"),
)
ENDS = ("complete", "fail", "skip")
REFUSED = {
    *("already_answered", "already_processing", "already_queued", "invalid_transition"),
    *("not_processing", "session_is_final", "task_in_process", "task_not_found"),
    *("validation_error", "not_a_queue_session"),
}


class Case:
    """A session over three of four tasks, the second of which waits for the first."""

    def __init__(self, api: Api, strategy: str, keep_open: bool) -> None:
        self.api = api
        project = api.post("/projects", {"name": "P", "workingDir": "/srv"}).body["id"]
        self.tasks: list[str] = []
        for title in ("One", "Two", "Three", "Four"):
            after = self.tasks[:1] if title == "Two" else []
            body = {"projectId": project, "title": title, "dependencies": after}
            self.tasks.append(api.post("/tasks", body).body["id"])
        body = {"projectId": project, "taskIds": self.tasks[:3], "strategy": strategy}
        self.id = api.post("/sessions", {**body, "keepOpen": keep_open}).body["id"]
        self.path = f"/sessions/{self.id}"
        self.claims = ["none"]

    def task(self, number: int) -> str:
        return self.tasks[number % len(self.tasks)]

    def patch_status(self, number: int) -> Answer:
        return self.api.patch(self.path, {"status": WORDS[number % len(WORDS)]})

    def patch_tasks(self, number: int) -> Answer:
        kept = [task for place, task in enumerate(self.tasks) if number >> place & 1]
        return self.api.patch(self.path, {"taskIds": kept})

    def patch_with_event(self, number: int) -> Answer:
        body = {"timeline": [self._event(number)], "status": WORDS[number // 7 % len(WORDS)]}
        return self.api.patch(self.path, body)

    def post_event(self, number: int) -> Answer:
        return self.api.post(f"{self.path}/timeline", self._event(number))

    def post_event_twice(self, number: int) -> Answer:
        event = {**self._event(number), "id": f"evt_{number}"}
        return self.api.post(f"{self.path}/timeline", [event, event])

    def _event(self, number: int) -> dict[str, Any]:
        about = {} if number % 5 == 0 else {"taskId": self.task(number // 5)}
        return {"type": TYPES[number % len(TYPES)], "message": f"event {number}", **about}

    def say_task_status(self, number: int) -> Answer:
        body = {"sessionStatus": TASK_WORDS[number % len(TASK_WORDS)], "sessionId": self.id}
        return self.api.patch(f"/tasks/{self.task(number // 7)}", body)

    def answer(self, number: int) -> Answer:
        return self.api.post(f"{self.path}/input", {"text": f"answer {number}"})

    def take(self, number: int) -> Answer:
        answer = self.api.post(f"{self.path}/queue/{('next', 'start')[number % 2]}")
        if answer.status == 200 and answer.body["item"]:
            self.claims.append(answer.body["item"]["claimId"])
        return answer

    def end_item(self, number: int) -> Answer:
        claim = {"claimId": self.claims[number % len(self.claims)]} if number % 2 else {}
        return self.api.post(f"{self.path}/queue/{ENDS[number % 3]}", claim)

    def change_queue(self, number: int) -> Answer:
        what = ("push", "remove", "requeue")[number % 3]
        return self.api.post(f"{self.path}/queue/{what}", {"taskId": self.task(number // 3)})

    def change_tasks(self, number: int) -> Answer:
        method = ("POST", "DELETE")[number % 2]
        return self.api.send(method, f"{self.path}/tasks/{self.task(number // 2)}")

    def stop(self, number: int) -> Answer:
        return self.api.post(f"{self.path}/stop", {"cascade": bool(number % 2)})

    def check(self) -> None:
        seen = self.api.get(self.path).body
        _check_moves(seen)
        _check_timeline(seen)
        links = TaskSession.objects.filter(session_id=self.id, place_in_session__isnull=False)
        statuses = [link.status for link in links]
        opened = {link.task_id for link in links if link.attempt_started_at is not None}
        if seen["status"] in FINAL:
            assert not opened
            assert seen["needsInput"] is None
            assert not {"working", "queued", "needs_input"} & set(statuses)
        if seen["strategy"] == "queue":
            self._check_queue(seen, opened)
        else:
            assert not opened or seen["status"] == "working" or _was_told_otherwise(seen)

    def _check_queue(self, seen: dict[str, Any], opened: set[str]) -> None:
        queue = self.api.get(f"{self.path}/queue").body
        items = queue["queue"]["items"]
        begun = [item["taskId"] for item in items if item["status"] == "processing"]
        assert len(begun) <= 1
        assert set(begun) == opened
        assert {item["taskId"] for item in items} == set(seen["taskIds"])
        assert queue["stats"]["total"] == len(items)
        if seen["status"] in FINAL:
            assert not begun


def _check_moves(seen: dict[str, Any]) -> None:
    moves = [(move["from"], move["to"]) for move in seen["transitions"] if "to" in move]
    assert set(moves) <= MOVES
    assert [before for before, _ in moves[1:]] == [after for _, after in moves[:-1]]
    assert moves[-1][1] == seen["status"]


def _check_timeline(seen: dict[str, Any]) -> None:
    events = seen["timeline"]
    types = [event["type"] for event in events]
    times = [event["timestamp"] for event in events]
    late = [bool(event.get("metadata", {}).get("late")) for event in events]
    assert times == sorted(times)
    assert len({event["id"] for event in events}) == len(events)
    assert types.index("session_started") == 0
    assert types.count("session_started") == 1
    assert types.count("session_stopped") == (seen["status"] in FINAL)
    if "session_stopped" in types:
        end = types.index("session_stopped")
        assert all(late[end + 1 :])
        assert not any(late[:end])


def _was_told_otherwise(seen: dict[str, Any]) -> bool:
    """A client may say idle while an attempt is open."""
    moves = [move for move in seen["transitions"] if "to" in move]
    return moves[-1]["to"] == "idle" and not moves[-1]["why"]


STEPS: dict[str, Callable[[Case, int], Answer]] = {
    step.__name__: step
    for step in (
        Case.patch_status,
        Case.patch_tasks,
        Case.patch_with_event,
        Case.post_event,
        Case.post_event_twice,
        Case.say_task_status,
        Case.answer,
        Case.take,
        Case.end_item,
        Case.change_queue,
        Case.change_tasks,
        Case.stop,
    )
}
SEQUENCES = st.lists(
    st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 255)), min_size=3, max_size=12
)
SHORT = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # a sequence is short enough to be read as it is
    suppress_health_check=list(HealthCheck),
)


def run(api: Api, strategy: str, keep_open: bool, steps: list[tuple[str, int]]) -> None:
    case = Case(api, strategy, keep_open)
    for name, number in steps:
        before = Session.objects.get(pk=case.id).status
        answer = STEPS[name](case, number)
        if answer.status >= 400:
            assert answer.code in REFUSED, (name, answer.body)
            assert Session.objects.get(pk=case.id).status == before
        if before in FINAL:
            assert Session.objects.get(pk=case.id).status == before
        case.check()


@SHORT
@given(strategy=st.sampled_from(["simple", "queue"]), keep_open=st.booleans(), steps=SEQUENCES)
def test_no_sequence_of_calls_leaves_the_tables(
    api: Api, strategy: str, keep_open: bool, steps: list[tuple[str, int]]
) -> None:
    run(api, strategy, keep_open, steps)


@pytest.mark.soak
@settings(SHORT, max_examples=3000, derandomize=False)
@given(strategy=st.sampled_from(["simple", "queue"]), keep_open=st.booleans(), steps=SEQUENCES)
def test_no_long_run_of_calls_leaves_the_tables(
    api: Api, strategy: str, keep_open: bool, steps: list[tuple[str, int]]
) -> None:
    run(api, strategy, keep_open, steps)

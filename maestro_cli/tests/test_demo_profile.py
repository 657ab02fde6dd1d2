"""The demo profile, run as the launcher runs it, and its plan against the seed's rhythm."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest

from maestro_cli.profiles.demo_plan import PLAN, Problem, Progress, Question, WorkerPlan
from maestro_cli.profiles.demo_worker import ANSWER_ONESELF_AFTER_S, BETWEEN_TASKS_S
from maestro_cli.tests.conftest import LAUNCHER
from maestro_cli.tests.standin import Answer, Request, SessionStandIn, refusal

Environ = Callable[..., dict[str, str]]
BASE = "/api/sessions/ses_x"
BACKEND, FRONTEND, TEST = PLAN


class OrchestratorStandIn(SessionStandIn):
    """The session of an epic; each look at the children finds one more of them ended."""

    def __init__(self, *, last_child: str = "completed") -> None:
        super().__init__({"epic": None})
        self.children: list[dict[str, Any]] = []
        self._last_child = last_child
        self.on("GET", BASE, lambda _: (200, {"id": "ses_x", "status": self.status}))
        self.on("GET", BASE + "/children", self._look_at_children)
        self.on("POST", "/api/tasks", self._create_task)
        self.on("POST", "/api/sessions/spawn", self._spawn)

    def _create_task(self, request: Request) -> Answer:
        task_id = f"tsk_{len(self.asked('POST', '/api/tasks'))}"
        self.on("PATCH", f"/api/tasks/{task_id}", {"id": task_id})
        return 201, {"id": task_id, **request.body}

    def _spawn(self, request: Request) -> Answer:
        name = request.body["sessionName"]
        self.children.append({"id": f"ses_{name}", "name": name, "status": "working"})
        return 201, {"sessionId": f"ses_{name}"}

    def _look_at_children(self, _: Request) -> Answer:
        answer = [dict(child) for child in self.children]
        live = [child for child in self.children if child["status"] == "working"]
        if live:
            live[0]["status"] = "completed" if len(live) > 1 else self._last_child
        return 200, answer


def agent(environ: dict[str, str], role: str, speed: str = "1000") -> subprocess.Popen[str]:
    own = {"MAESTRO_AGENT_PROFILE": "demo", "MAESTRO_ROLE": role, "MAESTRO_PROJECT_ID": "prj_x"}
    return subprocess.Popen(
        [LAUNCHER, "agent", "run"],
        env={**environ, **own, "MAESTRO_DEMO_SPEED": speed},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def play(environ: dict[str, str], role: str, speed: str = "1000") -> tuple[int, str, str]:
    with agent(environ, role, speed) as process:
        out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def orchestrate(agent_environ: Environ, server: OrchestratorStandIn) -> tuple[int, str, str]:
    with server:
        return play(agent_environ(server, ["epic"], "simple"), "orchestrator")


def worker_standin(worker: WorkerPlan, *, answer: str | None = None) -> SessionStandIn:
    """A queue of the worker's tasks; with `answer`, a person answers every question at once."""
    ids = [f"tsk_{number}" for number, _ in enumerate(worker.tasks)]
    server = SessionStandIn(dict.fromkeys(ids))
    for task_id, task in zip(ids, worker.tasks):
        server.on("GET", f"/api/tasks/{task_id}", {"id": task_id, "title": task.title})

    def answers(request: Request) -> Answer:
        metadata = {"answer": answer, "answerTo": request.query["after"]}
        return 200, {"events": [{"id": "evt_a", "metadata": metadata}] if answer else []}

    server.on("GET", BASE + "/timeline", answers)
    return server


def do_queue(agent_environ: Environ, server: SessionStandIn) -> tuple[int, str, str]:
    with server:
        ids = [str(item["taskId"]) for item in server.items]
        return play(agent_environ(server, ids, "queue"), "worker")


def test_the_orchestrator_goes_through_its_phases_and_completes(agent_environ: Environ) -> None:
    server = OrchestratorStandIn()
    exit_code, out, err = orchestrate(agent_environ, server)
    assert (exit_code, err) == (0, "")
    told = [(e["type"], e["message"], e.get("metadata", {}).get("phase")) for e in server.events()]
    assert told == [
        ("task_started", "Started", None),
        ("milestone", "Planning", "Planning"),
        ("milestone", "Planning complete", "Spawning"),
        ("milestone", "Spawned 3 workers", "Monitor Workers"),
        ("milestone", "All workers done", "Wrap-up"),
        ("task_completed", "The new login is ready for review", None),
    ]
    assert server.status == "completed"
    assert "── Planning ──" in out
    assert "Test Worker completed" in out


def test_the_orchestrator_makes_each_workers_tasks_below_the_epic(agent_environ: Environ) -> None:
    server = OrchestratorStandIn()
    orchestrate(agent_environ, server)
    tasks = server.asked("POST", "/api/tasks")
    assert [task["title"] for task in tasks] == [t.title for w in PLAN for t in w.tasks]
    assert {(task["projectId"], task["parentId"]) for task in tasks} == {("prj_x", "epic")}
    assert [task["dependencies"] for task in tasks] == [
        *([], ["tsk_1"]),
        *([], ["tsk_3"]),
        *([], [], ["tsk_6"]),
    ]


def test_the_orchestrator_spawns_three_queues_at_its_own_speed(agent_environ: Environ) -> None:
    server = OrchestratorStandIn()
    orchestrate(agent_environ, server)
    spawned = server.asked("POST", "/api/sessions/spawn")
    assert [(body["sessionName"], body["taskIds"]) for body in spawned] == [
        ("Backend Worker", ["tsk_1", "tsk_2"]),
        ("Frontend Worker", ["tsk_3", "tsk_4"]),
        ("Test Worker", ["tsk_5", "tsk_6", "tsk_7"]),
    ]
    for body in spawned:
        assert (body["spawnSource"], body["sessionId"]) == ("session", "ses_x")
        assert (body["agent"], body["strategy"]) == ("demo", "queue")
        assert body["env"] == {"MAESTRO_DEMO_SPEED": "1000.0"}


def test_the_orchestrator_waits_until_the_last_worker_has_ended(agent_environ: Environ) -> None:
    server = OrchestratorStandIn()
    orchestrate(agent_environ, server)
    looks = [r for r in server.requests if r.path.endswith("/children")]
    done = next(
        r for r in server.requests if r.body and r.body.get("message") == "All workers done"
    )
    assert len(looks) == 4
    assert server.requests.index(looks[-1]) < server.requests.index(done)


def test_the_orchestrator_accepts_its_workers_tasks_and_not_the_epic(
    agent_environ: Environ,
) -> None:
    server = OrchestratorStandIn()
    orchestrate(agent_environ, server)
    accepted = [r.path for r in server.requests if r.body == {"status": "completed"}]
    assert accepted == [*(f"/api/tasks/tsk_{number}" for number in range(1, 8)), BASE]


@pytest.mark.parametrize("status", ["failed", "stopped"])
def test_a_worker_that_does_not_complete_fails_the_orchestrator(
    agent_environ: Environ, status: str
) -> None:
    server = OrchestratorStandIn(last_child=status)
    orchestrate(agent_environ, server)
    (error,) = server.events("error")
    (failed,) = server.events("task_failed")
    assert error["message"] == f"Test Worker {status}"
    assert (failed["taskId"], failed["metadata"]["error"]) == ("epic", f"Test Worker {status}")
    assert server.status == "failed"
    assert not server.events("task_completed")


@pytest.mark.parametrize("worker", PLAN, ids=lambda worker: worker.name)
def test_a_worker_completes_its_queue_with_the_plans_reports(
    agent_environ: Environ, worker: WorkerPlan
) -> None:
    server = worker_standin(worker)
    exit_code, out, err = do_queue(agent_environ, server)
    assert (exit_code, err) == (0, "")
    assert server.status == "completed"
    for number, task in enumerate(worker.tasks):
        own = [e for e in server.events("progress") if e["taskId"] == f"tsk_{number}"]
        told = [e["metadata"]["percent"] for e in own if "percent" in e["metadata"]]
        assert told == [step.percent for step in task.steps if isinstance(step, Progress)]
        assert f"Task {number + 1} of {len(worker.tasks)}: {task.title}" in out


def test_a_workers_error_is_followed_by_its_recovery(agent_environ: Environ) -> None:
    server = worker_standin(TEST)
    do_queue(agent_environ, server)
    events = server.events()
    (place,) = [place for place, event in enumerate(events) if event["type"] == "error"]
    error, recovery = events[place : place + 2]
    assert (recovery["type"], recovery["taskId"]) == ("progress", error["taskId"])


def test_a_question_that_nobody_answers_is_answered_by_the_worker(agent_environ: Environ) -> None:
    server = worker_standin(FRONTEND)
    do_queue(agent_environ, server)
    (question,) = server.events("needs_input")
    options = question["metadata"]["options"]
    answers = [e for e in server.events("progress") if "answer" in e.get("metadata", {})]
    assert [e["metadata"] for e in answers] == [{"answer": options[0], "answerTo": question["id"]}]
    looks = [r for r in server.requests if (r.method, r.path) == ("GET", BASE + "/timeline")]
    assert len(looks) == 20


def test_a_persons_answer_is_taken_at_once(agent_environ: Environ) -> None:
    server = worker_standin(FRONTEND, answer="7 days")
    do_queue(agent_environ, server)
    looks = [r for r in server.requests if (r.method, r.path) == ("GET", BASE + "/timeline")]
    assert len(looks) == 1
    assert "Going on with: 7 days" in [e["message"] for e in server.events("progress")]
    assert not [e for e in server.events("progress") if "answer" in e.get("metadata", {})]
    assert server.status == "completed"


def test_a_task_of_a_persons_own_is_played_too(agent_environ: Environ) -> None:
    with SessionStandIn({"mine": None}) as server:
        exit_code, _, _ = play(agent_environ(server, ["mine"], "simple"), "worker")
    assert exit_code == 0
    assert [e["type"] for e in server.events()] == [
        "task_started",
        *["progress"] * 3,
        "task_completed",
    ]
    assert server.status == "completed"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_worker_and_fails_its_item(
    agent_environ: Environ, number: signal.Signals
) -> None:
    with worker_standin(BACKEND) as server:
        environ = agent_environ(server, ["tsk_0", "tsk_1"], "queue")
        # So slow that only the signal can end it; the first task is claimed after 2.5 / 20 s.
        with agent(environ, "worker", speed="20") as process:
            wait_until(lambda: bool(server.asked("POST", BASE + "/queue/next")))
            process.send_signal(number)
            assert process.wait(timeout=15) == 128 + number
    (failure,) = server.asked("POST", BASE + "/queue/fail")
    assert (failure["taskId"], failure["reason"]) == ("tsk_0", f"stopped by {number.name}")
    assert not server.asked("POST", BASE + "/queue/complete")


def test_a_signal_ends_an_orchestrator_and_fails_its_task(agent_environ: Environ) -> None:
    with OrchestratorStandIn() as server:
        environ = agent_environ(server, ["epic"], "simple")
        with agent(environ, "orchestrator", speed="20") as process:
            wait_until(lambda: bool(server.events("milestone")))
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=15) == 128 + signal.SIGTERM
    (failed,) = server.events("task_failed")
    assert (failed["taskId"], failed["message"]) == ("epic", "stopped by SIGTERM")


def test_a_worker_whose_session_ended_meanwhile_exits_normally(agent_environ: Environ) -> None:
    server = worker_standin(BACKEND)
    server.on("PATCH", BASE, {"id": "ses_x"})
    server.status = "stopped"
    exit_code, _, err = do_queue(agent_environ, server)
    assert (exit_code, err) == (0, "")


def test_an_orchestrator_whose_session_ended_meanwhile_exits_normally(
    agent_environ: Environ,
) -> None:
    server = OrchestratorStandIn()
    server.on("PATCH", BASE, {"id": "ses_x"})
    server.status = "completed"
    server.on("POST", "/api/sessions/spawn", lambda _: refusal(403, "forbidden", "It is over."))
    exit_code, out, err = orchestrate(agent_environ, server)
    assert (exit_code, err) == (0, "")
    assert "has ended" in out


def test_a_refusal_while_the_session_lives_is_an_error(agent_environ: Environ) -> None:
    server = OrchestratorStandIn()
    server.on("POST", "/api/sessions/spawn", lambda _: refusal(409, "spawn_limit", "Too many."))
    exit_code, _, err = orchestrate(agent_environ, server)
    assert (exit_code, err) == (1, "maestro: Too many.\n")


@pytest.mark.parametrize("speed", ["0", "-1", "fast", "nan", "inf"])
def test_a_speed_that_is_none_is_refused_in_one_line(agent_environ: Environ, speed: str) -> None:
    with worker_standin(BACKEND) as server:
        exit_code, _, err = play(agent_environ(server, ["tsk_0"], "queue"), "worker", speed)
    assert exit_code == 2
    assert f"not {speed!r}" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("worker", "seconds"), [(BACKEND, 40), (FRONTEND, 55), (TEST, 60)], ids=lambda of: str(of)[:20]
)
def test_each_worker_takes_as_long_as_in_the_seed(worker: WorkerPlan, seconds: float) -> None:
    steps = [step for task in worker.tasks for step in task.steps]
    waits = ANSWER_ONESELF_AFTER_S * sum(isinstance(step, Question) for step in steps)
    between = BETWEEN_TASKS_S * (len(worker.tasks) - 1)
    ends = sum(task.last_s for task in worker.tasks)
    assert sum(step.after_s for step in steps) + ends + waits + between == seconds


def test_a_recovery_comes_six_seconds_after_its_problem() -> None:
    steps = [step for task in TEST.tasks for step in task.steps]
    (place,) = [place for place, step in enumerate(steps) if isinstance(step, Problem)]
    assert steps[place + 1].after_s == 6


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 15
    while not is_so():
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.02)

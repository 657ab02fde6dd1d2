"""The shell profile, run for real as the launcher runs it, over a queue and over a manifest."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ptyprocess
import pytest

from maestro_cli.client import Client
from maestro_cli.profiles.script import run_script
from maestro_cli.profiles.stop import Stop
from maestro_cli.tests.conftest import LAUNCHER
from maestro_cli.tests.standin import SessionStandIn

Environ = Callable[..., dict[str, str]]


def run_agent(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LAUNCHER, "agent", "run"],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )


def work_through(
    agent_environ: Environ, prompts: Mapping[str, str | None], strategy: str, **dependencies: Any
) -> tuple[SessionStandIn, subprocess.CompletedProcess[str]]:
    with SessionStandIn(prompts, waiting_on=dependencies) as server:
        return server, run_agent(agent_environ(server, list(prompts), strategy, **dependencies))


def endings(server: SessionStandIn, verb: str) -> list[Any]:
    return server.asked("POST", f"/api/sessions/ses_x/queue/{verb}")


def test_a_queue_is_worked_off_and_each_end_carries_its_claim(agent_environ: Environ) -> None:
    prompts = {"build": "echo hello; pwd", "test": "echo one; echo two >&2; exit 3"}
    server, run = work_through(agent_environ, prompts, "queue")
    assert run.returncode == 0
    assert endings(server, "complete") == [{"taskId": "build", "claimId": "claim_build"}]
    assert endings(server, "fail") == [
        {
            "taskId": "test",
            "claimId": "claim_test",
            "reason": "exit code 3: two",
            "metadata": {"exitCode": 3, "output": "one\ntwo"},
        }
    ]
    assert server.asked("PATCH", "/api/sessions/ses_x") == [{"status": "idle"}]


def test_the_terminal_shows_headers_commands_and_unchanged_output(agent_environ: Environ) -> None:
    prompts = {"build": "printf '\\033[1mbold\\033[0m\\n'; pwd", "test": "exit 3"}
    _, run = work_through(agent_environ, prompts, "queue")
    assert "── Task 1 of 2: Build ──\n$ printf" in run.stdout
    assert "\x1b[1mbold\x1b[0m\n" in run.stdout
    assert "/workplace\n" in run.stdout
    assert "── Task 2 of 2: Test ──\n$ exit 3\n" in run.stdout
    assert run.stderr == ""


def test_output_becomes_progress_with_the_first_and_the_last_line(agent_environ: Environ) -> None:
    prompt = "echo first; sleep 0.3; for i in 1 2 3 4; do echo line $i; done; printf 'the end'"
    server, _ = work_through(agent_environ, {"build": prompt}, "queue")
    events = server.events("progress")
    assert [event["taskId"] for event in events] == ["build"] * len(events)
    assert (events[0]["message"], events[0]["metadata"]) == ("first", {"lines": 1})
    assert (events[-1]["message"], events[-1]["metadata"]) == ("the end", {"lines": 6})
    assert len(events) < 6
    last = [r.path for r in server.requests if r.method == "POST"][-3:]
    assert [path.rsplit("/", 1)[1] for path in last] == ["timeline", "complete", "next"]


def test_the_simple_strategy_reports_each_task_and_ends_the_session(
    agent_environ: Environ,
) -> None:
    server, run = work_through(agent_environ, {"a": "true", "b": "echo no; exit 3"}, "simple")
    assert run.returncode == 0
    told = [(e["type"], e["taskId"]) for e in server.events() if e["type"] != "progress"]
    assert told == [
        ("task_started", "a"),
        ("task_completed", "a"),
        ("task_started", "b"),
        ("task_failed", "b"),
    ]
    (failure,) = server.events("task_failed")
    assert failure["metadata"] == {"error": "exit code 3: no", "exitCode": 3, "output": "no"}
    assert server.status == "failed"


def test_a_simple_session_without_failures_completes(agent_environ: Environ) -> None:
    server, _ = work_through(agent_environ, {"a": "true"}, "simple")
    assert server.status == "completed"


def test_simple_tasks_wait_for_what_they_need_and_are_skipped_after_a_failure(
    agent_environ: Environ,
) -> None:
    prompts = {"deploy": "true", "build": "false", "lint": "true"}
    server, _ = work_through(agent_environ, prompts, "simple", deploy=["build"])
    ends = [(e["type"], e["taskId"]) for e in server.events() if e["type"] != "task_started"]
    assert ends == [
        ("task_failed", "build"),
        ("task_skipped", "deploy"),
        ("task_completed", "lint"),
    ]


def test_a_queue_in_which_nothing_can_start_any_more_ends_as_failed(
    agent_environ: Environ,
) -> None:
    prompts = {"build": "false", "test": "true", "deploy": "true"}
    needs = {"test": ["build"], "deploy": ["test"]}
    server, run = work_through(agent_environ, prompts, "queue", **needs)
    assert run.returncode == 0
    assert server.status == "failed"
    assert "2 tasks wait" in server.events("error")[0]["message"]


def test_a_queue_that_is_kept_open_is_waited_at_for_what_is_pushed(
    agent_environ: Environ,
) -> None:
    prompts = {"build": "true", "later": "echo at last"}
    with SessionStandIn(prompts, pushed_later="later") as server:
        server.items = server.items[:1]
        run = run_agent(agent_environ(server, ["build"], "queue"))
    assert (run.returncode, run.stderr) == (0, "")
    assert "Waiting for more to do" in run.stdout
    assert [body["taskId"] for body in endings(server, "complete")] == ["build", "later"]
    nexts = [r.query for r in server.requests if r.path.endswith("/next")]
    assert [int(query.get("wait", 0)) > 0 for query in nexts] == [False, False, True, False]


def test_a_task_without_a_prompt_fails_with_a_reason(agent_environ: Environ) -> None:
    server, _ = work_through(agent_environ, {"build": None}, "queue")
    assert "no prompt" in endings(server, "fail")[0]["reason"]


def test_what_a_script_leaves_running_does_not_hold_up_its_end(
    agent_environ: Environ, tmp_path: Path
) -> None:
    over = tmp_path / "over"
    prompt = f"while [ ! -e {over} ]; do sleep 0.1; done & echo done"
    server, _ = work_through(agent_environ, {"build": prompt}, "queue")
    over.touch()
    assert endings(server, "complete")


def test_a_queue_that_ended_meanwhile_is_a_normal_exit(agent_environ: Environ) -> None:
    with SessionStandIn({"build": "true"}) as server:
        server.on("PATCH", "/api/sessions/ses_x", {"id": "ses_x"})
        server.status = "stopped"
        run = run_agent(agent_environ(server, ["build"], "queue"))
    assert (run.returncode, run.stderr) == (0, "")


def test_a_missing_working_directory_is_one_line(agent_environ: Environ, tmp_path: Path) -> None:
    with SessionStandIn({"build": "true"}) as server:
        environ = agent_environ(server, ["build"], "queue")
        (tmp_path / "workplace").rmdir()
        run = run_agent(environ)
    assert run.returncode == 2
    assert "workplace does not exist" in run.stderr
    assert run.stderr.count("\n") == 1


def test_a_script_reads_from_the_terminal(agent_environ: Environ) -> None:
    with SessionStandIn({"ask": "read answer; echo got $answer"}) as server:
        environ = agent_environ(server, ["ask"], "queue")
        agent = ptyprocess.PtyProcess.spawn([str(LAUNCHER), "agent", "run"], env=environ)
        agent.write(b"hello\n")
        wait_until(lambda: bool(endings(server, "complete")))
        assert agent.wait() == 0
    assert server.events("progress")[-1]["message"] == "got hello"


def test_a_script_hears_that_its_terminal_has_another_size(agent_environ: Environ) -> None:
    prompt = "trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.05; done"
    with SessionStandIn({"draw": prompt}) as server:
        environ = agent_environ(server, ["draw"], "queue")
        agent = ptyprocess.PtyProcess.spawn([str(LAUNCHER), "agent", "run"], env=environ)
        wait_until(lambda: bool(server.events("progress")))
        agent.setwinsize(20, 60)
        wait_until(lambda: bool(endings(server, "complete")))
        assert agent.wait() == 0
    assert server.events("progress")[-1]["message"] == "20 60"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_and_fails_its_item(
    agent_environ: Environ, tmp_path: Path, number: signal.Signals
) -> None:
    mark = tmp_path / "stopped"
    prompt = f"trap 'touch {mark}; exit 0' INT TERM; echo ready; while :; do sleep 0.05; done"
    with SessionStandIn({"build": prompt, "test": "true"}) as server:
        environ = agent_environ(server, ["build", "test"], "queue")
        agent = subprocess.Popen([LAUNCHER, "agent", "run"], env=environ, stdout=subprocess.DEVNULL)
        try:
            wait_until(lambda: bool(server.events("progress")))
            agent.send_signal(number)
            assert agent.wait(timeout=15) == 128 + number
        finally:
            agent.kill()
    assert mark.exists()
    (failure,) = endings(server, "fail")
    assert failure["reason"] == f"stopped by {number.name}"
    assert not endings(server, "complete")


def test_a_script_that_ignores_signals_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maestro_cli.profiles.stop.KILL_AFTER_S", 0.1)
    stop = Stop(Client("http://127.0.0.1:1"))

    def stop_when_ready(line: str) -> None:
        stop._receive(signal.SIGTERM, None)

    outcome = run_script(
        "trap '' INT TERM; echo ready; while :; do sleep 0.05; done",
        directory=str(tmp_path),
        stop=stop,
        echo=lambda chunk: None,
        report_line=stop_when_ready,
    )
    assert outcome.exit_code == 128 + signal.SIGKILL
    assert outcome.last_lines == ["ready"]


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 15
    while not is_so():
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.02)

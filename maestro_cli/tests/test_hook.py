"""`maestro hook`: delivers in order and once, waits on disk for the server, never fails a tool."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from maestro_cli import hooks, spool
from maestro_cli.context import Context
from maestro_cli.hooks import drain
from maestro_cli.tests.conftest import LAUNCHER, Maestro, Result
from maestro_cli.tests.standin import Answer, Request, StandIn, refusal

ROUTE = "/api/sessions/ses_x/hooks/claude"
DENIED = {"hookSpecificOutput": {"hookEventName": "PermissionRequest"}}


def an_event(name: str = "PostToolUse", **fields: Any) -> str:
    return json.dumps({"hook_event_name": name, **fields})


def free_url() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


class Session:
    """The hooks of one session, whose spool lies beside its manifest."""

    def __init__(self, maestro: Maestro, folder: Path) -> None:
        self._maestro = maestro
        self.spool = folder / "hooks"
        self.variables = {"SESSION_ID": "ses_x", "MANIFEST_PATH": str(folder / "manifest.json")}

    def hook(self, event: str, **variables: str) -> Result:
        return self._maestro("hook", "claude", event, **{**self.variables, **variables})

    def kept(self) -> list[Path]:
        return sorted(self.spool.glob("*.json"))


@pytest.fixture
def session(maestro: Maestro, tmp_path: Path) -> Session:
    return Session(maestro, tmp_path)


def numbers(server: StandIn) -> list[int]:
    return [body["n"] for body in server.asked("POST", ROUTE)]


def test_an_event_goes_to_the_session_as_it_is_with_a_key_of_its_own(
    session: Session, server: StandIn
) -> None:
    server.on("POST", ROUTE, {})
    for _ in range(2):
        result = session.hook(an_event(tool_name="Bash"), TOKEN="secret")
        assert (result.exit_code, result.out, result.err) == (0, "", "")
    one, other = server.requests
    assert one.body == {"hook_event_name": "PostToolUse", "tool_name": "Bash"}
    assert one.headers["authorization"] == "Bearer secret"
    assert one.headers["idempotency-key"] != other.headers["idempotency-key"]
    assert "x-maestro-late" not in one.headers
    assert session.kept() == []


def test_the_event_is_read_from_standard_input_and_the_answer_printed(server: StandIn) -> None:
    server.on("POST", ROUTE, {"decision": "block", "reason": "Go on with tsk_2"})
    run = subprocess.run(
        [LAUNCHER, "hook", "claude"],
        input=an_event("Stop"),
        env={**os.environ, "MAESTRO_SERVER_URL": server.url, "MAESTRO_SESSION_ID": "ses_x"},
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert json.loads(run.stdout) == {"decision": "block", "reason": "Go on with tsk_2"}
    assert server.asked("POST", ROUTE) == [{"hook_event_name": "Stop"}]


@pytest.mark.parametrize("event", ["", "no json", "[]", '"text"'])
def test_what_is_no_event_is_told_and_fails_nothing(
    session: Session, server: StandIn, event: str
) -> None:
    result = session.hook(event)
    assert (result.exit_code, result.out, result.err.count("\n")) == (0, "", 1)
    assert server.requests == []


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_refusal_fails_nothing_and_is_not_tried_again(
    session: Session, server: StandIn, status: int
) -> None:
    server.on("POST", ROUTE, lambda _: refusal(status, "no", "No."))
    result = session.hook(an_event())
    assert (result.exit_code, result.out, result.err) == (0, "", "maestro: No.\n")
    assert session.kept() == []


def test_a_wrong_environment_fails_nothing(session: Session) -> None:
    assert session.hook(an_event(), SERVER_URL="nonsense").exit_code == 0
    assert session.hook(an_event(), SESSION_ID="").exit_code == 0


def test_a_call_of_a_later_version_fails_nothing(maestro: Maestro) -> None:
    for words in (("hook",), ("hook", "other"), ("hook", "claude", "--new")):
        result = maestro(*words)
        assert (result.exit_code, result.out, result.err.count("\n")) == (0, "", 1)


def test_without_a_server_events_wait_in_private_files(session: Session) -> None:
    result = session.hook(an_event(), SERVER_URL=free_url())
    assert (result.exit_code, result.out, result.err.count("\n")) == (0, "", 1)
    (path,) = session.kept()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(session.spool.stat().st_mode) == 0o700


def test_without_a_manifest_they_wait_with_the_users_state(
    maestro: Maestro, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    maestro("hook", "claude", an_event(), SESSION_ID="ses_x", SERVER_URL=free_url())
    assert len(list((tmp_path / ".local/state/maestro/hooks/ses_x").glob("*.json"))) == 1


def test_the_next_event_takes_along_what_waited_in_order_and_says_that_it_is_late(
    session: Session, server: StandIn
) -> None:
    away = free_url()
    for n in range(3):
        session.hook(an_event(n=n), SERVER_URL=away)
    keys = [path.stem for path in session.kept()]
    server.on("POST", ROUTE, {})
    session.hook(an_event(n=3))
    assert numbers(server) == [0, 1, 2, 3]
    assert [r.headers["idempotency-key"] for r in server.requests[:3]] == keys
    late = [r.headers.get("x-maestro-late") for r in server.requests]
    assert late == ["true", "true", "true", None]
    assert session.kept() == []


def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_key(
    session: Session, server: StandIn
) -> None:
    server.on("POST", ROUTE, {})
    server.lose_answers = 1
    session.hook(an_event(n=0))
    session.hook(an_event(n=1))
    first, again, other = (r.headers["idempotency-key"] for r in server.requests)
    assert numbers(server) == [0, 0, 1]
    assert first == again != other


@pytest.mark.parametrize("status", [429, 503, 507])
def test_a_server_that_cannot_now_is_asked_later(
    session: Session, server: StandIn, status: int
) -> None:
    server.on("POST", ROUTE, lambda _: refusal(status, "busy", "Not now."))
    assert session.hook(an_event(n=0)).exit_code == 0
    assert session.hook(an_event(n=1)).exit_code == 0
    server.on("POST", ROUTE, {})
    server.requests.clear()
    session.hook(an_event(n=2))
    assert numbers(server) == [0, 1, 2]


def test_hooks_that_run_at_the_same_time_deliver_each_event_once(
    session: Session, server: StandIn, tmp_path: Path
) -> None:
    away = free_url()
    for n in range(10):
        session.hook(an_event(n=n), SERVER_URL=away)
    server.on("POST", ROUTE, slow := Slow())
    running = [
        subprocess.Popen(
            [LAUNCHER, "hook", "claude", an_event(n=n)],
            env={
                **os.environ,
                "MAESTRO_SERVER_URL": server.url,
                "MAESTRO_SESSION_ID": "ses_x",
                "MAESTRO_MANIFEST_PATH": str(tmp_path / "manifest.json"),
            },
        )
        for n in range(10, 14)
    ]
    assert [process.wait(30) for process in running] == [0, 0, 0, 0]
    assert slow.seen[:10] == list(range(10))
    assert sorted(slow.seen) == list(range(14))
    assert session.kept() == []


class Slow:
    """Answers late enough for others to come in between."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def __call__(self, request: Request) -> Answer:
        self.seen.append(request.body["n"])
        time.sleep(0.02)
        return 200, {}


def test_a_full_spool_loses_its_oldest_and_says_so(
    session: Session, server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "KEPT_AT_MOST", 3)
    away = free_url()
    told = [session.hook(an_event(n=n), SERVER_URL=away).err for n in range(5)]
    assert ["dropped" in line for line in told] == [False, False, False, True, True]
    server.on("POST", ROUTE, {})
    session.hook(an_event(n=5))
    assert numbers(server) == [2, 3, 4, 5]


def test_a_broken_file_in_the_spool_holds_nothing_up(session: Session, server: StandIn) -> None:
    session.hook(an_event(n=0), SERVER_URL=free_url())
    (session.spool / "00000.json").write_text("{")
    server.on("POST", ROUTE, {})
    session.hook(an_event(n=1))
    assert numbers(server) == [0, 1]
    assert session.kept() == []


def test_a_stop_outlasts_a_restart_for_its_answer(tmp_path: Path) -> None:
    with StandIn() as server:
        url = server.url
    hook = subprocess.Popen(
        [LAUNCHER, "hook", "claude", an_event("Stop")],
        env={**os.environ, "MAESTRO_SERVER_URL": url, "MAESTRO_SESSION_ID": "ses_x"},
        stdout=subprocess.PIPE,
        text=True,
    )
    time.sleep(0.3)
    with StandIn(port=int(url.rpartition(":")[2])) as server:
        server.on("POST", ROUTE, {"decision": "block", "reason": "more"})
        out, _ = hook.communicate(timeout=30)
    assert (hook.returncode, json.loads(out)["reason"]) == (0, "more")


def test_a_question_for_permission_goes_on_waiting_after_a_restart(
    session: Session, server: StandIn
) -> None:
    answers = iter([threading.Event(), None])

    def hold(request: Request) -> Answer:
        if next(answers) is not None:  # as if the server were killed while it holds the call
            server.lose_answers = 1
        return 200, DENIED

    server.on("POST", ROUTE, hold)
    result = session.hook(an_event("PermissionRequest"))
    assert json.loads(result.out) == DENIED
    keys = {request.headers["idempotency-key"] for request in server.requests}
    assert (len(server.requests), len(keys)) == (2, 1)


def test_a_decision_that_nobody_waits_for_any_more_is_not_asked_for_later(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(hooks.PACE, "PermissionRequest", (1, 0.1))
    result = session.hook(an_event("PermissionRequest"), SERVER_URL=free_url())
    assert (result.exit_code, result.out) == (0, "")
    assert session.kept() == []


def test_a_body_over_the_servers_limit_is_cut_where_it_is_long(
    session: Session, server: StandIn
) -> None:
    server.on("POST", ROUTE, {})
    file = {"file_path": "/srv/a.py", "content": "x" * 2_000_000}
    session.hook(an_event(tool_input=file, tool_name="Write"))
    (body,) = server.asked("POST", ROUTE)
    assert body["tool_input"]["file_path"] == "/srv/a.py"
    assert len(body["tool_input"]["content"]) < 10_000


def test_the_end_of_an_agents_run_delivers_what_waits(
    session: Session, server: StandIn, tmp_path: Path
) -> None:
    session.hook(an_event(n=0), SERVER_URL=free_url())
    server.on("POST", ROUTE, {})
    environ = {f"MAESTRO_{name}": value for name, value in session.variables.items()}
    assert drain(Context({**environ, "MAESTRO_SERVER_URL": server.url}))
    assert numbers(server) == [0]
    assert session.kept() == []

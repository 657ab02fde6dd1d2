"""Finding the server, and what happens when it does not answer."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from maestro_cli.client import Client, path_of
from maestro_cli.context import Context
from maestro_cli.errors import NoServer
from maestro_cli.tests.conftest import Maestro
from maestro_cli.tests.standin import Answer, StandIn, refusal

TIMELINE = "/api/sessions/ses_x/timeline"


def test_the_server_is_the_flag_then_the_variable_then_the_file_then_the_default(
    tmp_path: Path,
) -> None:
    environ = {"MAESTRO_SERVER_URL": "http://variable:1", "MAESTRO_DATA_DIR": str(tmp_path)}
    (tmp_path / "server-url").write_text("http://file:2\n")
    assert Context(environ, server="http://flag:3").server_url == "http://flag:3"
    assert Context(environ).server_url == "http://variable:1"
    del environ["MAESTRO_SERVER_URL"]
    assert Context(environ).server_url == "http://file:2"
    (tmp_path / "server-url").unlink()
    assert Context(environ).server_url == "http://127.0.0.1:8000"


def test_the_token_goes_along_as_bearer(maestro: Maestro, server: StandIn) -> None:
    server.on("GET", "/api/projects", [])
    maestro("project", "list", TOKEN="secret")
    maestro("project", "list")
    headers = [request.headers for request in server.requests]
    assert headers[0]["authorization"] == "Bearer secret"
    assert "authorization" not in headers[1]
    assert headers[0]["content-type"] == "application/json"


def test_ids_cannot_leave_their_place_in_the_path() -> None:
    assert path_of("tasks", "../sessions?x=1") == "/api/tasks/..%2Fsessions%3Fx%3D1"


def test_a_lost_answer_is_asked_for_again_with_the_same_event_id(
    maestro: Maestro, server: StandIn
) -> None:
    server.on("POST", TIMELINE, lambda request: (201, request.body))
    server.lose_answers = 2
    result = maestro("report", "progress", "half way", SESSION_ID="ses_x")
    first, *repeats = server.asked("POST", TIMELINE)
    assert result.exit_code == 0
    assert repeats == [first, first]
    assert first["id"].startswith("evt_")
    assert len(first["id"]) == 30


def test_a_create_is_repeated_with_the_same_key(maestro: Maestro, server: StandIn) -> None:
    server.on("POST", "/api/projects", lambda _: (201, {"id": "prj_1"}))
    server.lose_answers = 1
    assert maestro("project", "create", "Site", SESSION_ID="ses_x").exit_code == 0
    assert maestro("project", "create", "Site", SESSION_ID="ses_x").exit_code == 0
    first, repeat, other = (r.headers["idempotency-key"] for r in server.requests)
    assert first == repeat != other


def test_outside_a_session_nothing_is_repeated(maestro: Maestro, server: StandIn) -> None:
    server.on("GET", "/api/projects", [])
    server.lose_answers = 1
    assert maestro("project", "list").exit_code == 3
    assert len(server.requests) == 1


def test_a_server_that_comes_back_costs_a_session_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with StandIn() as server:
        server.on("GET", "/health", {"status": "ok"})
        client = Client(server.url, patience_s=5)
        refusals = iter([ConnectionRefusedError(), ConnectionRefusedError()])
        send = client._send

        def refuse_at_first(*request: object) -> tuple[int, bytes]:
            for refusal in refusals:
                raise refusal
            return send(*request)  # type: ignore[arg-type]

        monkeypatch.setattr(client, "_send", refuse_at_first)
        assert client.get("/health") == {"status": "ok"}


def test_patience_ends() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        client = Client(f"http://127.0.0.1:{unused.getsockname()[1]}", patience_s=0.3)
        with pytest.raises(NoServer):
            client.get("/health")


def test_what_must_not_happen_twice_is_not_sent_twice(server: StandIn) -> None:
    server.on("POST", "/api/x", {})
    server.lose_answers = 1
    with pytest.raises(NoServer):
        Client(server.url, patience_s=5).post_once("/api/x", {})
    assert len(server.requests) == 1


def test_a_server_that_closes_is_away(maestro: Maestro, server: StandIn) -> None:
    closing = iter([True, True])
    closes = refusal(503, "closing", "It closes.")
    server.on("GET", "/api/projects", lambda _: closes if next(closing, False) else (200, []))
    assert maestro("project", "list").exit_code == 1
    assert maestro("project", "list", SESSION_ID="ses_x").exit_code == 0
    assert len(server.requests) == 3


def test_what_was_waited_for_and_lost_is_waited_for_anew(server: StandIn) -> None:
    """However often the server restarts: each outage has patience of its own."""
    held_s, patience_s = 0.3, 0.2

    def hold(_: object) -> Answer:
        time.sleep(held_s)
        server.lose_answers = int(len(server.requests) < 4)
        return 200, {"answer": "yes"}

    server.on("POST", "/api/x", hold)
    client = Client(server.url, patience_s=patience_s)
    assert client.post("/api/x", {}) == {"answer": "yes"}
    assert len(server.requests) == 4


def test_a_server_that_is_silent_is_not_waited_for_for_ever(server: StandIn) -> None:
    let_go = threading.Event()

    def say_nothing_at_first(_: object) -> Answer:
        return 200, len(server.requests) > 5 or let_go.wait(20)

    server.on("GET", "/api/x", say_nothing_at_first)
    client = Client(server.url, patience_s=0.3, timeout_s=0.5)
    with pytest.raises(NoServer):
        client.get("/api/x")
    let_go.set()

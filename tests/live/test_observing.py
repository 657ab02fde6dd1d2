"""What a server tells those who run it: its log, line by line, and its metrics."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.sync.client import connect

from tests.server import RunningServer, wait_until


@pytest.fixture
def talking(tmp_path: Path) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path / "data", MAESTRO_LOG_FORMAT="json").start()
    yield running
    running.stop()


def new_session(server: RunningServer) -> str:
    project = server.post("/api/projects", {"name": "P", "workingDir": "/tmp"}).body["id"]
    body = {"projectId": project, "status": "idle"}
    return str(server.post("/api/sessions", body).body["id"])


def lines(server: RunningServer, **wanted: Any) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    return [line for line in found if wanted.items() <= line.items()]


def test_a_request_and_its_change_are_a_line_each_under_one_id(talking: RunningServer) -> None:
    session = new_session(talking)
    path = f"/api/sessions/{session}"
    talking.patch(f"{path}?token=sesame", {"name": "New"}, **{"X-Request-Id": "proxy-1"})
    wait_until(lambda: bool(lines(talking, msg="request", path=path)), 5, talking.log)
    (request,) = lines(talking, msg="request", path=path)
    (change,) = lines(talking, msg="change", request=request["request"])
    assert (request["method"], request["status"], request["by"]) == ("PATCH", 200, "user")
    assert request["request"] == "proxy-1"
    assert (change["events"], change["records"]) == ("session:updated", session)
    assert "sesame" not in talking.log()


def test_of_appended_events_only_the_commits_are_lines(talking: RunningServer) -> None:
    session = new_session(talking)
    path = f"/api/sessions/{session}/timeline"
    for number in range(3):
        assert talking.post(path, {"message": f"step {number}"}).status == 201
    assert talking.post(path, {"type": "nothing"}).status == 400
    wait_until(lambda: bool(lines(talking, msg="request", path=path)), 5, talking.log)
    assert [line["status"] for line in lines(talking, msg="request", path=path)] == [400]
    commits = lines(talking, msg="change", events="session:timeline", records=session)
    assert len(commits) == 3


def test_a_welcome_links_secret_is_not_logged(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data", MAESTRO_AUTH="required").start()
    try:
        link = re.search(r"/welcome/([^/\s]+)/", server.log())
        assert link is not None
        server.text(link[0])
        wait_until(lambda: "path=/welcome/…" in server.log(), 5, server.log)
        assert server.log().count(link[1]) == 1  # where it was offered
    finally:
        server.stop()


def values(server: RunningServer) -> dict[str, float]:
    """Every series by its name and labels."""
    families = text_string_to_metric_families(server.text("/metrics"))
    samples = [sample for family in families for sample in family.samples]
    return {f"{one.name}{one.labels or ''}": one.value for one in samples}


def test_metrics_follow_what_happens(server: RunningServer) -> None:
    session = new_session(server)
    for number in range(3):
        server.post(f"/api/sessions/{session}/timeline", {"message": f"step {number}"})
    with connect(f"{server.url.replace('http', 'ws')}/ws") as socket:
        server.patch(f"/api/sessions/{session}", {"name": "New"})
        socket.recv(timeout=5)
        wait_until(lambda: values(server)["maestro_sockets{'path': '/ws'}"] == 1, 5)
        wait_until(
            lambda: any(name.startswith("maestro_messages_sent") for name in values(server)), 5
        )
    wait_until(lambda: values(server)["maestro_sockets{'path': '/ws'}"] == 0, 5)
    found = values(server)
    appended = {
        "method": "POST",
        "route": "api/sessions/<str:session_id>/timeline",
        "status": "201",
    }
    assert found[f"maestro_http_requests_total{appended}"] == 3
    assert found["maestro_timeline_events_total"] == 4  # with session_started
    assert found["maestro_sessions{'status': 'idle'}"] == 1
    assert found["maestro_agents{'state': 'running'}"] == 0
    assert found["maestro_log_seq"] == server.get("/ws-status").body["seq"]
    assert found["process_resident_memory_bytes"] > 1_000_000
    assert not any(session in name for name in found)

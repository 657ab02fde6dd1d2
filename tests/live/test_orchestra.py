"""Several sessions at once: the line, cascades, and limits, with real processes."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server import RunningServer, wait_until


def processes_of(server: RunningServer) -> list[int]:
    """The pids of hosts and agents of this data directory that are alive."""
    alive = []
    for path in server.data_dir.glob("sessions/*/host.json"):
        host = json.loads(path.read_text())
        alive += [pid for pid in (host["hostPid"], host["agentPid"]) if _is_alive(pid)]
    return alive


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


@pytest.fixture
def narrow_server(tmp_path: Path) -> Iterator[RunningServer]:
    """At most four agents at once."""
    running = RunningServer(tmp_path / "data", MAESTRO_MAX_AGENTS="4").start()
    yield running
    running.stop()


def test_twelve_sessions_share_four_places_in_order(
    narrow_server: RunningServer, work_dir: Path
) -> None:
    server = narrow_server
    script = {"Work": "sleep 0.5"}
    ids = [server.spawn_shell(script, work_dir, sessionName=f"S{n}") for n in range(12)]

    most = 0
    while True:
        line = server.get("/api/launcher").body
        most = max(most, line["running"])
        assert line["running"] <= 4
        assert line["waiting"] == [one for one in ids if one in line["waiting"]]
        if not line["waiting"] and not line["running"]:
            break
    assert most == 4
    sessions = [server.session(session_id) for session_id in ids]
    assert {session["status"] for session in sessions} == {"completed"}
    spawned = [_moment(session, "terminal spawned") for session in sessions]
    assert spawned == sorted(spawned)


def _moment(session: dict[str, Any], what: str) -> int:
    return next(t["at"] for t in session["transitions"] if t.get("what") == what)


def test_a_paused_launcher_starts_nothing_until_it_goes_on(
    server: RunningServer, work_dir: Path
) -> None:
    server.maestro("launcher", "pause")
    session_id = server.spawn_shell({"Work": "true"}, work_dir)
    assert server.get("/api/launcher").body == {
        "paused": True,
        "maxAgents": 8,
        "running": 0,
        "waiting": [session_id],
    }

    server.maestro("launcher", "resume")
    assert server.wait_for_end(session_id)["status"] == "completed"


def test_stopping_an_orchestrator_with_cascade_leaves_nothing_running(
    server: RunningServer,
) -> None:
    started = server.manage("demo", "--speed", "4")
    assert started.returncode == 0, started.stderr
    root_id = started.stdout.rsplit("/sessions/", 1)[1].split("/")[0]
    path = "/api/sessions?status=working"
    wait_until(lambda: len(server.get(path).body) == 4, 60, server.log)

    answer = server.post(f"/api/sessions/{root_id}/stop", {"cascade": True, "reason": "enough"})

    assert len(answer.body["stopped"]) == 4
    assert answer.body["stopped"][-1] == root_id
    for session in server.get("/api/sessions?fields=full").body:
        assert session["status"] == "stopped"
        assert "enough" in session["timeline"][-1]["message"]
    wait_until(lambda: not processes_of(server), 15, server.log)


def test_stop_all_stops_every_session(server: RunningServer, work_dir: Path) -> None:
    ids = [server.spawn_shell({"Sleep": "sleep 600"}, work_dir) for _ in range(3)]
    wait_until(lambda: len(server.get("/api/sessions?status=working").body) == 3, 30)

    said = server.maestro("session", "stop", "--all", "--json")

    assert sorted(json.loads(said.stdout)["data"]["stopped"]) == sorted(ids)
    wait_until(lambda: not processes_of(server), 20, server.log)


def test_an_agent_that_spawns_without_end_meets_the_limits(tmp_path: Path, work_dir: Path) -> None:
    server = RunningServer(tmp_path / "data", MAESTRO_MAX_CHILDREN="3", MAESTRO_MAX_DEPTH="2")
    server.start()
    spawn = (
        "for i in 1 2 3 4 5; do "
        "maestro session spawn --task $MAESTRO_TASK_IDS --agent shell --json; "
        "done >> spawned.txt 2>&1; sleep 3"
    )
    try:
        parent_id = server.spawn_shell({"Spawn": spawn}, work_dir)
        server.wait_for_end(parent_id)
        children = server.get(f"/api/sessions/{parent_id}/children").body
        below = [server.get(f"/api/sessions/{child['id']}/children").body for child in children]
        server.post("/api/sessions/stop-all", {})
        wait_until(lambda: not processes_of(server), 20, server.log)
    finally:
        server.stop()

    assert len(children) == 3
    assert below == [[], [], []]
    assert "spawn_limit" in (work_dir / "spawned.txt").read_text()


def test_resuming_a_failed_session_does_only_what_was_left(
    server: RunningServer, work_dir: Path
) -> None:
    scripts = {"Good": "echo x >> good.txt", "Bad": "test -e ready", "After": "echo y > after.txt"}
    first = server.wait_for_end(server.spawn_shell(scripts, work_dir))
    assert first["status"] == "failed"
    (work_dir / "ready").touch()

    said = server.maestro("session", "resume", first["id"], "--json")
    second = server.wait_for_end(json.loads(said.stdout)["data"]["sessionId"])

    assert second["status"] == "completed"
    assert second["metadata"]["resumedFrom"] == first["id"]
    assert second["taskIds"] == [first["taskIds"][1]]
    assert (work_dir / "good.txt").read_text() == "x\n"

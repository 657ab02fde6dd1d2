"""What the command line promises while the server restarts: nothing lost, nothing twice."""

import json
from pathlib import Path

import pytest

from tests.installed import Bare
from tests.live.world import EVENT, World
from tests.server import RunningServer, wait_until


def test_a_report_from_inside_a_session_outlasts_a_restart(
    bare: Bare, server: RunningServer, work_dir: Path
) -> None:
    world = World(server, work_dir)
    variables = world.variables("session")
    server.kill()
    report = bare.start("report", "progress", "still here", **variables)
    server.start()
    _, complaints = report.communicate(timeout=60)
    assert (report.returncode, complaints) == (0, "")
    messages = [event.get("message") for event in server.session(world["session"])["timeline"]]
    assert messages.count("still here") == 1


def test_hooks_of_an_outage_arrive_in_order_and_once(
    bare: Bare, server: RunningServer, work_dir: Path
) -> None:
    world = World(server, work_dir)
    variables = {**world.variables("spawned"), "MAESTRO_SESSION_ID": world["spawned"]}
    server.kill()
    for number in range(3):
        bare.run("hook", "claude", an_event(number), **variables)
    server.start()
    bare.run("hook", "claude", an_event(3), **variables)
    found = [event["data"]["tool_use_id"] for event in server.session(world["spawned"])["events"]]
    assert found == ["0", "1", "2", "3"]
    assert "no difference" in server.manage("storage", "check").stdout


def an_event(number: int) -> str:
    return json.dumps({**json.loads(EVENT), "tool_use_id": str(number)})


def test_watching_misses_nothing_over_a_restart(
    bare: Bare, server: RunningServer, work_dir: Path
) -> None:
    world = World(server, work_dir)
    session_id = world["session"]

    def say(number: int) -> None:
        server.post(f"/api/sessions/{session_id}/timeline", {"message": f"event {number}"})

    say(0)
    watch = bare.start("watch", "--session", session_id, MAESTRO_SERVER_URL=server.url)
    assert watch.stdout is not None
    while "event 0" not in watch.stdout.readline():
        assert watch.poll() is None
    for number in range(1, 9):
        say(number)
        if number in (3, 6):
            server.kill()
            server.start()
    server.patch(f"/api/sessions/{session_id}", {"status": "completed"})
    out, complaints = watch.communicate(timeout=60)
    assert watch.returncode == 0
    seen = [line.rpartition("  ")[2] for line in out.splitlines() if "  progress  " in line]
    assert seen == [f"event {number}" for number in range(1, 9)]
    assert "Waiting for it to come back." in complaints


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_question_for_permission_is_answered_by_the_next_server(
    bare: Bare, server: RunningServer, work_dir: Path, how: str
) -> None:
    world = World(server, work_dir)
    asked = {
        "hook_event_name": "PermissionRequest",
        "tool_name": "Bash",
        "tool_input": {"command": "make deploy"},
    }
    hook = bare.start("hook", "claude", json.dumps(asked), **world.variables("session"))
    wait_until(lambda: server.session(world["session"])["needsInput"] is not None, 20)
    getattr(server, how)()
    server.start()
    answer = server.post(f"/api/sessions/{world['session']}/input", {"decision": "approve"})
    assert answer.status == 200
    out, complaints = hook.communicate(timeout=60)
    assert (hook.returncode, complaints) == (0, "")
    assert json.loads(out)["hookSpecificOutput"]["decision"]["behavior"] == "allow"

"""`manage.py demo`, seen from outside: with a server of its own, with one that runs, and across
a restart."""

from pathlib import Path
from typing import Any

from tests.server import RunningServer, wait_until

NAMES = ["Orchestrator", "Backend Worker", "Frontend Worker", "Test Worker"]


def sessions(server: RunningServer) -> list[dict[str, Any]]:
    return list(server.get("/api/sessions?fields=full").body)


def statuses(server: RunningServer) -> list[str]:
    return [session["status"] for session in sessions(server)]


def told(session: dict[str, Any]) -> list[str]:
    """The messages of what an orchestrator and the server say, without the progress of tasks."""
    return [event["message"] for event in session["timeline"] if event.get("message")]


def test_a_demo_with_a_server_of_its_own_tells_the_seeds_story(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data")
    demo = server.manage("demo", "--speed", "20", "--once")
    assert demo.returncode == 0, demo.stderr
    assert demo.stdout.startswith(f"Maestro is at {server.url}\nThe demo runs at {server.url}/")

    server.start()
    try:
        orchestrator, *workers = sessions(server)
    finally:
        server.stop()
    assert f"/sessions/{orchestrator['id']}/" in demo.stdout
    assert [orchestrator["name"], *(worker["name"] for worker in workers)] == NAMES
    assert {session["status"] for session in (orchestrator, *workers)} == {"completed"}
    assert {worker["parentSessionId"] for worker in workers} == {orchestrator["id"]}
    assert told(orchestrator)[1:-1] == [
        "Started",
        "Planning",
        "Planning complete",
        "Spawned 3 workers",
        "1/3 workers done",
        "2/3 workers done",
        "3/3 workers done",
        "All workers done",
        "The new login is ready for review",
    ]


def test_a_demo_uses_the_server_that_runs_and_the_project_that_is_there(
    server: RunningServer,
) -> None:
    for _ in range(2):
        demo = server.manage("demo", "--speed", "50")
        assert demo.returncode == 0, demo.stderr
        assert f"The demo runs at {server.url}/sessions/ses_" in demo.stdout
    wait_until(lambda: statuses(server) == ["completed"] * 8, 60, server.log)

    (project,) = server.get("/api/projects").body
    epics = server.get(f"/api/tasks?projectId={project['id']}&parentId=null").body
    assert [epic["title"] for epic in epics] == ["Rewrite the login"] * 2
    # The workers' tasks were accepted by the orchestrator, the epic waits for a person.
    assert {epic["status"] for epic in epics} == {"in_progress"}
    assert {task["status"] for epic in epics for task in children(server, epic)} == {"completed"}


def children(server: RunningServer, task: dict[str, Any]) -> list[dict[str, Any]]:
    return list(server.get(f"/api/tasks/{task['id']}/children").body)


def test_the_demos_agents_outlive_a_restart_of_the_server(server: RunningServer) -> None:
    assert server.manage("demo", "--speed", "10").returncode == 0
    wait_until(lambda: statuses(server) == ["working"] * 4, 30, server.log)
    server.stop()
    server.start()
    wait_until(lambda: statuses(server) == ["completed"] * 4, 60, server.log)
    for session in sessions(server):
        ids = [event["id"] for event in session["timeline"]]
        assert len(set(ids)) == len(ids)
        started = [event for event in session["timeline"] if event["type"] == "task_started"]
        assert len(started) == len(session["taskIds"])


def test_a_person_answers_and_the_worker_goes_on_with_that(server: RunningServer) -> None:
    assert server.manage("demo", "--speed", "5").returncode == 0
    wait_until(lambda: bool(asking(server)), 60, server.log)
    (worker,) = asking(server)
    answered = server.post(f"/api/sessions/{worker['id']}/input", {"option": "7 days"})
    assert answered.status == 200, answered
    wait_until(lambda: "Going on with: 7 days" in told(server.session(worker["id"])), 30)
    assert server.session(worker["id"])["needsInput"] is None
    server.post("/api/sessions/stop-all", {"reason": "seen enough"})
    wait_until(lambda: not running_agents(server), 30, server.log)


def running_agents(server: RunningServer) -> list[Path]:
    folders = (server.data_dir / "sessions" / session["id"] for session in sessions(server))
    return [folder for folder in folders if not (folder / "exit.json").exists()]


def asking(server: RunningServer) -> list[dict[str, Any]]:
    return [session for session in sessions(server) if session["needsInput"]]


def test_a_speed_that_is_none_is_refused(tmp_path: Path) -> None:
    demo = RunningServer(tmp_path / "data").manage("demo", "--speed", "0")
    assert demo.returncode != 0
    assert "from above 0" in demo.stderr

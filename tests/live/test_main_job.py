"""The main job, seen from outside: real commands in a queue, and files that tell the same story."""

import json
from pathlib import Path

from tests.server import RunningServer, wait_until

SCRIPTS = {
    "Build": "echo compiling; echo ok > built.txt",
    "Break": "echo before; ls /nowhere; exit 3",
    "Ship": "cat built.txt > shipped.txt; echo shipped",
}


def test_a_shell_session_does_its_queue_and_says_what_became_of_each_task(
    server: RunningServer, work_dir: Path
) -> None:
    session = server.wait_for_end(server.spawn_shell(SCRIPTS, work_dir))

    assert session["status"] == "failed"
    assert (work_dir / "built.txt").read_text() == "ok\n"
    assert (work_dir / "shipped.txt").read_text() == "ok\n"
    types = [event["type"] for event in session["timeline"] if event["type"] != "progress"]
    assert types == [
        "session_started",
        "task_started",
        "task_completed",
        "task_started",
        "task_failed",
        "task_started",
        "task_completed",
        "session_stopped",
    ]
    (failed,) = [event for event in session["timeline"] if event["type"] == "task_failed"]
    assert failed["metadata"]["exitCode"] == 3
    assert "before" in failed["metadata"]["output"]
    assert "/nowhere" in failed["metadata"]["output"]
    said = [event["message"] for event in session["timeline"] if event["type"] == "progress"]
    assert "compiling" in said
    assert "shipped" in said


def test_the_lifecycle_is_kept_with_who_did_what(server: RunningServer, work_dir: Path) -> None:
    session = server.wait_for_end(server.spawn_shell({"One": "true"}, work_dir))

    moments = [(t.get("to") or t["what"], t["by"]) for t in session["transitions"]]
    assert moments == [
        ("spawning", "user"),
        ("manifest written", "launcher"),
        ("terminal spawned", "launcher"),
        ("idle", "agent"),
        ("registered", "agent"),
        ("working", "agent"),
        ("completed", "agent"),
    ]


def test_the_files_tell_the_same_story_as_the_api(server: RunningServer, work_dir: Path) -> None:
    session = server.wait_for_end(server.spawn_shell(SCRIPTS, work_dir))
    queue = server.get(f"/api/sessions/{session['id']}/queue").body["queue"]
    tasks = [server.get(f"/api/tasks/{task_id}").body for task_id in session["taskIds"]]
    server.stop()

    stored = json.loads((server.data_dir / "sessions" / f"{session['id']}.json").read_text())
    assert stored["timeline"] == session["timeline"]
    assert stored["status"] == "failed"
    assert json.loads((server.data_dir / "queues" / f"{queue['id']}.json").read_text()) == queue
    for task in tasks:
        assert json.loads((server.data_dir / "tasks" / f"{task['id']}.json").read_text()) == task
    manifest = json.loads(
        (server.data_dir / "sessions" / session["id"] / "manifest.json").read_text()
    )
    assert [task["title"] for task in manifest["tasks"]] == list(SCRIPTS)


def test_the_index_may_be_deleted_while_stopped(server: RunningServer, work_dir: Path) -> None:
    session_id = server.spawn_shell(SCRIPTS, work_dir)
    before = server.wait_for_end(session_id)
    server.stop()
    for path in server.data_dir.glob("index.sqlite3*"):
        path.unlink()
    files = {path: path.read_bytes() for path in server.data_dir.rglob("*.json")}

    server.start()

    assert server.session(session_id) == before
    assert {path: path.read_bytes() for path in server.data_dir.rglob("*.json")} == files


def test_a_program_that_is_not_there_is_said_on_the_timeline(
    server: RunningServer, tmp_path: Path
) -> None:
    session = server.wait_for_end(server.spawn_shell({"One": "true"}, tmp_path / "no-such-folder"))

    assert session["status"] == "failed"
    (error,) = [event for event in session["timeline"] if event["type"] == "error"]
    assert "no-such-folder" in error["message"]


def test_stopping_a_session_ends_its_process(server: RunningServer, work_dir: Path) -> None:
    session_id = server.spawn_shell({"Sleep": "echo $$ > pid; sleep 600"}, work_dir)
    noted = work_dir / "pid"
    wait_until(lambda: noted.exists() and noted.read_text().endswith("\n"), 20)
    pid = int(noted.read_text())

    assert server.post(f"/api/sessions/{session_id}/stop", {"reason": "enough"}).body == {
        "stopped": [session_id]
    }

    assert server.session(session_id)["status"] == "stopped"
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), 20, server.log)

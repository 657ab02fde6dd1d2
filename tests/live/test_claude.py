"""Agents for real but for their model: stand-ins for `claude` and `codex` that speak as they do."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server import RunningServer, wait_until

STANDINS = Path(__file__).parents[1] / "standins"
AWAY_S = 10.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path / "data", **standin_env(tmp_path)).start()
    yield running
    running.stop()


def standin_env(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.pathsep.join((str(STANDINS), os.environ["PATH"])),
        "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
        "CODEX_HOME": str(tmp_path / "codex"),
    }


def said(session: dict[str, Any]) -> list[str]:
    return [event["type"] for event in session["timeline"]]


def raw_types(session: dict[str, Any]) -> list[str]:
    return [event["type"] for event in session["events"]]


def wait_for_question(server: RunningServer, session_id: str) -> dict[str, Any]:
    """The open question; ended sessions ask none, so their story is shown instead."""
    wait_until(
        lambda: server.session(session_id)["needsInput"] is not None,
        30,
        lambda: str(server.session(session_id)["timeline"]) + server.log(),
    )
    asked = server.session(session_id)["needsInput"]["eventId"]
    events = server.session(session_id)["timeline"]
    return next(dict(event) for event in events if event["id"] == asked)


def test_claude_works_through_a_queue_by_its_hooks_alone(
    server: RunningServer, work_dir: Path
) -> None:
    go = work_dir / "go"
    ask = 'maestro report needs-input "Which port?" --option 8080 --option 9090'
    away = " ".join(f"[[bash echo {number}]]" for number in range(3))
    tasks = {
        "Build": f"[[write {work_dir}/a.txt]] [[permit echo API_KEY=s3cret > {work_dir}/b.txt]]",
        "Serve": f"[[bash {ask}]] [[stop]] [[subagent Explore]] [[bash maestro queue complete]]",
        "Ship": f"[[until {go}]] {away} [[write {work_dir}/c.txt]]",
        "Rest": "[[bash maestro queue complete]] [[exit]]",
    }
    session_id = server.spawn_shell(tasks, work_dir, agent="claude", skills=[])

    question = wait_for_question(server, session_id)
    assert question["message"].startswith("May it use Bash? echo API_KEY=••••••")
    assert question["metadata"]["shown"] == f"echo API_KEY=•••••• > {work_dir}/b.txt"
    assert not (work_dir / "b.txt").exists()
    path = f"/api/sessions/{session_id}/input"
    approval = {"decision": "approve", "eventId": question["id"]}
    assert server.post(path, approval).status == 200
    assert server.post(path, approval).body["code"] == "already_answered"

    # The task has no end of its own: the Stop hook names it, and it is completed.
    question = wait_for_question(server, session_id)
    assert (work_dir / "b.txt").read_text() == "API_KEY=s3cret\n"
    assert question["message"] == "Which port?"
    wait_until(lambda: raw_types(server.session(session_id))[-1] == "Stop", 10, server.log)
    assert server.post(path, {"option": "9090"}).status == 200

    wait_until(lambda: ran(server, session_id, "Ship"), 30, server.log)
    server.kill()
    gone_at = time.monotonic()
    go.touch()
    spool = server.data_dir / "sessions" / session_id / "hooks"
    wait_until(lambda: len(list(spool.glob("*.json"))) >= 6, 20)
    time.sleep(max(0.0, AWAY_S - (time.monotonic() - gone_at)))
    server.start()

    server.wait_for_end(session_id)
    # The queue ended the session; the tool's last words come after that.
    wait_until(lambda: "SessionEnd" in raw_types(server.session(session_id)), 30, server.log)
    session = server.session(session_id)
    assert session["status"] == "completed", session["timeline"]
    assert said(session).count("task_started") == said(session).count("task_completed") == 4
    assert said(session).count("milestone") == 2
    check_nothing_is_lost_or_doubled(session)
    touched = [e["data"]["path"] for e in session["events"] if e["type"] == "file_touched"]
    assert touched == [f"{work_dir}/a.txt", f"{work_dir}/c.txt"]
    usage = session["metadata"]["usage"]
    assert usage["inputTokens"] == 10 * usage["outputTokens"] > 0
    prompts = [e["data"]["prompt"] for e in session["events"] if e["type"] == "UserPromptSubmit"]
    assert prompts[1:] == ["9090"]  # the answer was typed into its terminal
    assert "s3cret" not in [event["data"] for event in session["events"]]


def ran(server: RunningServer, session_id: str, title: str) -> bool:
    return any(
        event["type"] == "task_started" and event.get("message", "").endswith(title)
        for event in server.session(session_id)["timeline"]
    )


def check_nothing_is_lost_or_doubled(session: dict[str, Any]) -> None:
    calls = [
        (event["type"], event["data"].get("tool_use_id"))
        for event in session["events"]
        if event["data"].get("tool_use_id")
    ]
    assert len(calls) == len(set(calls))
    before = [call for kind, call in calls if kind == "PreToolUse"]
    after = [call for kind, call in calls if kind == "PostToolUse"]
    assert before == after == sorted(before)
    commands = [
        event["data"]["tool_input"]["command"]
        for event in session["events"]
        if event["type"] == "PreToolUse" and "command" in event["data"]["tool_input"]
    ]
    assert [word for word in commands if word.startswith("echo ") and len(word) == 6] == [
        "echo 0",
        "echo 1",
        "echo 2",
    ]


def test_a_permission_that_waits_outlives_restarts_of_the_server(
    server: RunningServer, work_dir: Path
) -> None:
    made = work_dir / "made"
    does = f"[[permit touch {made}]] [[bash maestro queue complete]] [[exit]]"
    session_id = server.spawn_shell({"One": does}, work_dir, agent="claude")
    question = wait_for_question(server, session_id)
    for end in (server.stop, server.kill):
        end()
        server.start()
    assert server.session(session_id)["needsInput"]["eventId"] == question["id"]
    answer = {"decision": "approve", "eventId": question["id"]}
    assert server.post(f"/api/sessions/{session_id}/input", answer).status == 200
    session = server.wait_for_end(session_id)
    assert session["status"] == "completed"
    assert made.exists()
    assert said(session).count("needs_input") == 1


def test_claude_that_is_resumed_goes_on_with_its_conversation(
    server: RunningServer, work_dir: Path
) -> None:
    task = {"One": "[[bash maestro queue fail --reason no]] [[exit]]"}
    first = server.wait_for_end(server.spawn_shell(task, work_dir, agent="claude"))
    assert first["status"] == "failed"
    resumed = server.post(f"/api/sessions/{first['id']}/resume", {}).body["sessionId"]
    second = server.wait_for_end(resumed)
    conversations = [one["metadata"]["conversation"]["id"] for one in (first, second)]
    assert conversations[0] == conversations[1]
    starts = [event for event in second["events"] if event["type"] == "SessionStart"]
    assert [event["data"]["source"] for event in starts] == ["resume"]
    assert second["metadata"]["usage"] == first["metadata"]["usage"]


def test_codex_does_each_task_in_one_thread(server: RunningServer, work_dir: Path) -> None:
    tasks = {
        "One": f"[[write {work_dir}/one.txt]]",
        "Two": "[[fail the model is away]]",
        "Three": f"[[write {work_dir}/three.txt]]",
    }
    session = server.wait_for_end(server.spawn_shell(tasks, work_dir, agent="codex"))
    assert session["status"] == "failed"
    failed = [event for event in session["timeline"] if event["type"] == "task_failed"]
    assert [event["metadata"]["error"] for event in failed] == ["the model is away"]
    assert said(session).count("task_completed") == 2
    assert (work_dir / "three.txt").exists()
    assert session["metadata"]["usage"] == {
        "inputTokens": 180,
        "outputTokens": 3,
        "cacheReadTokens": 120,
    }
    touched = [e["data"]["path"] for e in session["events"] if e["type"] == "file_touched"]
    assert touched == [f"{work_dir}/one.txt", f"{work_dir}/three.txt"]


def test_a_persons_own_agent_gets_its_words_unsplit(server: RunningServer, work_dir: Path) -> None:
    own = "[agents.mine]\nargv = ['sh', '-c', 'printf \"%s\" \"$1\" > told; pwd > where', '-',"
    own += " '{manifest_md} in {cwd}']\n"
    (server.data_dir / "agents.toml").write_text(own)
    session_id = server.spawn_shell({"One": "two  words; $HOME"}, work_dir, agent="mine")
    server.wait_for_end(session_id)
    folder = server.data_dir / "sessions" / session_id
    assert (work_dir / "told").read_text() == f"{folder}/manifest.md in {work_dir}"
    assert (work_dir / "where").read_text().strip() == str(work_dir)


def test_an_agent_that_is_not_installed_is_a_failure_that_says_so(
    server: RunningServer, work_dir: Path
) -> None:
    session = server.wait_for_end(server.spawn_shell({"One": "x"}, work_dir, agent="gemini"))
    assert session["status"] == "failed"
    (error,) = [event for event in session["timeline"] if event["type"] == "error"]
    assert error["message"] == "gemini was not found on PATH; set MAESTRO_AGENT or install it"
    assert server.get("/health").status == 200


def test_a_broken_agents_toml_harms_nothing_but_its_own(
    server: RunningServer, work_dir: Path
) -> None:
    (server.data_dir / "agents.toml").write_text("[agents.mine\n")
    session = server.wait_for_end(server.spawn_shell({"One": "true"}, work_dir))
    assert session["status"] == "completed"
    project = session["projectId"]
    body = {"projectId": project, "taskIds": session["taskIds"], "agent": "mine"}
    refused = server.post("/api/sessions/spawn", body)
    assert refused.status == 400
    assert "agents.toml" in str(refused.body["details"])

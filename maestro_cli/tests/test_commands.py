"""How commands map to the API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from maestro_cli.tests.conftest import Maestro
from maestro_cli.tests.standin import StandIn, refusal

SESSION = "/api/sessions/ses_x"
TASK = {"id": "tsk_1", "status": "todo", "title": "Build"}


@pytest.mark.parametrize(
    ("words", "status"),
    [("register", "idle"), ("complete", "completed"), ("resume-working", "working")],
)
def test_a_session_is_moved_by_a_patch_of_its_status(
    maestro: Maestro, server: StandIn, words: str, status: str
) -> None:
    server.on("PATCH", SESSION, {"id": "ses_x", "status": status})
    assert maestro("session", words, SESSION_ID="ses_x").exit_code == 0
    assert server.asked("PATCH", SESSION) == [{"status": status}]


def test_needs_input_of_a_session_is_an_event(maestro: Maestro, server: StandIn) -> None:
    server.on("POST", SESSION + "/timeline", lambda request: (201, request.body))
    maestro("session", "needs-input", "Which branch?", SESSION_ID="ses_x")
    (event,) = server.asked("POST", SESSION + "/timeline")
    assert (event["type"], event["message"]) == ("needs_input", "Which branch?")


def test_spawn_from_a_session_names_it_as_the_parent(maestro: Maestro, server: StandIn) -> None:
    server.on("POST", "/api/sessions/spawn", lambda _: (201, {"sessionId": "ses_y"}))
    words = ("--task", "tsk_1,tsk_2", "--task", "tsk_3", "--strategy", "queue", "--env", "A=b=c")
    context = {"SESSION_ID": "ses_x", "PROJECT_ID": "prj_1"}
    result = maestro("session", "spawn", *words, "--agent", "shell", **context)
    assert result.out == "Spawned ses_y\n"
    (body,) = server.asked("POST", "/api/sessions/spawn")
    assert body == {
        "projectId": "prj_1",
        "taskIds": ["tsk_1", "tsk_2", "tsk_3"],
        "strategy": "queue",
        "spawnSource": "session",
        "sessionId": "ses_x",
        "agent": "shell",
        "env": {"A": "b=c"},
    }


def test_stop_takes_a_session_with_its_descendants_or_all(
    maestro: Maestro, server: StandIn
) -> None:
    server.on("POST", SESSION + "/stop", {"stopped": ["ses_y", "ses_x"]})
    server.on("POST", "/api/sessions/stop-all", {"stopped": []})
    assert maestro("session", "stop", "ses_x", "--cascade").out == "Stopped ses_y, ses_x\n"
    assert maestro("session", "stop", "--all", "--reason", "lunch").out == "Stopped nothing\n"
    assert server.asked("POST", SESSION + "/stop") == [{"cascade": True}]
    assert server.asked("POST", "/api/sessions/stop-all") == [{"reason": "lunch"}]


def test_a_tree_is_indented(maestro: Maestro, server: StandIn) -> None:
    def node(session_id: str, *children: Any) -> dict[str, Any]:
        session = {"id": session_id, "status": "idle", "name": "n"}
        return {"session": session, "children": list(children)}

    server.on("GET", SESSION + "/hierarchy", node("ses_x", node("ses_y", node("ses_z"))))
    out = maestro("session", "tree", "ses_x").out
    assert out == "ses_x  idle  n\n  ses_y  idle  n\n    ses_z  idle  n\n"


@pytest.mark.parametrize(
    ("context", "change"),
    [
        ({}, {"status": "completed"}),
        ({"SESSION_ID": "ses_x", "ROLE": "orchestrator"}, {"status": "completed"}),
        (
            {"SESSION_ID": "ses_x", "ROLE": "worker"},
            {"sessionStatus": "completed", "updateSource": "session", "sessionId": "ses_x"},
        ),
    ],
)
def test_a_worker_completes_its_part_and_others_the_task(
    maestro: Maestro, server: StandIn, context: dict[str, str], change: dict[str, str]
) -> None:
    server.on("PATCH", "/api/tasks/tsk_1", TASK)
    maestro("task", "complete", "tsk_1", **context)
    assert server.asked("PATCH", "/api/tasks/tsk_1") == [change]


def test_a_task_is_created_with_the_fields_that_were_given(
    maestro: Maestro, server: StandIn
) -> None:
    server.on("POST", "/api/tasks", lambda _: (201, TASK))
    words = ("Build", "--prompt", "make", "--dependencies", "tsk_2,tsk_3", "--priority", "high")
    maestro("task", "create", *words, PROJECT_ID="prj_1")
    (body,) = server.asked("POST", "/api/tasks")
    assert body == {
        "projectId": "prj_1",
        "title": "Build",
        "initialPrompt": "make",
        "priority": "high",
        "dependencies": ["tsk_2", "tsk_3"],
    }


def test_lists_send_only_the_filters_that_were_given(maestro: Maestro, server: StandIn) -> None:
    server.on("GET", "/api/tasks", [TASK])
    server.on("GET", "/api/sessions", [])
    maestro("task", "list", "--status", "todo", "--ready")
    assert maestro("session", "list").out == "No sessions.\n"
    assert [r.query for r in server.requests] == [{"status": "todo", "ready": "true"}, {}]


def test_next_prints_the_claim(maestro: Maestro, server: StandIn) -> None:
    item = {"taskId": "tsk_1", "status": "processing", "claimId": "clm_1"}
    server.on("POST", SESSION + "/queue/next", {"item": item, "task": TASK, "hasMore": True})
    out = maestro("queue", "next", SESSION_ID="ses_x").out
    assert out == "tsk_1  processing  Build  --claim clm_1\n"


def test_next_waits_as_long_as_it_is_told(maestro: Maestro, server: StandIn) -> None:
    answer = {"item": None, "task": None, "hasMore": False}
    server.on("POST", SESSION + "/queue/next", answer)
    maestro("queue", "next", "--wait", "20", SESSION_ID="ses_x")
    maestro("queue", "next", SESSION_ID="ses_x")
    assert [request.query for request in server.requests] == [{"wait": "20"}, {}]
    assert maestro("queue", "next", "--wait", "31", SESSION_ID="ses_x").exit_code == 2


def test_next_says_what_the_rest_waits_for(maestro: Maestro, server: StandIn) -> None:
    blocked = [{"taskId": "tsk_2", "waitingOn": ["tsk_1"]}]
    answer = {"item": None, "task": None, "hasMore": False, "blocked": blocked}
    server.on("POST", SESSION + "/queue/next", answer)
    assert "tsk_2 for tsk_1" in maestro("queue", "next", SESSION_ID="ses_x").out


def test_complete_finds_the_claim_and_repeats_it(maestro: Maestro, server: StandIn) -> None:
    items = [
        {"taskId": "tsk_0", "status": "completed", "claimId": "clm_0"},
        {"taskId": "tsk_1", "status": "processing", "claimId": "clm_1"},
    ]
    server.on("GET", SESSION + "/queue/items", {"items": items, "stats": {}})

    def complete(_: object) -> tuple[int, Any]:
        server.lose_answers = int(len(server.asked("POST", SESSION + "/queue/complete")) == 1)
        return 200, {"completedItem": {**items[1], "status": "completed"}, "nextItem": None}

    server.on("POST", SESSION + "/queue/complete", complete)
    result = maestro("queue", "complete", SESSION_ID="ses_x")
    assert result.out.startswith("tsk_1  completed")
    assert server.asked("POST", SESSION + "/queue/complete") == [{"claimId": "clm_1"}] * 2


def test_fail_sends_the_claim_and_the_reason_it_was_given(
    maestro: Maestro, server: StandIn
) -> None:
    answer = {"failedItem": {"taskId": "tsk_1", "status": "failed"}, "nextItem": {"taskId": "t2"}}
    server.on("POST", SESSION + "/queue/fail", answer)
    result = maestro("queue", "fail", "--claim", "clm_9", "--reason", "no", SESSION_ID="ses_x")
    assert result.out == "tsk_1  failed; next: t2\n"
    assert server.asked("POST", SESSION + "/queue/fail") == [{"claimId": "clm_9", "reason": "no"}]


def test_skipping_a_queued_item_is_never_repeated(maestro: Maestro, server: StandIn) -> None:
    server.on("GET", SESSION + "/queue/items", {"items": []})

    def skip(_: object) -> tuple[int, Any]:
        server.lose_answers = 1
        return 200, {}

    server.on("POST", SESSION + "/queue/skip", skip)
    assert maestro("queue", "skip", SESSION_ID="ses_x").exit_code == 3
    assert len(server.asked("POST", SESSION + "/queue/skip")) == 1


def test_launcher_is_paused_and_resumed(maestro: Maestro, server: StandIn) -> None:
    state = {"paused": True, "maxAgents": 8, "running": ["ses_x"], "waiting": ["ses_y", "ses_z"]}
    server.on("PATCH", "/api/launcher", state)
    assert maestro("launcher", "pause").out == "paused: 1 of 8 running, 2 waiting\n"
    maestro("launcher", "resume")
    assert server.asked("PATCH", "/api/launcher") == [{"paused": True}, {"paused": False}]


def test_a_touched_file_is_noted_with_its_whole_path(
    maestro: Maestro, server: StandIn, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    server.on("POST", SESSION + "/events", {})
    maestro("track-file", "a.py", SESSION_ID="ses_x")
    (event,) = server.asked("POST", SESSION + "/events")
    assert event == {"type": "file_touched", "data": {"path": str(tmp_path / "a.py")}}


def test_open_shows_the_sessions_page(
    maestro: Maestro, server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    maestro("open", SESSION_ID="ses_x")
    maestro("open")
    assert opened == [server.url + "/sessions/ses_x/", server.url + "/"]


def test_status_shows_the_server_and_the_session(maestro: Maestro, server: StandIn) -> None:
    server.on("GET", "/health", {"status": "ok", "version": "1"})
    server.on("GET", SESSION, {"id": "ses_x", "status": "working", "timeline": [{}]})
    document = maestro("status", "--json", SESSION_ID="ses_x").document
    assert document["data"]["session"] == {"id": "ses_x", "status": "working"}
    assert maestro("status").out == f"{server.url}: ok, version 1\n"


def test_manifest_generate_makes_the_seeds_format_from_tasks(
    maestro: Maestro, server: StandIn, tmp_path: Any
) -> None:
    task: dict[str, Any] = {
        "id": "tsk_a",
        "projectId": "prj_x",
        "title": "Build",
        "description": "",
        "dependencies": [],
        "priority": "high",
        "parentId": None,
        "createdAt": 1707260400000,
        "status": "todo",
    }
    server.on("GET", "/api/tasks/tsk_a", task)
    server.on("GET", "/api/projects/prj_x", {"id": "prj_x", "workingDir": "/srv/shop"})
    path = tmp_path / "manifest.json"

    said = maestro("manifest", "generate", "--task", "tsk_a", "--output", str(path))

    assert said.out == f"Wrote {path}\n"
    manifest = json.loads(path.read_text())
    assert set(manifest) == {
        "manifestVersion",
        "role",
        "strategy",
        "tasks",
        "session",
        "context",
        "skills",
    }
    assert manifest["session"]["workingDirectory"] == "/srv/shop"
    (made,) = manifest["tasks"]
    assert made["createdAt"] == "2024-02-06T23:00:00.000Z"
    assert made["acceptanceCriteria"] == ["Task completion as described"]
    assert "status" not in made


def test_manifest_show_prints_the_brief(maestro: Maestro, tmp_path: Any) -> None:
    (tmp_path / "m.json").write_text('{"tasks": []}')
    (tmp_path / "m.md").write_text("# You are a worker\n")
    paths = {"MANIFEST_PATH": f"{tmp_path}/m.json", "MANIFEST_MD": f"{tmp_path}/m.md"}
    assert maestro("manifest", "show", **paths).out == "# You are a worker\n"
    assert maestro("manifest", "show", "--json", **paths).document["data"] == {"tasks": []}


def test_a_refused_delete_is_told(maestro: Maestro, server: StandIn) -> None:
    has_children = refusal(409, "has_children", "It has children; pass --cascade.")
    server.on(
        "DELETE",
        "/api/tasks/tsk_1",
        lambda r: (200, {"success": True}) if r.query.get("cascade") else has_children,
    )
    assert maestro("task", "delete", "tsk_1").exit_code == 1
    assert maestro("task", "delete", "tsk_1", "--cascade").out == "Deleted tsk_1\n"

"""POST /api/sessions/{id}/hooks/{tool}: what each event of an agent's tool does to its session."""

from pathlib import Path
from typing import Any

import pytest

from access_app.tokens import session_token
from agents_app.tests.hooked import Claude
from conftest import Api
from sessions_app.models import Session
from sessions_app.rules import Status
from tests.records import make_session, make_tasks, timeline_of

CONVERSATION = "0b5f2c1e-1111-5222-8333-444455556666"


def test_session_start_registers_and_remembers_the_conversation(claude: Claude) -> None:
    assert claude("SessionStart", session_id=CONVERSATION, source="startup") == {}
    session = claude.session
    assert session["status"] == "idle"
    assert session["transitions"][-1]["what"] == "registered"
    assert session["transitions"][-1]["by"] == "agent"
    assert session["metadata"]["conversation"] == {"tool": "claude", "id": CONVERSATION}
    assert session["events"][0]["data"] == {"source": "startup"}


def test_a_prompt_is_work_and_answers_what_was_asked_in_the_terminal(claude: Claude) -> None:
    claude("Notification", message="Claude is waiting for your input")
    assert claude.session["needsInput"]["message"] == "Claude is waiting for your input"
    claude("UserPromptSubmit", prompt="Go on")
    assert (claude.session["status"], claude.session["needsInput"]) == ("working", None)


def test_tools_are_raw_events_with_the_files_they_wrote_and_no_secrets(claude: Claude) -> None:
    command = {"command": "API_KEY=s3cret npm test", "password": "hunter2"}
    claude("PreToolUse", tool_name="Bash", tool_input=command, tool_use_id="t1")
    claude("PostToolUse", tool_name="Bash", tool_input=command, tool_response="x" * 9000)
    write = {"file_path": "src/app.py", "content": "print()"}
    claude("PostToolUse", tool_name="Write", tool_input=write, cwd="/srv/work")

    assert claude.raw_types == ["PreToolUse", "PostToolUse", "PostToolUse", "file_touched"]
    before, after, _, touched = (event["data"] for event in claude.session["events"])
    assert before["tool_input"] == {"command": "API_KEY=•••••• npm test", "password": "••••••"}
    assert "tool_response" not in after
    assert touched == {"path": "/srv/work/src/app.py", "tool": "Write"}
    assert claude.said == []


def test_an_unknown_event_is_kept_in_a_bearable_size(claude: Claude) -> None:
    claude("MoonRose", light="x" * 5000, nested={"api_token": "abc"}, many=list(range(100)))
    (event,) = claude.session["events"]
    assert event["type"] == "MoonRose"
    assert event["data"]["light"].endswith("(4,000 more characters)")
    assert event["data"]["nested"] == {"api_token": "••••••"}
    assert len(event["data"]["many"]) == 50


@pytest.mark.parametrize("event", [{}, {"hook_event_name": 7}, {"tool_input": "text"}])
def test_no_event_is_refused_for_what_is_in_it(claude: Claude, event: dict[str, Any]) -> None:
    assert claude.send(event).status == 200
    assert len(claude.raw_types) == 1


def test_what_is_no_object_is_refused(claude: Claude) -> None:
    assert claude.send([1]).code == "validation_error"


def test_other_tools_have_no_hooks(api: Api, claude: Claude) -> None:
    assert Claude(api, claude.session_id, "vim").send({}).code == "not_found"


def test_a_session_may_send_only_its_own_hooks(api: Api, claude: Claude) -> None:
    other = make_session()
    header = {"Authorization": f"Bearer {session_token(other.pk)}"}
    answer = api.post(f"/sessions/{claude.session_id}/hooks/claude", {}, headers=header)
    assert (answer.status, answer.code) == (403, "forbidden")


def test_subagents_are_milestones(claude: Claude) -> None:
    claude("SubagentStart", agent_id="a1", agent_type="Explore")
    claude("SubagentStop", agent_id="a1", agent_type="Explore", last_assistant_message="Found 3")
    assert claude.said == [
        ("milestone", "Subagent Explore started"),
        ("milestone", "Subagent Explore finished: Found 3"),
    ]


def test_a_turn_that_failed_is_an_error_and_waits_for_a_person(claude: Claude) -> None:
    claude("StopFailure", error="rate_limit", error_details="try at 5 pm")
    assert [kind for kind, _ in claude.said] == ["error", "needs_input"]
    assert "rate_limit (try at 5 pm)" in claude.said[0][1]


def test_the_end_of_the_tool_completes_the_session_but_clearing_does_not(claude: Claude) -> None:
    claude("SessionEnd", reason="clear")
    assert claude.session["status"] == "idle"
    claude("SessionEnd", reason="prompt_input_exit")
    assert claude.session["status"] == "completed"


def test_on_a_final_session_everything_is_kept_and_nothing_changes(claude: Claude) -> None:
    claude("SessionEnd", reason="other")
    for name in ("Stop", "UserPromptSubmit", "Notification", "SessionEnd", "SessionStart"):
        assert claude(name, message="late") == {}
    assert claude.session["status"] == "completed"
    assert claude.raw_types[-1] == "SessionStart"
    assert [kind for kind, _ in claude.said] == ["session_stopped"]


def test_an_event_that_is_delivered_twice_does_nothing_twice(queued: Claude) -> None:
    first = queued("Stop", key="01JDELIVERY1")
    assert first["decision"] == "block"
    assert queued("Stop", key="01JDELIVERY1") == first
    assert queued.raw_types == ["Stop"]
    assert queued.send({"hook_event_name": "Other"}, key="01JDELIVERY1").code == (
        "idempotency_conflict"
    )


def usage_line(request: str, tokens: int) -> str:
    usage = f'{{"input_tokens": {tokens}, "output_tokens": 2, "cache_read_input_tokens": 7}}'
    body = f'{{"role": "assistant", "usage": {usage}}}'
    return f'{{"type": "assistant", "requestId": "{request}", "message": {body}}}\n'


def test_usage_is_read_from_the_transcript_once_a_request(claude: Claude, tmp_path: Path) -> None:
    transcript = tmp_path / f"{CONVERSATION}.jsonl"
    transcript.write_text('{"type": "user"}\n' + usage_line("r1", 10) + usage_line("r1", 10))
    said = {"session_id": CONVERSATION, "transcript_path": str(transcript)}
    claude("SessionStart", **said)
    assert claude.session["metadata"]["usage"] == {
        "cacheReadTokens": 7,
        "inputTokens": 10,
        "outputTokens": 2,
    }
    below = tmp_path / CONVERSATION / "subagents"
    below.mkdir(parents=True)
    (below / "agent-1.jsonl").write_text(usage_line("r9", 100))
    with transcript.open("a") as file:
        file.write(usage_line("r2", 5) + '{"type": "assistant", "message": {"usa')
    claude("Stop", **said)
    assert claude.session["metadata"]["usage"]["inputTokens"] == 115


def test_a_missing_transcript_leaves_usage_unknown(claude: Claude, tmp_path: Path) -> None:
    claude("Stop", session_id="x", transcript_path=str(tmp_path / "none.jsonl"))
    assert "usage" not in claude.session["metadata"]


def test_a_successor_does_not_count_what_was_used_before_it(api: Api, tmp_path: Path) -> None:
    transcript = tmp_path / "t.jsonl"
    transcript.write_text(usage_line("r1", 10))
    said = {"session_id": CONVERSATION, "transcript_path": str(transcript)}
    task = make_tasks("Dig")
    first = Claude(api, make_session(task).pk)
    first("SessionStart", **said)
    second = Claude(api, make_session(task, metadata={"resumedFrom": first.session_id}).pk)
    with transcript.open("a") as file:
        file.write(usage_line("r2", 3))
    second("SessionStart", source="resume", **said)
    assert second.session["metadata"]["usage"]["inputTokens"] == 3


def test_codex_speaks_by_its_stream(api: Api) -> None:
    codex = Claude(api, make_session(make_tasks("Dig"), status=Status.SPAWNING).pk, "codex")
    steps = [{"text": "Look", "completed": True}, {"text": "Dig", "completed": False}]
    for event in (
        {"type": "thread.started", "thread_id": "th1"},
        {"type": "turn.started"},
        {"type": "item.updated", "item": {"type": "todo_list", "items": steps}},
        {"type": "item.completed", "item": {"type": "agent_message", "text": "Digging\nnow"}},
        {"type": "item.completed", "item": {"type": "command_execution", "command": "ls"}},
        {
            "type": "item.completed",
            "item": {"type": "file_change", "changes": [{"path": "/a.py", "kind": "add"}]},
        },
        {
            "type": "turn.completed",
            "usage": {"input_tokens": 10, "cached_input_tokens": 4, "output_tokens": 1},
        },
        {"type": "turn.failed", "error": {"message": "no network"}},
    ):
        assert codex.send(event).status == 200
    assert codex.said == [
        ("progress", "Dig"),
        ("progress", "Digging now"),
        ("error", "no network"),
    ]
    session = codex.session
    assert session["status"] == "working"
    assert session["metadata"]["usage"] == {
        "inputTokens": 6,
        "outputTokens": 1,
        "cacheReadTokens": 4,
    }
    assert session["metadata"]["conversation"]["id"] == "th1"
    assert "file_touched" in codex.raw_types


def test_codex_hooks_are_read_as_claudes_and_its_notify_asks_a_person(api: Api) -> None:
    codex = Claude(api, make_session(make_tasks("Dig"), status=Status.SPAWNING).pk, "codex")
    codex("SessionStart", session_id="th1")
    assert codex.session["status"] == "idle"
    done = {"type": "agent-turn-complete", "thread-id": "th1", "last-assistant-message": "Done?"}
    assert codex.send(done).body == {}
    assert codex.session["needsInput"]["message"] == "Done?"


def test_reports_name_the_task_in_work(queued: Claude) -> None:
    queued("Stop")
    queued("SubagentStart", agent_type="Plan")
    session = Session.objects.get(pk=queued.session_id)
    assert timeline_of(session.pk)[-1]["taskId"] == queued.session["taskIds"][0]


def test_a_session_without_tasks_takes_hooks_too(api: Api) -> None:
    bare = Claude(api, make_session().pk)
    assert bare("Stop") == {}
    assert bare.session["needsInput"] is not None

"""POST /api/sessions/{id}/hooks/{tool}: what each event of an agent's tool does to its session."""

import queue
from pathlib import Path
from typing import Any

import pytest

from access_app.tokens import session_token
from agents_app import hosts, keyboard
from conftest import Answer, Api, Clock
from sessions_app.models import Session
from sessions_app.rules import Status
from tests.records import make_queue, make_session, make_tasks, status_of, timeline_of

CONVERSATION = "0b5f2c1e-1111-5222-8333-444455556666"


class Claude:
    """Sends hooks as the plugin does."""

    def __init__(self, api: Api, session_id: str, tool: str = "claude") -> None:
        self._api = api
        self.session_id = session_id
        self._path = f"/sessions/{session_id}/hooks/{tool}"

    def __call__(self, name: str, **fields: Any) -> Any:
        """The fields of the event, and how it is delivered: `key`, `late`."""
        how = {word: fields.pop(word) for word in ("key", "late") if word in fields}
        answer = self.send({"hook_event_name": name, **fields}, **how)
        assert answer.status == 200, answer.body
        return answer.body

    def send(self, event: Any, *, key: str = "", late: bool = False) -> Answer:
        headers = {"Idempotency-Key": key} if key else {}
        headers |= {"X-Maestro-Late": "true"} if late else {}
        return self._api.post(self._path, event, headers=headers)

    @property
    def session(self) -> dict[str, Any]:
        return dict(self._api.get(f"/sessions/{self.session_id}").body)

    @property
    def raw_types(self) -> list[str]:
        return [event["type"] for event in self.session["events"]]

    @property
    def said(self) -> list[tuple[str, str]]:
        events = timeline_of(self.session_id)
        return [(event["type"], event.get("message", "")) for event in events[1:]]

    def answer(self, **body: Any) -> Answer:
        return self._api.post(f"/sessions/{self.session_id}/input", body)


@pytest.fixture
def claude(api: Api) -> Claude:
    """A spawning session on one task, whose agent chooses."""
    return Claude(api, make_session(make_tasks("Dig"), status=Status.SPAWNING).pk)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> "queue.SimpleQueue[bytes]":
    """A terminal for every session, and what is typed into it."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def take(folder: Path, content: bytes) -> bool:
        lines.put(content)
        return True

    monkeypatch.setattr(hosts, "find", lambda folder: object())
    monkeypatch.setattr(hosts, "send_input", take)
    monkeypatch.setattr(keyboard, "BEFORE_RETURN_S", 0.0)
    return lines


@pytest.fixture
def queued(api: Api) -> Claude:
    session, _ = make_queue("Dig", "Pave")
    return Claude(api, session.pk)


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


def test_stop_gives_the_next_task_then_names_the_unfinished_one(api: Api, queued: Claude) -> None:
    given = queued("Stop", stop_hook_active=False)
    assert given["decision"] == "block"
    assert given["reason"].startswith("Next task: Dig (tsk_")
    assert "maestro queue complete" in given["reason"]
    assert queued.session["status"] == "working"
    again = queued("Stop", stop_hook_active=True)
    assert again["reason"].startswith("You have not ended Dig (tsk_")
    api.post(f"/sessions/{queued.session_id}/queue/complete")
    assert queued("Stop", stop_hook_active=True)["reason"].startswith("Next task: Pave")
    api.post(f"/sessions/{queued.session_id}/queue/complete")
    assert queued("Stop", stop_hook_active=True) == {}
    assert status_of(queued.session_id) is Status.COMPLETED
    assert [kind for kind, _ in queued.said].count("task_started") == 2


def test_stop_does_not_disturb_who_waits_for_a_person(queued: Claude, api: Api) -> None:
    queued("Stop")
    asked = {"type": "needs_input", "message": "Which port?"}
    api.post(f"/sessions/{queued.session_id}/timeline", asked)
    assert queued("Stop") == {}
    assert queued.session["needsInput"]["message"] == "Which port?"


def test_stop_with_something_in_the_background_is_no_stop(queued: Claude) -> None:
    queued("Stop")
    assert queued("Stop", background_tasks=[{"id": "b1"}]) == {}
    assert queued.session["needsInput"] is None


def test_after_eight_in_a_row_a_person_is_asked(queued: Claude) -> None:
    answers = [queued("Stop") for _ in range(9)]
    assert [bool(answer) for answer in answers] == [True] * 8 + [False]
    assert queued.session["needsInput"]["message"].startswith("It stopped 9 times")


def test_after_eight_in_a_row_the_next_task_is_typed_where_there_is_a_terminal(
    queued: Claude, api: Api, typed: "queue.SimpleQueue[bytes]"
) -> None:
    for _ in range(8):
        queued("Stop")
    api.post(f"/sessions/{queued.session_id}/queue/complete")
    assert queued("Stop") == {}
    line = typed.get(timeout=10)
    assert line.startswith(b"Next task: Pave (tsk_")
    assert b"\n" not in line
    assert typed.get(timeout=10) == b"\r"
    assert queued.session["needsInput"] is None


def test_a_late_stop_is_answered_in_the_terminal(
    queued: Claude, typed: "queue.SimpleQueue[bytes]"
) -> None:
    assert queued("Stop", late=True) == {}
    assert typed.get(timeout=10).startswith(b"Next task: Dig")


def test_an_answer_is_typed_unless_the_agent_waits_for_it(
    claude: Claude, api: Api, typed: "queue.SimpleQueue[bytes]"
) -> None:
    path = f"/sessions/{claude.session_id}/timeline"
    waiting = {"type": "needs_input", "message": "Port?", "metadata": {"waits": True}}
    api.post(path, waiting)
    claude.answer(text="8080")
    claude("PermissionRequest", tool_name="Bash", tool_input={}, key="K1")
    claude.answer(decision="approve")
    api.post(path, {"type": "needs_input", "message": "Colour?"})
    claude.answer(text="blue\x1b[31m\nand green")
    assert typed.get(timeout=10) == b"blue [31m and green"
    assert typed.get(timeout=10) == b"\r"
    assert typed.empty()


def test_the_end_of_a_tool_whose_process_is_ours_leaves_the_rest_to_its_exit_code(
    claude: Claude, typed: "queue.SimpleQueue[bytes]"
) -> None:
    claude("SessionEnd", reason="other")
    assert claude.session["status"] == "idle"


def test_a_prompt_begins_a_new_row(queued: Claude) -> None:
    for _ in range(8):
        queued("Stop")
    queued("UserPromptSubmit", prompt="go on")
    assert queued("Stop")["decision"] == "block"


def test_a_stop_that_comes_late_claims_nothing_for_nobody(queued: Claude) -> None:
    assert queued("Stop", late=True, last_assistant_message="Shall I?") == {}
    assert queued.session["needsInput"]["message"] == "Shall I?"
    assert "task_started" not in [kind for kind, _ in queued.said]


def test_without_a_queue_stop_says_what_the_agent_said_last(claude: Claude) -> None:
    assert claude("Stop", last_assistant_message="Which port\nshould it use?") == {}
    assert claude.session["needsInput"]["message"] == "Which port should it use?"


def test_a_permission_is_asked_for_with_what_is_to_be_done(claude: Claude) -> None:
    given = {"command": "rm -rf build", "description": "Clean"}
    assert claude("PermissionRequest", tool_name="Bash", tool_input=given, key="K1") == {}
    question = timeline_of(claude.session_id)[-1]
    assert question["message"] == "May it use Bash? rm -rf build"
    assert claude.session["needsInput"]["message"] == "May it use Bash?"
    assert question["metadata"]["shown"] == "rm -rf build\ndescription: Clean"
    assert question["metadata"]["options"] == ["Approve", "Deny"]
    assert claude.session["needsInput"]["eventId"] == question["id"]


def test_an_approval_is_the_answer_when_the_hook_asks_again(claude: Claude) -> None:
    request = {"tool_name": "Bash", "tool_input": {"command": "make"}, "key": "K1"}
    claude("PermissionRequest", **request)
    assert claude.answer(decision="approve").status == 200
    assert claude("PermissionRequest", **request) == {
        "hookSpecificOutput": {
            "hookEventName": "PermissionRequest",
            "decision": {"behavior": "allow"},
        }
    }
    assert claude.raw_types == ["PermissionRequest"]
    assert claude.said[-1] == ("progress", "Approved")
    decided = [one for one in claude.session["transitions"] if one.get("what") == "approved"]
    assert [one["by"] for one in decided] == ["user"]


def test_a_denial_says_why(claude: Claude) -> None:
    claude("PermissionRequest", tool_name="Bash", tool_input={}, key="K1")
    assert claude.answer(option="Deny", text="Use make instead").status == 200
    answer = claude("PermissionRequest", tool_name="Bash", tool_input={}, key="K1")
    assert answer["hookSpecificOutput"]["decision"] == {
        "behavior": "deny",
        "message": "Use make instead",
    }


def test_a_permission_takes_no_other_answer(claude: Claude) -> None:
    claude("PermissionRequest", tool_name="Bash", tool_input={}, key="K1")
    assert claude.answer(text="hm").code == "validation_error"
    assert claude.session["needsInput"] is not None


def test_no_agent_approves_what_it_asks_for(api: Api, claude: Claude) -> None:
    claude("PermissionRequest", tool_name="Bash", tool_input={}, key="K1")
    token = {"Authorization": f"Bearer {session_token(claude.session_id)}"}
    path = f"/sessions/{claude.session_id}"
    assert api.post(f"{path}/input", {"decision": "approve"}, headers=token).status == 403
    question = claude.session["needsInput"]["eventId"]
    forged = {"answer": "approve", "answerTo": question, "decision": "approve"}
    api.post(f"{path}/timeline", {"message": "Approved", "metadata": forged}, headers=token)
    assert claude("PermissionRequest", tool_name="Bash", tool_input={}, key="K1") == {}


def test_one_key_is_one_question(claude: Claude) -> None:
    claude("PermissionRequest", tool_name="Bash", tool_input={"command": "ls"}, key="K1")
    claude.answer(decision="approve")
    other = {"hook_event_name": "PermissionRequest", "tool_name": "Bash"}
    answer = claude.send({**other, "tool_input": {"command": "rm"}}, key="K1")
    assert answer.code == "idempotency_conflict"


def test_of_two_permissions_the_first_is_asked_again_when_the_second_is_decided(
    claude: Claude,
) -> None:
    first = {"tool_name": "Bash", "tool_input": {"command": "one"}, "key": "K1"}
    second = {"tool_name": "Bash", "tool_input": {"command": "two"}, "key": "K2"}
    claude("PermissionRequest", **first)
    claude("PermissionRequest", **second)
    claude.answer(decision="deny")
    assert claude("PermissionRequest", **first) == {}
    assert claude.session["needsInput"]["eventId"] == "evt_k1"


def test_what_was_decided_in_the_terminal_is_no_question_any_more(claude: Claude) -> None:
    given = {"command": "make", "token": "abc"}
    claude("PermissionRequest", tool_name="Bash", tool_input=given, key="K1")
    claude("PostToolUse", tool_name="Bash", tool_input={"command": "other"})
    assert claude.session["needsInput"] is not None
    claude("PostToolUse", tool_name="Bash", tool_input=given)
    assert claude.session["needsInput"] is None
    assert claude.said[-1] == ("progress", "Decided in its terminal")


def test_after_the_wait_the_decision_is_the_terminals(claude: Claude, clock: Clock) -> None:
    claude("PermissionRequest", tool_name="Bash", tool_input={}, key="K1")
    clock.forward(s=601)
    answer = claude.answer(decision="approve")
    assert answer.code == "already_answered"
    assert "terminal" in answer.body["message"]


def test_a_notification_does_not_hide_a_permission(claude: Claude) -> None:
    claude("PermissionRequest", tool_name="Bash", tool_input={}, key="K1")
    claude("Notification", notification_type="permission_prompt", message="needs permission")
    claude("Notification", notification_type="auth_success", message="Hello")
    assert claude.session["needsInput"]["message"] == "May it use Bash?"


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

"""A tool that asks whether it may: the question, who decides it, and what the tool hears."""

from access_app.tokens import session_token
from agents_app.tests.hooked import Claude
from conftest import Api, Clock
from tests.records import timeline_of


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

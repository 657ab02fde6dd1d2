"""A tool that stops: its next task, by the hook's answer or in its terminal."""

import queue

from agents_app.tests.hooked import Claude
from conftest import Api
from sessions_app.rules import Status
from tests.records import status_of


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

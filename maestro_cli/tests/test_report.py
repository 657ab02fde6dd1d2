"""What `maestro report` writes to the timeline."""

from __future__ import annotations

from typing import Any

import pytest

from maestro_cli.commands import report
from maestro_cli.tests.conftest import Maestro
from maestro_cli.tests.standin import Answer, Request, StandIn

TIMELINE = "/api/sessions/ses_x/timeline"


@pytest.fixture(autouse=True)
def timeline(server: StandIn) -> None:
    server.on("POST", TIMELINE, lambda request: (201, request.body))


def posted(server: StandIn) -> Any:
    (body,) = server.asked("POST", TIMELINE)
    return body


def test_progress_carries_both_forms_of_its_share(maestro: Maestro, server: StandIn) -> None:
    maestro("report", "progress", "a", "--task", "tsk_1", "--percent", "25", SESSION_ID="ses_x")
    event = posted(server)
    assert event.pop("id").startswith("evt_")
    assert event == {
        "type": "progress",
        "message": "a",
        "taskId": "tsk_1",
        "metadata": {"percent": 25, "progress": 0.25},
    }


def test_several_tasks_are_one_request_with_an_event_each(
    maestro: Maestro, server: StandIn
) -> None:
    maestro("report", "blocked", "a", "--task", "tsk_1, tsk_2", SESSION_ID="ses_x")
    events = posted(server)
    assert [(e["type"], e["taskId"]) for e in events] == [
        ("task_blocked", "tsk_1"),
        ("task_blocked", "tsk_2"),
    ]
    assert events[0]["id"] != events[1]["id"]


def test_complete_means_the_only_task_of_the_session(maestro: Maestro, server: StandIn) -> None:
    maestro("report", "complete", "done", SESSION_ID="ses_x", TASK_IDS="tsk_1")
    event = posted(server)
    assert (event["type"], event["taskId"]) == ("task_completed", "tsk_1")


def test_complete_asks_which_of_several_tasks(maestro: Maestro, server: StandIn) -> None:
    result = maestro("report", "complete", "done", SESSION_ID="ses_x", TASK_IDS="tsk_1,tsk_2")
    assert result.exit_code == 2
    assert "--task" in result.err
    assert server.requests == []


def test_complete_in_a_queue_names_the_command_that_moves_it(maestro: Maestro) -> None:
    variables = {"SESSION_ID": "ses_x", "TASK_IDS": "tsk_1", "STRATEGY": "queue"}
    assert "maestro queue complete" in maestro("report", "complete", "x", **variables).out


def test_needs_input_carries_the_question_and_its_options(
    maestro: Maestro, server: StandIn
) -> None:
    words = ("report", "needs-input", "Ship?", "--option", "yes", "--option", "no")
    maestro(*words, SESSION_ID="ses_x")
    event = posted(server)
    assert event["type"] == "needs_input"
    assert event["metadata"] == {"question": "Ship?", "options": ["yes", "no"]}


def test_wait_prints_the_answer_to_this_question_only(
    maestro: Maestro, server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "POLL_S", 0.01)

    def pages(request: Request) -> Answer:
        question = posted(server)["id"]
        assert request.query["type"] == "progress"
        if request.query["after"] == question:
            other = {"id": "evt_2", "metadata": {"answer": "no", "answerTo": "evt_other"}}
            return 200, {"events": [other], "hasMore": False}
        assert request.query["after"] == "evt_2"
        if len(server.requests) < 5:
            return 200, {"events": [], "hasMore": False}
        answer = {"id": "evt_3", "metadata": {"answer": "yes", "answerTo": question}}
        return 200, {"events": [{"id": "evt_4"}, answer], "hasMore": False}

    server.on("GET", TIMELINE, pages)
    result = maestro("report", "needs-input", "Ship?", "--wait", SESSION_ID="ses_x")
    assert (result.exit_code, result.out) == (0, "yes\n")


def test_waiting_in_vain_is_exit_code_1(
    maestro: Maestro, server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "POLL_S", 0.01)
    server.on("GET", TIMELINE, {"events": [], "hasMore": False})
    words = ("report", "needs-input", "Ship?", "--wait", "0.05", "--json")
    result = maestro(*words, SESSION_ID="ses_x")
    assert result.exit_code == 1
    assert result.document["error"] == "no_answer"

"""The state machine and what events do: tables of cases."""

from typing import Any

import pytest

from core.errors import BadInput
from sessions_app.rules import (
    FINAL,
    InvalidTransition,
    SessionIsFinal,
    Status,
    can_move,
    check_move,
    check_wire_type,
    deepest_first,
    ending,
    fraction_of,
    placed_time,
    status_after_exit,
    status_after_task_event,
    stop_message,
    understood,
)
from sessions_app.rules import EventType as Event
from tasks_app.rules import SessionStatusOfTask as OfTask

ALLOWED = {
    ("spawning", "idle"),
    ("spawning", "working"),
    ("spawning", "failed"),
    ("spawning", "stopped"),
    ("idle", "working"),
    ("idle", "completed"),
    ("idle", "failed"),
    ("idle", "stopped"),
    ("working", "idle"),
    ("working", "completed"),
    ("working", "failed"),
    ("working", "stopped"),
}


@pytest.mark.parametrize("current", Status)
@pytest.mark.parametrize("to", Status)
def test_the_table_allows_these_moves_and_no_others(current: Status, to: Status) -> None:
    if (current.value, to.value) in ALLOWED:
        check_move(current, to)
        return
    late = current in FINAL and to not in FINAL
    with pytest.raises(SessionIsFinal if late else InvalidTransition):
        check_move(current, to)


def test_a_refused_move_says_what_is_allowed() -> None:
    with pytest.raises(InvalidTransition) as refused:
        check_move(Status.SPAWNING, Status.COMPLETED)
    assert refused.value.details == {
        "from": "spawning",
        "to": "completed",
        "allowed": ["failed", "idle", "stopped", "working"],
    }


@pytest.mark.parametrize(
    ("word", "current", "meant"),
    [
        ("running", Status.SPAWNING, Status.IDLE),
        ("running", Status.IDLE, Status.WORKING),
        ("running", Status.WORKING, Status.WORKING),
        ("stopped", Status.IDLE, Status.STOPPED),
    ],
)
def test_words_of_other_clients_are_understood(word: str, current: Status, meant: Status) -> None:
    assert understood(word, current) is meant


@pytest.mark.parametrize("word", ["session_started", "session_stopped", "note", "", "Progress"])
def test_an_event_type_that_may_not_be_posted_is_refused_naming_the_eleven(word: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_wire_type(word)
    assert all(event_type.value in refused.value.message for event_type in Event)


@pytest.mark.parametrize(
    ("reported", "last", "now", "placed"),
    [
        (None, 10, 20, 20),
        (15, 10, 20, 15),
        (5, 10, 20, 10),
        (25, 10, 20, 20),
        (None, 30, 20, 30),
        (5, 30, 20, 30),
        (40, 30, 20, 30),
    ],
)
def test_a_clients_time_lies_between_the_last_event_and_now(
    reported: int | None, last: int, now: int, placed: int
) -> None:
    assert placed_time(reported, last_ms=last, now_ms=now) == placed


@pytest.mark.parametrize(
    ("event_type", "started", "status", "result"),
    [
        (Event.TASK_COMPLETED, 100, "working", (OfTask.COMPLETED, 50)),
        (Event.TASK_FAILED, 100, "working", (OfTask.FAILED, 50)),
        (Event.TASK_BLOCKED, 100, "working", (OfTask.BLOCKED, 50)),
        (Event.TASK_SKIPPED, None, "queued", (OfTask.SKIPPED, None)),
        (Event.TASK_COMPLETED, None, "blocked", (OfTask.COMPLETED, None)),
        (Event.TASK_COMPLETED, None, "completed", None),
        (Event.TASK_FAILED, None, "completed", None),
        (Event.TASK_BLOCKED, None, "skipped", None),
    ],
)
def test_an_ending_ends_an_attempt_once(
    event_type: Event, started: int | None, status: str, result: tuple[Any, ...] | None
) -> None:
    found = ending(event_type, 150, attempt_started_at=started, status=status)
    assert (found and (found.status, found.duration_ms)) == result


@pytest.mark.parametrize(
    ("current", "open_attempts", "unfinished", "to"),
    [
        ("spawning", 1, 1, "working"),
        ("idle", 1, 2, "working"),
        ("working", 0, 1, "idle"),
        ("working", 0, 0, "working"),
        ("working", 1, 2, "working"),
        ("spawning", 0, 1, "spawning"),
        ("completed", 1, 1, "completed"),
    ],
)
def test_the_status_follows_the_tasks(
    current: str, open_attempts: int, unfinished: int, to: str
) -> None:
    found = status_after_task_event(
        Status(current), open_attempts=open_attempts, unfinished=unfinished
    )
    assert found == to


@pytest.mark.parametrize(
    ("current", "exit_code", "unfinished", "failed", "to"),
    [
        ("working", 0, 0, 0, "completed"),
        ("idle", 0, 0, 1, "failed"),
        ("working", 0, 2, 0, "stopped"),
        ("working", 0, 2, 1, "stopped"),
        ("working", 1, 0, 0, "failed"),
        ("working", None, 0, 0, "failed"),
        ("spawning", 0, 0, 0, "stopped"),
        ("spawning", 1, 0, 0, "failed"),
    ],
)
def test_what_the_end_of_a_process_means(
    current: str, exit_code: int | None, unfinished: int, failed: int, to: str
) -> None:
    found = status_after_exit(
        exit_code, current=Status(current), unfinished=unfinished, failed=failed
    )
    assert found == to
    assert can_move(Status(current), found)


@pytest.mark.parametrize(
    ("metadata", "fraction"),
    [
        ({"progress": 0.25}, 0.25),
        ({"progress": 2}, 1.0),
        ({"percent": 30}, 0.3),
        ({"percent": -5}, 0.0),
        ({"step": 1, "totalSteps": 4}, 0.25),
        ({"step": 1, "totalSteps": 0}, None),
        ({"progress": True}, None),
        ({"progress": "half"}, None),
        ({}, None),
    ],
)
def test_progress_is_read_whichever_way_it_is_said(
    metadata: dict[str, Any], fraction: float | None
) -> None:
    assert fraction_of(metadata) == fraction


@pytest.mark.parametrize(
    ("status", "why", "message"),
    [
        ("completed", "", "Session completed successfully"),
        ("failed", "exit code 3", "Session failed: exit code 3"),
        ("stopped", "", "Session stopped by user"),
        ("stopped", "wrong task", "Session stopped by user: wrong task"),
    ],
)
def test_the_last_event_says_how_it_ended(status: str, why: str, message: str) -> None:
    assert stop_message(Status(status), why, "user") == message


def test_the_deepest_come_first_and_equals_keep_their_order() -> None:
    assert deepest_first([(1, "a"), (3, "b"), (2, "c"), (3, "d")]) == ["b", "d", "c", "a"]

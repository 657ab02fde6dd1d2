"""Where a task stands on the board, and what dropping it somewhere makes of it."""

import pytest

from core.errors import BadInput
from tasks_app.columns import Column, column_of, status_on


@pytest.mark.parametrize(
    ("status", "session_status", "column"),
    [
        ("todo", None, Column.TODO),
        ("todo", "completed", Column.TODO),
        ("in_progress", None, Column.IN_PROGRESS),
        ("in_progress", "failed", Column.IN_PROGRESS),
        ("in_progress", "completed", Column.REVIEW),
        ("blocked", "completed", Column.BLOCKED),
        ("completed", "working", Column.DONE),
        ("cancelled", None, Column.DONE),
        ("a word of another tool", None, Column.TODO),
    ],
)
def test_what_an_agent_finished_waits_for_review(
    status: str, session_status: str | None, column: Column
) -> None:
    assert column_of(status, session_status) is column


@pytest.mark.parametrize(
    ("column", "status"),
    [
        ("todo", "todo"),
        ("in_progress", "in_progress"),
        ("blocked", "blocked"),
        ("done", "completed"),
    ],
)
def test_a_column_gives_its_status(column: str, status: str) -> None:
    assert status_on(column, coming_from=Column.TODO) == status


@pytest.mark.parametrize(
    ("column", "coming_from"),
    [
        ("review", Column.IN_PROGRESS),
        ("in_progress", Column.REVIEW),
        ("elsewhere", Column.TODO),
        ("", Column.TODO),
    ],
)
def test_what_only_a_session_can_say_is_no_place_to_drop(column: str, coming_from: Column) -> None:
    with pytest.raises(BadInput):
        status_on(column, coming_from=coming_from)

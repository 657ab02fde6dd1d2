"""What a task may be and become: tables of cases."""

import pytest

from core.errors import ForbiddenField
from tasks_app.rules import Cycle, check_agent_fields, check_no_cycle

EDGES = {"a": ["b"], "b": ["c"], "c": [], "d": ["d2", "b"], "d2": []}


@pytest.mark.parametrize(
    ("start", "next_ids", "path"),
    [
        ("a", ["a"], ["a", "a"]),
        ("b", ["a"], ["b", "a", "b"]),
        ("c", ["a"], ["c", "a", "b", "c"]),
        ("c", ["d"], ["c", "d", "b", "c"]),
    ],
)
def test_a_circle_is_refused_and_its_path_named(
    start: str, next_ids: list[str], path: list[str]
) -> None:
    with pytest.raises(Cycle) as refused:
        check_no_cycle(start, next_ids, lambda here: EDGES.get(here, []), word="waits for")
    assert refused.value.details == {"path": path}
    assert " waits for ".join(path) in refused.value.message


@pytest.mark.parametrize(
    ("start", "next_ids"), [("a", ["c"]), ("d", ["a"]), ("x", []), ("x", ["y"])]
)
def test_what_does_not_come_back_is_allowed(start: str, next_ids: list[str]) -> None:
    check_no_cycle(start, next_ids, lambda here: EDGES.get(here, []), word="waits for")


def test_a_circle_that_is_already_there_and_elsewhere_ends_the_search() -> None:
    edges = {"x": ["y"], "y": ["x"]}
    check_no_cycle("a", ["x"], lambda here: edges.get(here, []), word="waits for")


def test_an_agent_may_say_its_own_status_only() -> None:
    check_agent_fields(["sessionStatus", "updateSource", "sessionId"])
    with pytest.raises(ForbiddenField) as refused:
        check_agent_fields(["title", "sessionStatus", "priority"])
    assert refused.value.details == {"fields": ["priority", "title"]}

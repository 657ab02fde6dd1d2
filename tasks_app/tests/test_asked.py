"""What a project page's address asks for, read and written back."""

from urllib.parse import parse_qsl

import pytest

from tasks_app.asked import Asked


@pytest.mark.parametrize(
    "query",
    [
        "?",
        "?view=board&q=log+in&status=review&priority=high&ready=1",
        "?folded=tsk_1+tsk_2&rows=400",
    ],
)
def test_an_address_is_read_and_written_back(query: str) -> None:
    assert Asked.read(dict(parse_qsl(query.removeprefix("?")))).query() == query


def test_what_no_page_shows_is_passed_over() -> None:
    wild = {"view": "x", "status": "x", "priority": "x", "ready": "yes", "rows": "-1"}
    assert Asked.read({**wild, "folded": "../x tsk_1"}) == Asked(folded=("tsk_1",))


def test_a_parent_is_folded_and_opened_by_the_same_link() -> None:
    asked = Asked(view="tree")
    folded = Asked.read({"folded": "tsk_1"})
    assert asked.fold("tsk_1") == "?folded=tsk_1"
    assert folded.fold("tsk_1") == "?"

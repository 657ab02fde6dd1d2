"""Which entries of the log touch what a page shows, and what a page may ask for."""

from typing import Any

import pytest

from core.errors import BadInput
from dashboard_app.consumers import _read
from dashboard_app.live import topic_named
from events_app.log import Entry


def entry(event_type: str, **ids: Any) -> Entry:
    places = {"project_id": None, "session_id": None, "task_id": None, "payload": {}, **ids}
    return Entry(seq=1, at=1, type=event_type, **places)


@pytest.mark.parametrize(
    ("topic", "event", "touched"),
    [
        ("overview", entry("task:updated"), True),
        ("shell", entry("session:timeline", session_id="ses_1"), True),
        ("shell", entry("task:updated"), False),
        ("project:prj_1", entry("task:created", project_id="prj_1"), True),
        ("project:prj_1", entry("task:created", project_id="prj_2"), False),
        ("task:tsk_1", entry("task:updated", task_id="tsk_2"), True),
        ("session:ses_1", entry("session:timeline", session_id="ses_1"), True),
        ("session:ses_1", entry("session:timeline", session_id="ses_2"), False),
        ("session:ses_1?view=chart", entry("queue:updated", session_id="ses_1"), True),
        (
            "session:ses_1",
            entry("session:updated", session_id="ses_2", payload={"parentSessionId": "ses_1"}),
            True,
        ),
    ],
)
def test_a_topic_is_touched_by_what_it_shows(topic: str, event: Entry, touched: bool) -> None:
    assert topic_named(topic).is_touched_by(event) is touched


@pytest.mark.parametrize("name", ["", "nothing", "session", "overview:ses_1", "session:../x"])
def test_what_is_no_topic_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        topic_named(name)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"show": "overview"}', '{"show": [1]}'])
def test_a_message_that_does_not_say_what_is_shown_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        _read(text)


def test_a_page_says_what_it_shows_and_where_it_was_rendered() -> None:
    topics, after = _read('{"show": ["shell", "session:ses_1?view=chart"], "after": 7}')
    assert [topic.kind for topic in topics] == ["shell", "session"]
    assert topics[1].query == "view=chart"
    assert after == 7

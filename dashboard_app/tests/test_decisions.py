"""What agents ask, as pages show it: a permission with what it is for, and what became of it."""

import pytest
from django.test import Client

from access_app.actors import AGENT
from agents_app.hook_services import Hook, take_hook
from agents_app.hooks import read_hook
from conftest import Clock
from sessions_app.appending import append_raw_events
from sessions_app.models import Session
from sessions_app.services import SessionPatch, patch_session
from tests.records import make_session, make_tasks, timeline_of

pytestmark = pytest.mark.usefixtures("records")
SHOWN = "rm -rf &lt;build&gt; &amp;&amp; API_KEY=•••••• make"


@pytest.fixture
def person() -> Client:
    return Client(headers={"host": "127.0.0.1:8000"})


@pytest.fixture
def asking() -> Session:
    """A session whose agent asks for a permission."""
    session = make_session(make_tasks("Dig"), name="Digger")
    command = "rm -rf <build> && API_KEY=s3cret make"
    event = {
        "hook_event_name": "PermissionRequest",
        "tool_name": "Bash",
        "tool_input": {"command": command},
    }
    take_hook(Hook(session.pk, "claude", "evt_question", AGENT), read_hook("claude", event))
    return session


def text_of(person: Client, path: str) -> str:
    answer = person.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize("path", ["/", "/sessions/{}/", "/sessions/{}/tree/"])
def test_a_permission_shows_what_it_is_for_and_two_answers(
    person: Client, asking: Session, path: str
) -> None:
    page = text_of(person, path.format(asking.pk))
    assert SHOWN in page
    assert "s3cret" not in page
    assert page.count('name="decision" value="approve"') == 1
    assert 'name="event" value="evt_question"' in page


def test_a_decision_is_acknowledged_once(person: Client, asking: Session) -> None:
    body = {"decision": "approve", "event": "evt_question", "next": "/"}
    assert person.post(f"/sessions/{asking.pk}/answer", body).status_code == 303
    assert "Answer sent to Digger" in text_of(person, "/")
    assert "Answer sent" not in text_of(person, "/")
    assert timeline_of(asking.pk)[-1]["message"] == "Approved"


def test_a_decision_that_comes_too_late_says_so(
    person: Client, asking: Session, clock: Clock
) -> None:
    clock.forward(s=601)
    page = text_of(person, f"/sessions/{asking.pk}/")
    assert "asks in its terminal now" in page
    assert 'value="approve"' not in page
    body = {"decision": "approve", "event": "evt_question"}
    person.post(f"/sessions/{asking.pk}/answer", body)
    assert "Not answered: The agent waits for this decision in its terminal now." in text_of(
        person, f"/sessions/{asking.pk}/"
    )


def test_files_are_listed_once_with_their_touches(person: Client) -> None:
    session = make_session()
    touched = [f"/srv/project/{name}" for name in ("a.py", "b.py", "a.py")] + ["/etc/<hosts>"]
    append_raw_events(
        session.pk, [{"type": "file_touched", "data": {"path": path}} for path in touched]
    )
    append_raw_events(session.pk, [{"type": "file_touched", "data": 7}, {"type": "Stop"}])
    page = text_of(person, f"/sessions/{session.pk}/?panel=files")
    assert page.count('<span class="files__path">a.py</span><span class="num quiet">2×') == 1
    assert "/etc/&lt;hosts&gt;" in page
    assert "3 files" in page


def test_a_session_without_files_says_so(person: Client) -> None:
    session = make_session()
    page = text_of(person, f"/sessions/{session.pk}/?panel=files")
    assert "No file is known to have been touched." in page


def test_usage_is_in_the_heads_and_adds_up(person: Client) -> None:
    root = make_session(agent="claude", metadata={"usage": {"inputTokens": 1_000}})
    child = make_session(agent="claude", parent_id=root.pk)
    patch_session(child.pk, SessionPatch(metadata={"usage": {"outputTokens": 500}}), by=AGENT)
    alone = text_of(person, f"/sessions/{child.pk}/")
    assert ">500 tokens<" in alone
    for path in (f"/sessions/{root.pk}/", f"/sessions/{root.pk}/tree/"):
        assert ">1.5\u00a0k tokens<" in text_of(person, path)
    assert 'id="usage"' not in text_of(person, f"/sessions/{make_session().pk}/")

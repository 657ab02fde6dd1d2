"""The page of an orchestration: what it shows of whom, what a person folds, what stops with it."""

import re

import pytest
from django.test import Client

from access_app.actors import USER
from conftest import Clock
from dashboard_app.live import topic_named
from dashboard_app.orchestration import TreeAsked, orchestration
from dashboard_app.pictures import tree_picture
from events_app.log import Entry
from sessions_app.appending import append_events
from sessions_app.models import Session
from sessions_app.rules import EventType, Status, Strategy
from sessions_app.services import SessionPatch, patch_session
from sessions_app.timeline import Draft
from tests.records import make_session, make_tasks, status_of

pytestmark = pytest.mark.usefixtures("records")


@pytest.fixture
def person() -> Client:
    return Client(headers={"host": "127.0.0.1:8000"})


def say(session: Session, event_type: EventType, message: str, task_id: str | None = None) -> None:
    append_events(session.pk, [Draft(event_type, message, task_id)], by=USER)


def make_family() -> tuple[Session, Session, Session, Session]:
    """A parent with two children, the first of which has a child of its own."""
    parent = make_session(name="Conductor")
    first = make_session(name="First", parent_id=parent.pk)
    second = make_session(name="Second", parent_id=parent.pk)
    return parent, first, second, make_session(name="Grandchild", parent_id=first.pk)


def page_of(person: Client, session: Session, query: str = "") -> str:
    response = person.get(f"/sessions/{session.pk}/tree/{query}")
    assert response.status_code == 200
    return str(response.content.decode())


def test_parents_stand_above_their_children_in_score_and_hierarchy(person: Client) -> None:
    parent, first, second, grandchild = make_family()
    page = page_of(person, parent)
    order = [parent.pk, first.pk, grandchild.pk, second.pk]
    assert re.findall(r'id="lane-(ses_\w+)"', page) == order
    assert re.findall(r'class="node" id="node-(ses_\w+)"', page) == order
    assert "4 sessions, 4 live" in page


def test_a_childs_page_shows_the_whole_orchestration_and_marks_the_child(person: Client) -> None:
    parent, first, _, grandchild = make_family()
    page = page_of(person, grandchild)
    assert re.findall(r'data-root="(\w+)"', page) == [parent.pk]
    assert f'data-show="shell tree:{parent.pk}?at={grandchild.pk}"' in page
    seen = orchestration(grandchild.pk, TreeAsked.read({}, at=grandchild.pk))
    assert [view.label.session_id for view in seen.lanes if view.current] == [grandchild.pk]
    assert not seen.root.current
    assert seen.depth == 3
    assert seen.root.children[0].id == first.pk


def test_a_node_says_what_its_session_works_on_and_said_last(person: Client) -> None:
    parent = make_session(name="Conductor")
    (task,) = make_tasks("Write tests")
    child = make_session([task], name="Child", parent_id=parent.pk)
    say(child, EventType.TASK_STARTED, "Started", task.pk)
    say(child, EventType.MILESTONE, "Half way there")
    (node,) = orchestration(parent.pk, TreeAsked.read({}, at=parent.pk)).root.children
    assert (node.task, node.sign.word) == ("Write tests", "Working")
    assert node.events[0].text == "Half way there"


def card_of(session: Session, root: Session) -> str:
    pieces = tree_picture(root.pk, {"at": root.pk}).pieces
    return next(piece.html for piece in pieces if piece.id == f"card-{session.pk}")


def test_a_card_that_was_drawn_before_shows_what_became_of_its_session(clock: Clock) -> None:
    parent, first, second, _ = make_family()
    before = card_of(second, parent)
    assert 'data-status="idle"' in card_of(first, parent)
    say(first, EventType.MILESTONE, "Nearly there")
    patch_session(first.pk, SessionPatch(status="completed", name="Renamed"), by=USER)
    after = card_of(first, parent)
    assert 'data-status="completed"' in after
    assert "Nearly there" in after
    assert ">Renamed</a>" in after
    assert "data-since" not in after
    assert card_of(second, parent) == before


def test_the_duration_on_a_card_that_was_drawn_before_goes_on(clock: Clock) -> None:
    parent, first, *_ = make_family()
    assert ">0:00</span>" in card_of(first, parent)
    clock.forward(s=61)
    assert ">1:01</span>" in card_of(first, parent)


def test_a_childs_question_is_answered_where_the_orchestration_is_seen(person: Client) -> None:
    parent, first, _, _ = make_family()
    say(first, EventType.NEEDS_INPUT, "Which way?")
    page = page_of(person, parent)
    assert "Which way?" in page
    assert f'name="next" value="/sessions/{parent.pk}/tree/?"' in page
    person.post(f"/sessions/{first.pk}/answer", {"text": "Left"})
    assert "asks-" not in page_of(person, parent)


def test_folding_is_in_the_address_and_undone_by_the_same_link(person: Client) -> None:
    parent, first, _, _ = make_family()
    asked = TreeAsked.read({}, at=parent.pk)
    folded = asked.toggled(first.pk, folded=False)
    assert folded == f"?fold={first.pk}"
    assert f'aria-label="Unfold {first.name}"' in page_of(person, parent, folded)
    again = TreeAsked.read({"fold": first.pk}, at=parent.pk).toggled(first.pk, folded=True)
    assert again == f"?unfold={first.pk}"
    assert f'aria-label="Fold {first.name}"' in page_of(person, parent, again)


def test_what_is_no_session_id_is_not_folded() -> None:
    asked = TreeAsked.read({"fold": "ses_1,../x,,ses_2", "w": "99999"}, at="ses_1")
    assert asked.fold == ("ses_1", "ses_2")
    assert asked.plot.width == 6000


def test_the_number_of_queries_does_not_grow_with_the_sessions(
    django_assert_max_num_queries: object,
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    parent = make_session()
    counts = []
    for children in (2, 8):
        for number in range(children):
            child = make_session(parent_id=parent.pk, strategy=Strategy.QUEUE)
            say(child, EventType.MILESTONE, f"Step {number}")
        with CaptureQueriesContext(connection) as queries:
            orchestration(parent.pk, TreeAsked.read({}, at=parent.pk))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_dialog_counts_what_stops_and_the_form_stops_it(person: Client) -> None:
    parent, first, second, grandchild = make_family()
    patch_session(second.pk, SessionPatch(status="completed"), by=USER)
    page = page_of(person, first, "?dialog=stop")
    assert "Stop 3 sessions" in page
    (action,) = re.findall(r'action="(/sessions/\w+/stop)"', page)
    back = f"/sessions/{first.pk}/tree/"
    answer = person.post(action, {"cascade": "1", "next": back})
    assert answer.headers["Location"] == back
    assert {status_of(one.pk) for one in (parent, first, grandchild)} == {Status.STOPPED}
    assert status_of(second.pk) == Status.COMPLETED
    assert "Stop…" not in page_of(person, first)


def test_sessions_lead_to_their_orchestration_and_single_ones_to_none(person: Client) -> None:
    parent, first, _, _ = make_family()
    alone = make_session(name="Alone")
    link = f'href="/sessions/{first.pk}/tree/"'
    assert link in str(person.get(f"/sessions/{first.pk}/").content.decode())
    assert "/tree/" not in str(person.get(f"/sessions/{alone.pk}/").content.decode())
    now = str(person.get("/").content.decode())
    assert re.findall(r'href="/sessions/(\w+)/tree/"', now) == [parent.pk]


def test_nothing_a_record_holds_becomes_markup(person: Client) -> None:
    hostile = "<script>alert(1)</script>"
    parent = make_session(name=hostile)
    child = make_session(make_tasks(hostile), name=hostile, parent_id=parent.pk)
    say(child, EventType.MILESTONE, hostile)
    for query in ("", "?dialog=stop", f"?fold={child.pk}"):
        assert hostile not in page_of(person, parent, query)


def test_an_event_of_another_session_does_not_touch_a_tree_that_was_drawn() -> None:
    parent, first, _, grandchild = make_family()
    alone = make_session()
    topic = topic_named(f"tree:{parent.pk}?at={first.pk}")
    from dashboard_app import live

    live._render(topic, "")

    def touched(session_id: str, **payload: object) -> bool:
        return topic.is_touched_by(Entry(1, 1, "session:timeline", None, session_id, None, payload))

    assert touched(grandchild.pk)
    assert not touched(alone.pk)
    assert touched("ses_new", parentSessionId=grandchild.pk)


def test_the_live_pieces_are_those_of_the_page(person: Client) -> None:
    parent, *_ = make_family()
    page = page_of(person, parent)
    picture = tree_picture(parent.pk, {"at": parent.pk})
    for piece in picture.pieces:
        assert f'id="{piece.id}"' in page
        assert piece.html.startswith("<")
    assert picture.again_s is not None

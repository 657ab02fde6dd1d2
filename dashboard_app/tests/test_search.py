"""Finding things by their words: what is found, in which order, and what no query can break."""

import re

import pytest
from django.db import connection
from django.test import Client

from access_app.actors import USER
from agents_app.services import delete_session
from dashboard_app.search import read_asked, search
from dashboard_app.search_index import check_indexes, index_events, prepare_indexes
from sessions_app.appending import append_events
from sessions_app.models import Session
from sessions_app.rules import EventType, Status
from sessions_app.timeline import Draft
from tasks_app.services import update_task
from tests.records import make_project, make_session, make_tasks

pytestmark = pytest.mark.usefixtures("records")


@pytest.fixture
def person() -> Client:
    return Client(headers={"host": "127.0.0.1:8000"})


def say(session: Session, message: str) -> None:
    append_events(session.pk, [Draft(EventType.PROGRESS, message, None)], by=USER)


def found(q: str, kind: str = "") -> dict[str, list[str]]:
    """The ids, or the text of events, of each kind."""
    return {
        group.kind: [hit.record_id or re.sub("<.*?>", "", hit.title) for hit in group.hits]
        for group in search(read_asked(q, kind))
    }


def test_every_kind_of_thing_is_found_by_the_beginnings_of_its_words() -> None:
    project = make_project("Shop login")
    (task,) = make_tasks("Rotate login tokens", project=project)
    session = make_session([task], name="Login worker")
    say(session, "The login works in Firefox")
    index_events()
    everything = found("log")
    assert everything["projects"] == [project.pk]
    assert everything["tasks"] == [task.pk]
    assert everything["sessions"] == [session.pk]
    assert everything["events"] == ["The login works in Firefox"]
    assert found("log fire") == {"events": ["The login works in Firefox"]}
    assert found("ogin") == {}


def test_case_and_accents_make_no_difference() -> None:
    (task,) = make_tasks("Prüfe die Übergabe")
    assert found("UBERGABE")["tasks"] == [task.pk]


def test_a_title_counts_more_than_a_description() -> None:
    project = make_project()
    (second,) = make_tasks("Other", project=project, description="cache " * 3)
    (first,) = make_tasks("Warm the cache", project=project)
    assert found("cache")["tasks"] == [first.pk, second.pk]


def test_what_was_renamed_is_found_by_its_new_name_only() -> None:
    (task,) = make_tasks("Rotate tokens")
    update_task(task.pk, title="Sign cookies")
    assert found("rotate") == {}
    assert found("cookies")["tasks"] == [task.pk]


def test_what_was_deleted_is_not_found() -> None:
    session = make_session(name="Short lived", status=Status.IDLE)
    say(session, "Said before")
    index_events()
    say(session, "Said after")
    delete_session(session.pk, by=USER)
    assert found("short") == found("said") == {}
    check_indexes()


def test_events_come_newest_first() -> None:
    session = make_session()
    for number in range(3):
        say(session, f"Step {number}")
    index_events()
    assert found("step", "events")["events"] == ["Step 2", "Step 1", "Step 0"]


def test_a_question_is_found_by_what_it_asks() -> None:
    session = make_session()
    asked = Draft(EventType.NEEDS_INPUT, "", None, metadata={"question": "Keep the column?"})
    append_events(session.pk, [asked], by=USER)
    index_events()
    assert found("column")["events"] == ["Keep the column?"]


def test_an_index_without_its_triggers_is_made_anew() -> None:
    (task,) = make_tasks("Before")
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER search_task_changed")
        cursor.execute("DROP TRIGGER search_event_removed")
    update_task(task.pk, title="After")
    assert found("after") == {}
    prepare_indexes()
    assert found("after")["tasks"] == [task.pk]
    check_indexes()


@pytest.mark.parametrize(
    "q",
    [
        '"',
        "'",
        "*",
        "a AND",
        "NEAR(",
        "title:x OR",
        "-",
        "^a",
        "{a b}:c",
        "%",
        "\0",
        "a" * 5000,
        "😀 _",
    ],
)
def test_no_query_is_an_error(person: Client, q: str) -> None:
    make_tasks("A task")
    for path in ("/search/", "/search/palette"):
        assert person.get(path, {"q": q}).status_code == 200


def test_what_matches_is_marked_and_never_markup(person: Client) -> None:
    make_tasks("<b>Bold</b> & more")
    page = person.get("/search/", {"q": "bold"}).content.decode()
    assert "&lt;b&gt;<mark>Bold</mark>&lt;/b&gt; &amp; more" in page


def test_a_kind_shows_more_than_the_overview_does(person: Client) -> None:
    make_tasks(*(f"Task {number}" for number in range(8)))
    assert len(found("task")["tasks"]) == 6
    assert len(found("task", "tasks")["tasks"]) == 8
    overview = person.get("/search/", {"q": "task"}).content.decode()
    assert "/search/?q=task&amp;kind=tasks" in overview


def test_the_palette_offers_what_can_be_done(person: Client) -> None:
    project = make_project("Shop")
    first = person.get("/search/palette").content.decode()
    assert "Go to Activity" in first
    assert f"/projects/{project.pk}/spawn" in first
    assert 'data-press="rail-controls-stop"' not in first
    themes = person.get("/search/palette", {"q": "dark the"}).content.decode()
    assert 'data-set-theme="dark"' in themes
    assert "Go to" not in themes


def test_the_palette_begins_with_the_live_sessions(person: Client) -> None:
    live = make_session(name="At work")
    page = person.get("/search/palette").content.decode()
    assert f"/sessions/{live.pk}/" in page
    assert 'data-press="rail-controls-stop"' in page

"""The page Activity: the log as rows, filtered, paged, and how much was said when."""

import re
from typing import Any

import pytest
from django.test import Client

from access_app.actors import USER
from conftest import Clock
from dashboard_app import activity
from dashboard_app.activity import Asked, feed
from dashboard_app.live import topic_named
from dashboard_app.pictures import activity_picture
from dashboard_app.pulse import Pulse, density_chart
from events_app.log import entries_after
from sessions_app.appending import append_events
from sessions_app.models import Session
from sessions_app.rules import EventType, Strategy
from sessions_app.timeline import Draft
from tasks_app.services import delete_task
from tests.records import make_project, make_session, make_tasks

pytestmark = pytest.mark.usefixtures("records")


@pytest.fixture
def person() -> Client:
    return Client(headers={"host": "127.0.0.1:8000"})


def say(session: Session, message: str, kind: EventType = EventType.PROGRESS) -> None:
    append_events(session.pk, [Draft(kind, message, None)], by=USER)


def texts(**asked: Any) -> list[str]:
    return [row.text for block in feed(Asked(**asked)).blocks for row in block.rows]


def test_what_happened_is_told_newest_first() -> None:
    (task,) = make_tasks("Write tests")
    say(make_session([task], name="Worker"), "Half done")
    told = texts()
    assert told[0] == "Half done"
    assert "Task created: Write tests" in told
    assert told[-1] == "Project created"


def test_a_filter_leaves_what_it_names() -> None:
    here, there = make_session(name="Here"), make_session(name="There")
    say(here, "Fine")
    say(there, "It broke", EventType.ERROR)
    assert texts(type="error") == ["It broke"]
    assert texts(session=here.pk)[0] == "Fine"
    assert "Fine" not in texts(project=there.project_id)
    say(here, "Which?", EventType.NEEDS_INPUT)
    assert "notify:needs_input" not in texts()
    assert "notify:needs_input" in texts(type="all")
    assert texts(type="notify:needs_input") == ["notify:needs_input"]


def test_pages_lead_back_to_the_first_entry_without_gap_or_repeat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(activity, "ROWS", 15)
    session = make_session()
    for number in range(70):
        say(session, f"Step {number}")
    rows, asked = [], Asked(type="progress")
    for _ in range(20):
        page = feed(asked)
        rows += [row.text for block in page.blocks for row in block.rows]
        if not page.earlier:
            break
        before = re.search(r"before=(\d+)", page.earlier)
        assert before is not None
        asked = Asked(type="progress", before=int(before[1]))
    assert rows == [f"Step {number}" for number in reversed(range(70))]


def test_a_new_row_changes_one_block_of_the_page() -> None:
    session = make_session()
    for number in range(60):
        say(session, f"Step {number}")
    before = {piece.id: piece.html for piece in activity_picture({}).pieces}
    say(session, "One more")
    after = {piece.id: piece.html for piece in activity_picture({}).pieces}
    blocks = [name for name in after if name.startswith("log-")]
    changed = [name for name in blocks if after[name] != before.get(name)]
    assert len(blocks) > 2
    assert changed == [blocks[0]]


def test_a_page_hears_of_what_its_filter_lets_through() -> None:
    here, there = make_session(), make_session()
    topic = topic_named(f"activity?session={here.pk}&w=900")
    newest = entries_after(0)[-1].seq
    say(there, "Elsewhere")
    assert not any(topic.is_touched_by(entry) for entry in entries_after(newest))
    say(here, "Here")
    assert any(topic.is_touched_by(entry) for entry in entries_after(newest))


def test_the_density_has_a_lane_a_session_or_a_strategy(clock: Clock) -> None:
    queue = make_session(make_tasks("A"), name="Queue", strategy=Strategy.QUEUE)
    simple = make_session(name="Simple")
    for session in (queue, queue, simple):
        say(session, "Something")
    chart, left_out = density_chart(Asked(width=900))
    assert chart is not None
    assert [lane.title for lane in chart.lanes] == ["Queue", "Simple"]
    assert left_out == 0
    chart, _ = density_chart(Asked(width=900, by="strategy"))
    assert chart is not None
    assert [lane.title for lane in chart.lanes] == ["Queue", "Simple"]
    assert [lane.sub for lane in chart.lanes] == ["3 events", "2 events"]
    clock.forward(s=3600 * 2)
    assert density_chart(Asked(width=900)) == (None, 0)


def test_each_event_is_counted_once_however_often_one_looks(clock: Clock) -> None:
    session, pulse = make_session(), Pulse()
    for _ in range(3):
        say(session, "Something")
        counts = pulse.since(clock.now_ms - 60_000)[session.pk]
    assert sum(count for _, count in counts) == 4  # with the one that says that it started


def test_the_page_shows_the_same_as_its_url_says(person: Client) -> None:
    session = make_session(name="Worker")
    say(session, "It broke", EventType.ERROR)
    url = f"/activity/?type=error&session={session.pk}&by=strategy&span=15m"
    page = person.get(url).content.decode()
    assert "It broke" in page
    assert '<option value="error" selected>' in page
    assert f"activity?session={session.pk}&amp;type=error&amp;span=15m&amp;by=strategy" in page
    assert person.get("/activity/?before=1").content.decode().count("data-row") == 0
    assert person.get("/activity/?before=-1&span=x&by=y&type=z&w=9999999").status_code == 200


def test_what_is_gone_is_told_by_its_id() -> None:
    project = make_project()
    (task,) = make_tasks("Gone soon", project=project)
    delete_task(task.pk)
    assert texts()[0] == f"Task deleted: {task.pk}"

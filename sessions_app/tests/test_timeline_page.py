"""Which rows a timeline shows, and how one gets to the others."""

from typing import Any

from sessions_app.asked import Asked
from sessions_app.row_types import SessionRows
from sessions_app.rows import build_rows
from sessions_app.tests.row_documents import at, event, session
from sessions_app.timeline_page import Timeline, filters_of, report_groups, timeline_of


def long_session(events: int = 1000) -> SessionRows:
    told = [event(n, n, "milestone", message=f"Step {n}") for n in range(1, events + 1)]
    return build_rows(session(timeline=told), titles={}, queue=None, now_ms=at(events))


def ids(timeline: Timeline) -> list[int]:
    rows = (row for group in timeline.groups for one in group.stretches for row in one.rows)
    return [int(row.id.removeprefix("evt_")) for row in rows]


def shown(rows: SessionRows, **asked: Any) -> Timeline:
    return timeline_of(rows, Asked(**asked))


def test_the_newest_rows_are_shown_and_the_first_moves_in_steps() -> None:
    assert ids(shown(long_session(1000))) == list(range(801, 1001))
    assert ids(shown(long_session(1049)))[0] == 801
    assert ids(shown(long_session(1050)))[0] == 851


def test_earlier_and_later_pages_overlap_and_lead_back_to_the_newest() -> None:
    rows = long_session()
    newest = shown(rows)
    assert (newest.earlier, newest.earlier_count, newest.at_end) == ("?since=evt_601", 200, True)
    earlier = shown(rows, since="evt_601")
    assert ids(earlier) == list(range(601, 1001))
    before = shown(rows, since="evt_401")
    assert ids(before) == list(range(401, 801))
    assert (before.later, before.later_count) == ("?since=evt_601", 200)
    assert before.newest == "?"


def test_an_event_that_is_named_is_shown_with_what_stands_around_it() -> None:
    found = shown(long_session(10_000), event="evt_1234")
    assert 1234 in ids(found)
    assert len(ids(found)) == 400
    assert found.later


def test_a_type_is_chosen_and_its_events_are_counted() -> None:
    told = [
        event(1, 1, "milestone", message="One"),
        *(event(n, n, "progress", message="On") for n in range(2, 6)),
        event(6, 6, "error", message="Two"),
    ]
    rows = build_rows(session(timeline=told), titles={}, queue=None, now_ms=at(9))
    filters = filters_of(rows, Asked(only="milestone"))
    assert {one.word: one.count for one in filters.types} == {
        "Error": 1,
        "Milestone": 1,
        "Progress": 4,
    }
    assert ids(shown(rows, only="milestone")) == [1]
    assert "of the type task_failed" in shown(rows, only="task_failed").empty_words


def test_a_row_stays_in_its_stretch_however_many_follow() -> None:
    few, many = shown(long_session(830)), shown(long_session(849))
    keys = [[one.key for group in page.groups for one in group.stretches] for page in (few, many)]
    assert keys[0] == keys[1]


def test_a_report_leaves_progress_out_and_says_how_much() -> None:
    told = [event(n, n, "progress", message="On") for n in range(1, 50)]
    told += [event(50, 50, "milestone", message="There")]
    rows = build_rows(session(timeline=told), titles={}, queue=None, now_ms=at(60))
    (group,) = report_groups(rows)
    assert [row.message for row in group.rows] == ["There"]
    assert group.left_out == 49

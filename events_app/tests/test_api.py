"""GET /api/events, without waiting; tests/live has the waiting."""

from typing import Any

import pytest

from access_app.tokens import session_token
from conftest import Api
from events_app.models import LogEntry
from tests.records import make_project, make_session, make_tasks


def events(api: Api, query: str = "", **options: Any) -> Any:
    answer = api.get(f"/events{query}", **options)
    assert answer.status == 200, answer.body
    return answer.body


def test_events_have_the_sockets_shape(api: Api) -> None:
    project = make_project()
    page = events(api)
    assert set(page) == {"events", "next", "epoch"}
    (event,) = page["events"]
    assert set(event) == {"type", "event", "data", "timestamp", "seq"}
    assert (event["type"], event["event"]) == ("project:created", "project:created")
    assert event["data"]["id"] == project.pk
    assert page["next"] == event["seq"]


def test_pages_follow_each_other_without_gap_or_repeat(api: Api) -> None:
    make_session(make_tasks("One", "Two"))
    whole, at, read = events(api)["events"], 0, []
    while page := events(api, f"?after={at}&limit=2")["events"]:
        read += page
        at = page[-1]["seq"]
    assert read == whole
    assert len(whole) > 4
    assert events(api, f"?after={at}") == {"events": [], "next": at, "epoch": events(api)["epoch"]}


def test_a_page_of_large_events_ends_early_and_the_next_goes_on(api: Api) -> None:
    project = make_project()
    for letter in "abcdef":
        assert api.patch(f"/projects/{project.pk}", {"description": letter * 900_000}).status == 200
    at, sizes = events(api, "?limit=1")["next"], []
    while page := events(api, f"?after={at}")["events"]:
        sizes.append(len(page))
        at = page[-1]["seq"]
    assert sizes == [5, 1]


def test_who_is_further_behind_than_the_log_reaches_starts_anew(api: Api) -> None:
    make_project()
    before = events(api)["next"]
    make_tasks("One", "Two")
    newest = events(api)["next"]
    LogEntry.objects.filter(seq__lte=before + 1).delete()
    page = events(api, f"?after={before}")
    assert (page["events"], page["next"], page["resync"]) == ([], newest, True)
    assert "resync" not in events(api, f"?after={before + 1}")
    assert "resync" not in events(api)


@pytest.mark.parametrize("query", ["?after=5&epoch=epo_other", "?after=999999999"])
def test_a_place_in_another_life_of_the_index_starts_anew(api: Api, query: str) -> None:
    make_project()
    assert events(api, query)["resync"] is True


def test_a_session_sees_its_own_project_and_reads_on_past_the_others(api: Api) -> None:
    session = make_session(make_tasks("One"))
    make_project("Other")
    token = {"authorization": f"Bearer {session_token(session.pk)}"}
    page = events(api, headers=token)
    names = [event["data"].get("name") for event in page["events"]]
    assert "Other" not in names
    assert page["next"] == events(api)["next"]


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "wait=x", "wait=-1"])
def test_a_number_that_is_none_is_refused(api: Api, query: str) -> None:
    assert api.get(f"/events?{query}").code == "validation_error"

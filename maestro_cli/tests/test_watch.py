"""`maestro watch`: from the log's cursor, and what it does when the log begins anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from maestro_cli.commands import watch
from maestro_cli.tests.conftest import Maestro
from maestro_cli.tests.standin import Answer, Request, StandIn, refusal

Page = dict[str, Any]
STARTED = {"id": "evt_1", "type": "session_started", "timestamp": 1, "message": "Session created"}


def an_event(number: int) -> dict[str, Any]:
    return {"id": f"evt_{number}", "type": "progress", "timestamp": 1, "message": f"event {number}"}


def a_page(*entries: tuple[str, Any], next: int, epoch: str = "e1") -> Page:
    events = [{"type": type, "data": data, "timestamp": 1} for type, data in entries]
    return {"events": events, "next": next, "epoch": epoch}


def said(*events: Any) -> tuple[str, Any]:
    return "session:timeline", {"sessionId": "ses_x", "events": list(events)}


def a_session(status: str = "working", *timeline: Any) -> dict[str, Any]:
    return {
        "id": "ses_x",
        "name": "Backend",
        "status": status,
        "timeline": list(timeline),
        "updatedAt": 1,
    }


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PAUSE_S", 0.01)


class Log:
    """Pages in turn, each for the reader who is at the end of the one before."""

    def __init__(self, server: StandIn, *pages: Page | Answer) -> None:
        self._pages: Iterator[Page | Answer] = iter(pages)
        self.asked: list[dict[str, str]] = []
        server.on("GET", "/api/events", self)
        server.on("GET", "/api/sessions", [a_session()])

    def __call__(self, request: Request) -> Answer:
        self.asked.append(request.query)
        page = next(self._pages)
        return page if isinstance(page, tuple) else (200, page)


ENDED = ("session:updated", a_session("completed"))


def test_it_goes_on_from_where_the_log_was_and_ends_with_the_session(
    maestro: Maestro, server: StandIn
) -> None:
    server.on("GET", "/api/sessions/ses_x", a_session("working", STARTED, an_event(2)))
    other = ("session:timeline", {"sessionId": "ses_y", "events": [an_event(9)]})
    log = Log(
        server,
        {**a_page(next=7), "resync": True},
        a_page(said(an_event(2), an_event(3)), other, next=9),
        a_page(ENDED, next=10),
    )
    result = maestro("watch", "--session", "ses_x")
    lines = [line.split("  ", 1)[1] for line in result.out.splitlines()[:-1]]
    assert lines == [
        "Backend  session_started  Session created",
        "Backend  progress  event 2",
        "Backend  progress  event 3",
        "Backend  completed  ses_x",
    ]
    assert result.out.endswith("ses_x is completed\n")
    places = [(query.get("after"), query["epoch"]) for query in log.asked]
    assert places == [(None, "none"), ("7", "e1"), ("9", "e1")]


def test_a_server_that_is_away_is_waited_for(maestro: Maestro, server: StandIn) -> None:
    server.on("GET", "/api/sessions/ses_x", a_session())
    log = Log(
        server,
        {**a_page(next=7), "resync": True},
        refusal(503, "closing", "It closes."),
        refusal(503, "closing", "It closes."),
        a_page(ENDED, next=8),
    )
    result = maestro("watch", "--session", "ses_x")
    assert (result.exit_code, result.err) == (
        0,
        "maestro: It closes. Waiting for it to come back.\n",
    )
    assert [query.get("after") for query in log.asked] == [None, "7", "7", "7"]


def test_where_the_log_begins_anew_the_session_itself_says_what_was_missed(
    maestro: Maestro, server: StandIn
) -> None:
    sessions = iter([a_session("working", STARTED), a_session("completed", STARTED, an_event(2))])
    server.on("GET", "/api/sessions/ses_x", lambda _: (200, next(sessions)))
    Log(
        server,
        {**a_page(next=7), "resync": True},
        {**a_page(next=1, epoch="e2"), "resync": True},
    )
    result = maestro("watch", "--session", "ses_x", "--json")
    *entries, end = [json.loads(line) for line in result.out.splitlines()]
    shown = [event["id"] for entry in entries for event in entry["data"]["data"]["events"]]
    assert shown == ["evt_1", "evt_2"]
    assert end == {"success": True, "data": {"sessionId": "ses_x", "status": "completed"}}


def test_a_session_that_is_deleted_ends_it(maestro: Maestro, server: StandIn) -> None:
    server.on("GET", "/api/sessions/ses_x", a_session())
    gone = ("session:deleted", {"id": "ses_x"})
    Log(server, {**a_page(next=7), "resync": True}, a_page(gone, next=8))
    assert "Backend  deleted  ses_x" in maestro("watch", "--session", "ses_x").out


def test_a_session_that_is_not_there_is_refused(maestro: Maestro, server: StandIn) -> None:
    Log(server, {**a_page(next=7), "resync": True})
    assert maestro("watch", "--session", "ses_x").exit_code == 1


def test_everything_is_told_for_people_without_what_only_programs_need(
    maestro: Maestro, server: StandIn
) -> None:
    Log(
        server,
        {**a_page(next=7), "resync": True},
        a_page(
            ("task:created", {"id": "tsk_1", "title": "Build"}),
            ("queue:updated", {"id": "que_ses_x"}),
            ("session:updated", a_session("working")),
            ("session:updated", a_session("idle")),
            ("launcher:updated", {"paused": True}),
            next=12,
        ),
        refusal(401, "unauthenticated", "The token has expired."),
    )
    result = maestro("watch")
    assert (result.exit_code, result.err) == (1, "maestro: The token has expired.\n")
    assert [line.split("  ", 1)[1] for line in result.out.splitlines()] == [
        "tsk_1  created  Build",
        "Backend  idle  ses_x",
        "launcher  paused",
    ]

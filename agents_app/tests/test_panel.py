"""The session page's panel: what stands where the terminal would be, and what is said about it."""

import re

import pytest
from django.test import Client

from access_app.actors import USER
from agents_app import hosts
from agents_app.host_spec import Exit
from agents_app.models import Launch, LaunchState
from conftest import HOST
from core.clock import now_ms
from sessions_app.ending import end_session
from sessions_app.models import Session
from sessions_app.rules import Status
from tests.records import make_session, record_terminal

pytestmark = pytest.mark.usefixtures("records")


@pytest.fixture
def session() -> Session:
    return make_session(status=Status.WORKING)


def launched(session: Session, state: LaunchState) -> None:
    Launch.objects.create(session=session, state=state, created_at=now_ms())


def panel(session: Session, query: str = "") -> str:
    page = Client(headers={"host": HOST}).get(f"/sessions/{session.pk}/{query}")
    assert page.status_code == 200
    (found,) = re.findall(r'<aside[^>]* id="panel".*?</aside>', page.content.decode(), re.DOTALL)
    return str(found)


def test_an_agent_that_was_started_elsewhere_has_no_terminal(session: Session) -> None:
    assert "No terminal here" in panel(session)


def test_a_session_in_the_line_says_when_its_terminal_opens(session: Session) -> None:
    launched(session, LaunchState.WAITING)
    assert "Its terminal opens when its process starts." in panel(session)


def test_a_running_process_is_shown_live(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "find", lambda _: object())

    shown = panel(session)

    assert 'data-state="running"' in shown
    assert "process still open" not in shown
    assert 'id="replay"' not in shown


def test_a_process_that_outlives_its_session_is_said_to(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "find", lambda _: object())
    end_session(session.pk, Status.COMPLETED, by=USER, why="")

    shown = panel(session)

    assert "<b>Ended, process still open.</b>" in shown
    assert 'data-state="running"' in shown


def test_what_has_ended_is_replayed_and_can_be_taken_away(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "read_exit", lambda _: Exit(0, None, 1, ()))
    assert "Its process printed nothing." in panel(session)
    record_terminal(session.pk)

    shown = panel(session)

    assert 'data-state="ended"' in shown
    assert 'id="replay"' in shown
    assert f"/api/sessions/{session.pk}/terminal.cast" in shown


def test_full_screen_is_part_of_the_address(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "find", lambda _: object())
    assert 'href="?full=1"' in panel(session)

    shown = panel(session, "?full=1")

    assert "pane--full" in shown
    assert "Leave full screen" in shown

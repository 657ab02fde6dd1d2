"""`manage.py prune`: what is old goes, what is a record stays."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session as Login
from django.core.management import call_command
from django.utils import timezone

from access_app.idempotency import KEPT_MS, answer_once
from access_app.models import IdempotentAnswer
from agents_app import recording
from conftest import Clock
from events_app.models import LogEntry
from sessions_app.models import Session
from sessions_app.rules import Status
from storage_app.tree import session_folder
from tests.records import make_project, make_session, make_tasks, record_terminal

DAY_S = 24 * 3600
pytestmark = pytest.mark.usefixtures("records")


@pytest.fixture
def years_later(clock: Clock) -> Iterator[list[str]]:
    """Sessions of long ago (ended), of long ago (alive) and of now (ended), and all that is old."""
    ended, living = (make_session(make_tasks(word)).pk for word in ("Dig", "Pave"))
    end(ended)
    answer_once("ada", "key", {}, lambda: ({}, 201))
    Login.objects.create(session_key="old", expire_date=timezone.now() - timedelta(days=1))
    Login.objects.create(session_key="new", expire_date=timezone.now() + timedelta(days=1))
    clock.forward(s=100 * DAY_S)
    recent = make_session(make_tasks("Rest")).pk
    end(recent)
    for session_id in (ended, living, recent):
        record_terminal(session_id)
    yield [ended, living, recent]
    Login.objects.all().delete()


def end(session_id: str) -> None:
    call_command("sessions", "stop", session_id, stdout=io.StringIO())
    assert Session.objects.get(pk=session_id).state is Status.STOPPED


def pruned(*words: str) -> dict[str, int]:
    said = io.StringIO()
    call_command("prune", "--json", *words, stdout=said)
    return dict(json.loads(said.getvalue()))


def recorded(session_ids: list[str]) -> list[bool]:
    return [bool(recording.segments(session_folder(one))) for one in session_ids]


def test_what_is_old_goes_and_records_stay(years_later: list[str]) -> None:
    rows_before, log_before = Session.objects.count(), LogEntry.objects.count()
    found = pruned()
    assert found["recordings"] == found["logins"] == found["answers"] == 1
    assert found["recordingBytes"] > 0
    assert 0 < found["logRows"] == log_before - LogEntry.objects.count()
    assert recorded(years_later) == [False, True, True]
    assert list(Login.objects.values_list("pk", flat=True)) == ["new"]
    assert not IdempotentAnswer.objects.exists()
    assert Session.objects.count() == rows_before


def test_a_dry_run_counts_the_same_and_removes_nothing(years_later: list[str]) -> None:
    would = pruned("--dry-run")
    assert recorded(years_later) == [True, True, True]
    assert pruned() == would


def test_recordings_stay_when_that_is_asked_for(years_later: list[str]) -> None:
    assert pruned("--recording-days", "0")["recordings"] == 0
    assert recorded(years_later) == [True, True, True]


def test_an_answer_that_may_still_be_repeated_is_kept(clock: Clock, data_dir: Path) -> None:
    make_project()
    answer_once("ada", "key", {}, lambda: ({}, 201))
    clock.forward(s=KEPT_MS / 1000 - 1)
    assert pruned()["answers"] == 0
    assert IdempotentAnswer.objects.exists()

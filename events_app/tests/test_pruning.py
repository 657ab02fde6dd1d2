"""Removing what is too old or too much from the log."""

import pytest
from pytest_django import Settings

from conftest import Clock
from events_app.log import Happening, append, newest_seq, oldest_seq
from events_app.models import LogEntry
from events_app.pruning import prune_log

pytestmark = pytest.mark.usefixtures("records")
DAY_S = 24 * 3600


def happen(count: int) -> None:
    append([Happening("project:updated", {"id": "prj_1"})] * count)


def test_rows_older_than_the_days_to_keep_go(clock: Clock, settings: Settings) -> None:
    settings.MAESTRO_LOG_DAYS = 7
    happen(3)
    clock.forward(s=6 * DAY_S)
    happen(2)
    clock.forward(s=2 * DAY_S)
    assert prune_log() == 3
    assert LogEntry.objects.count() == 2
    assert prune_log() == 0


def test_only_so_many_rows_are_kept_and_those_are_the_newest(settings: Settings) -> None:
    settings.MAESTRO_LOG_ROWS = 10
    happen(2500)
    newest = newest_seq()
    assert prune_log() == 2490
    assert (oldest_seq(), newest_seq()) == (newest - 9, newest)


def test_the_newest_row_stays_however_old(clock: Clock) -> None:
    happen(2)
    clock.forward(s=400 * DAY_S)
    newest = newest_seq()
    prune_log()
    assert (LogEntry.objects.count(), newest_seq()) == (1, newest)

"""Keeps the log from growing for ever: what is too old or too much is removed, oldest first."""

import logging
import threading

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet

from core.clock import now_ms
from core.sqlite import writers_turn
from events_app.log import newest_seq
from events_app.models import LogEntry

logger = logging.getLogger("maestro.events")

EVERY_S = 600.0
AT_ONCE = 1000
DAY_MS = 24 * 3600 * 1000


def prune_log() -> int:
    """Remove rows older than MAESTRO_LOG_DAYS and beyond the newest MAESTRO_LOG_ROWS; how many.

    The newest row stays in any case: cursors count from it.
    """
    newest, removed = newest_seq(), 0
    while doomed := _doomed(newest):
        with writers_turn(), transaction.atomic():
            LogEntry.objects.filter(seq__lte=doomed[-1]).delete()
        removed += len(doomed)
    return removed


def doomed_rows() -> QuerySet[LogEntry]:
    """What prune_log would remove now."""
    newest = newest_seq()
    last, before_ms = _bounds(newest)
    return LogEntry.objects.filter(seq__lt=newest).filter(Q(seq__lte=last) | Q(at__lt=before_ms))


def _bounds(newest: int) -> tuple[int, int]:
    before_ms = now_ms() - settings.MAESTRO_LOG_DAYS * DAY_MS
    return newest - settings.MAESTRO_LOG_ROWS, before_ms


def _doomed(newest: int) -> list[int]:
    last, before_ms = _bounds(newest)
    oldest = LogEntry.objects.filter(seq__lt=newest).order_by("seq")[:AT_ONCE]
    rows = oldest.values_list("seq", "at")
    return [seq for seq, at in rows if seq <= last or at < before_ms]


class Pruner:
    """One thread that prunes at the start and every ten minutes."""

    def __init__(self) -> None:
        self._stop = threading.Event()

    def wake(self) -> None:
        """Nothing that is committed makes it urgent."""

    def stop(self) -> None:
        self._stop.set()

    def run(self) -> None:
        try:
            while not self._stop.is_set():
                self._prune()
                self._stop.wait(EVERY_S)
        finally:
            connection.close()

    def _prune(self) -> None:
        try:
            removed = prune_log()
        except DatabaseError as error:  # a full disk is no reason to stop
            logger.warning("the log was not pruned: %s", error)
            return
        if removed:
            logger.info("removed %d old rows from the log", removed)

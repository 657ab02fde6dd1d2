"""Keeps files up to date with rows: a thread in the server, or a direct call where none runs."""

import logging
import os
import threading
import time
from contextlib import suppress

from django.conf import settings
from django.db import OperationalError, connection, transaction

from core.files import LockTaken, exclusive_lock
from core.sqlite import refuses_writing, writers_turn
from storage_app import availability
from storage_app.models import StoredDocument
from storage_app.tree import (
    Progress,
    Written,
    files_lock,
    lock_path,
    note_written,
    silently,
    write_document,
)

logger = logging.getLogger("maestro.storage")

AT_LEAST_S = 0.02  # looking for dirty documents after every commit of a burst costs a fifth of it
PAUSE_S = 0.25
PAUSE_PER_WRITE_SECOND = 20
RETRY_S = 1.0
AT_ONCE = 100


def write_dirty(progress: Progress = silently) -> None:
    """Write every dirty document now, in this thread."""
    marks = list(StoredDocument.objects.filter(dirty=True))
    for start in range(0, len(marks), AT_ONCE):
        _write(marks[start : start + AT_ONCE])
        progress(min(start + AT_ONCE, len(marks)), len(marks))


def write_when_alone() -> None:
    """After a commit in a process that runs no server, where none has the directory's lock."""
    with suppress(LockTaken), exclusive_lock(lock_path(), holder=f"pid {os.getpid()}, a command"):
        write_dirty()


def write_now(*documents: tuple[str, str]) -> None:
    """Write these documents if they are dirty: an agent starts only when its files are there."""
    marks = [StoredDocument.objects.filter(dirty=True, kind=k, record_id=i) for k, i in documents]
    _write([mark for found in marks for mark in found])


def _write(marks: list[StoredDocument]) -> list[Written]:
    with files_lock:
        written = [done for done in map(_written, marks) if done]
        if written:
            written = _noted(written)
    return written


def _written(mark: StoredDocument) -> Written | None:
    """A document that cannot be made is no reason to leave the others unwritten."""
    try:
        return write_document(mark)
    except Exception:
        logger.exception("%s could not be made; it stays marked", mark.path)
        return None


def _noted(written: list[Written]) -> list[Written]:
    """What could be noted; nothing where the index itself cannot be written."""
    index = str(settings.DATABASES["default"]["NAME"])
    try:
        with writers_turn(), transaction.atomic():
            note_written(written)
    except OperationalError as error:
        if not refuses_writing(error):
            raise
        availability.failed(index, str(error))
        return []
    availability.succeeded(index)
    return written


class Writer:
    """Writes a document at once when it was quiet, and a busy one every 250 ms or 20 times as
    long as its last writing took: a burst of events is one write, however long the timeline."""

    def __init__(self) -> None:
        self._wake = threading.Event()
        self._stopping = False
        self._not_before: dict[tuple[str, str], float] = {}

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    def run(self) -> None:
        """Until stopped; what is dirty then is written before it returns."""
        try:
            while not self._stopping:
                pause = self._write_due()
                time.sleep(AT_LEAST_S)
                self._wake.wait(max(0.0, pause - AT_LEAST_S))
                self._wake.clear()
            write_dirty()
        finally:
            connection.close()

    def _write_due(self) -> float:
        """Write what is due; return the seconds after which to look again."""
        now = time.monotonic()
        self._not_before = {key: at for key, at in self._not_before.items() if at > now}
        dirty = list(StoredDocument.objects.filter(dirty=True))
        due = [mark for mark in dirty if (mark.kind, mark.record_id) not in self._not_before]
        for mark in due:  # replaced below, but for what the disk refuses
            self._not_before[mark.kind, mark.record_id] = time.monotonic() + RETRY_S
        for done in _write(due):
            pause = max(PAUSE_S, done.took_s * PAUSE_PER_WRITE_SECOND)
            self._not_before[done.mark.kind, done.mark.record_id] = time.monotonic() + pause
        if not dirty:
            return 5.0
        return max(0.02, min(self._not_before.values(), default=PAUSE_S) - time.monotonic())

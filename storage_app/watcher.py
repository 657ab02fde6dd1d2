"""Takes in what is done to files by hand while the server runs, within a second."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from django.db import connection
from watchfiles import watch

from core import json
from core.errors import StorageUnavailable
from storage_app import availability
from storage_app.changes import change
from storage_app.intake import (
    NOT_A_DOCUMENT,
    Comparison,
    Intake,
    TooManyMissing,
    check_missing,
    kind_of,
)
from storage_app.kinds import all_kinds
from storage_app.models import StoredDocument
from storage_app.starting import document_paths
from storage_app.tree import data_dir, files_lock

logger = logging.getLogger("maestro.storage")

STEP_MS = 100
TOGETHER_MS = 300
LOOK_UP_MS = 1000
SETTLE_S = 0.25
MANY = 500
AT_ONCE = 100


class Watcher:
    """One thread. The kernel says what changed; only files that are not as we left them are read.

    Folders are watched one by one: what agents write below sessions/ is no business of ours.
    """

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._again: set[Path] = set()
        self._said = ""

    def wake(self) -> None:
        """Commits are no business of a watcher's."""

    def stop(self) -> None:
        self._stop.set()

    def run(self) -> None:
        try:
            while not self._stop.is_set():
                self._watch(_folders())
        finally:
            connection.close()

    def _watch(self, folders: dict[str, int]) -> None:
        """Until stopped, or until there are other folders to watch."""
        looked_at_all = False
        for changes in watch(
            *folders,
            watch_filter=None,
            step=STEP_MS,
            debounce=TOGETHER_MS,
            rust_timeout=LOOK_UP_MS,
            yield_on_timeout=True,
            stop_event=self._stop,
            recursive=False,
            raise_interrupt=False,
        ):
            same = folders == _folders()
            if looked_at_all and same:
                self._look_at({Path(path) for _, path in changes} | self._again)
            else:  # what happened before this watch began, or in a folder that is new
                self._look_at(all_paths())
                looked_at_all = True
            if not same:
                return

    def _look_at(self, paths: set[Path]) -> None:
        if not paths:
            return
        self._again = set()
        try:
            look_at(paths, wait=self._stop.wait)
            availability.note_missing(None)
            self._said = ""
        except (StorageUnavailable, TooManyMissing, OSError) as error:
            self._again = paths
            if str(error) != self._said:
                logger.error("%s", error)
            self._said = str(error)


def _folders() -> dict[str, int]:
    """The folders of documents, each with what tells it from another of the same name."""
    found = [data_dir() / kind.folder for kind in all_kinds()]
    for folder in found:
        folder.mkdir(parents=True, exist_ok=True)
    found += [Path(entry) for entry in os.scandir(data_dir() / "tasks") if entry.is_dir()]
    return {str(folder): folder.stat().st_ino for folder in found}


def all_paths() -> set[Path]:
    """Every place where a document is, or should be."""
    known = StoredDocument.objects.exclude(sha256="").values_list("path", flat=True)
    return {*document_paths(), *(data_dir() / path for path in known)}


def look_at(paths: set[Path], *, wait: Callable[[float], object] = time.sleep) -> None:
    """Make rows equal to these files.

    Raises StorageUnavailable, and TooManyMissing once those that are there were taken in.
    """
    with files_lock:
        suspects = _not_as_left(paths)
    if any(_is_unsettled(path) for path in suspects):
        wait(SETTLE_S)
    if suspects:
        with files_lock:
            _take_in(_not_as_left(suspects))


def _not_as_left(paths: Iterable[Path]) -> set[Path]:
    """Without what Maestro wrote itself: known by size and time, nothing is read."""
    documents = [path for path in paths if kind_of(path)]
    marks = _marks_of(documents)
    return {
        path
        for path in documents
        if (path.is_file() and not (path in marks and marks[path].fingerprint.looks_like(path)))
        or (path in marks and marks[path].sha256 and not path.exists())
    }


def _marks_of(paths: Iterable[Path]) -> dict[Path, StoredDocument]:
    relative = [str(path.relative_to(data_dir())) for path in paths]
    found = StoredDocument.objects.filter(path__in=relative[:MANY])
    if len(relative) > MANY:
        found = StoredDocument.objects.all()
    return {data_dir() / mark.path: mark for mark in found}


def _is_unsettled(path: Path) -> bool:
    """Gone, or half of a file: an editor may be in the middle of saving it."""
    try:
        json.parse(path.read_bytes())
    except NOT_A_DOCUMENT:
        return True
    return False


def _take_in(paths: set[Path]) -> None:
    gone = sorted(path for path in paths if not path.exists())
    there = sorted(paths.difference(gone))
    for start in range(0, len(there), AT_ONCE):  # so that nobody waits long for the turn
        with change() as changed:
            intake, some = Intake(changed), there[start : start + AT_ONCE]
            marks = _marks_of(some)
            for path in some:
                intake.look_at(path, marks.get(path))
        _say(intake.found)
    if gone:
        _forget(gone)


def _forget(gone: list[Path]) -> None:
    """After what is there was taken in: a file that was only moved is not gone."""
    marks, too_many = _marks_of(gone), None
    with change() as changed:
        intake = Intake(changed)
        try:
            check_missing()
            for path in gone:
                if path in marks:
                    intake.forget(marks[path])
        except TooManyMissing as error:
            too_many = error
            if availability.note_missing(str(error)):
                changed.record("storage:problem", {"keptAs": None, "reason": str(error)})
    _say(intake.found)
    if too_many:
        raise too_many


def _say(found: Comparison) -> None:
    for what, names in (("took in", found.taken_in), ("removed with its file", found.removed)):
        for name in names:
            logger.info("%s %s", what, name)

"""The data directory: where a document's file is, and how one document is written or removed."""

import logging
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from core import json
from core.files import Fingerprint, fingerprint_of, write_atomically
from core.sqlite import snapshot
from events_app import log
from storage_app import availability
from storage_app.kinds import kind_named
from storage_app.models import StoredDocument
from storage_app.quarantine import SetAside, set_aside

logger = logging.getLogger("maestro.storage")


def data_dir() -> Path:
    return Path(settings.MAESTRO_DATA_DIR)


# Told how many of how many are done.
Progress = Callable[[int, int], None]


def silently(done: int, total: int) -> None:
    """Nobody waits for this."""


# Held while files are written or taken in; the writers' turn is asked for inside it, never around.
files_lock = threading.Lock()


def problem(found: SetAside) -> log.Happening:
    payload = {"keptAs": found.kept_as, "reason": found.reason}
    return log.Happening("storage:problem", payload)


def lock_path() -> Path:
    """Held by the server, or by a command while it writes files."""
    return data_dir() / "server.lock"


def session_folder(session_id: str) -> Path:
    """Where a session's manifest and recording are."""
    return data_dir() / "sessions" / session_id


@dataclass(frozen=True)
class Written:
    """What one writing did, to be noted in the database afterwards."""

    mark: StoredDocument
    fingerprint: Fingerprint | None
    took_s: float
    conflict: SetAside | None


def write_document(mark: StoredDocument) -> Written | None:
    """Write the document as its rows are now, or remove its file; None when the disk refused."""
    started = time.monotonic()
    path = data_dir() / mark.path
    with snapshot(connection):
        try:
            mark.refresh_from_db()
        except StoredDocument.DoesNotExist:  # its file was removed by hand meanwhile
            availability.succeeded(str(path))
            return None
        document = kind_named(mark.kind).read(mark.record_id)
    try:
        conflict = _set_conflict_aside(path, mark)
        if document is None:
            _remove(path, mark)
            fingerprint = None
        else:
            fingerprint = write_atomically(path, json.to_disk(document))
    except OSError as error:
        if availability.failed(str(path), error.strerror or str(error)):
            logger.error("%s cannot be written: %s", path, error)
        return None
    availability.succeeded(str(path))
    return Written(mark, fingerprint, time.monotonic() - started, conflict)


def _set_conflict_aside(path: Path, mark: StoredDocument) -> SetAside | None:
    """A dirty document whose file was edited meanwhile: the edit is kept aside, never merged.

    A file that is ours but unknown was written right before a crash.
    """
    if mark.fingerprint.looks_like(path) or not path.exists():
        return None
    found = fingerprint_of(path, path.read_bytes())
    if found.sha256 == mark.sha256 or found.is_ours:
        return None
    return set_aside(path, "edited by hand while a change was still to be written", "conflict")


def _remove(path: Path, mark: StoredDocument) -> None:
    path.unlink(missing_ok=True)
    if mark.kind == "session":
        shutil.rmtree(session_folder(mark.record_id), ignore_errors=True)


def note_written(written: list[Written]) -> None:
    """Mark the files as up to date, unless their records changed again meanwhile."""
    log.append(problem(done.conflict) for done in written if done.conflict)
    for done in written:
        same = StoredDocument.objects.filter(pk=done.mark.pk, version=done.mark.version)
        if done.fingerprint is None:
            same.delete()
            continue
        found = {
            "size_bytes": done.fingerprint.size_bytes,
            "mtime_ns": done.fingerprint.mtime_ns,
            "sha256": done.fingerprint.sha256,
        }
        if not same.update(dirty=False, **found):
            StoredDocument.objects.filter(pk=done.mark.pk).update(**found)

"""The data directory: where a document's file is, and how one document is written or removed."""

import logging
import shutil
import time
from pathlib import Path

from django.conf import settings
from django.db import connection

from core import json
from core.files import Fingerprint, write_atomically
from core.sqlite import snapshot
from storage_app import availability
from storage_app.kinds import kind_named
from storage_app.models import StoredDocument

logger = logging.getLogger("maestro.storage")


def data_dir() -> Path:
    return Path(settings.MAESTRO_DATA_DIR)


def lock_path() -> Path:
    """Held by the server, or by a command while it writes files."""
    return data_dir() / "server.lock"


def session_folder(session_id: str) -> Path:
    """Where a session's manifest and recording are."""
    return data_dir() / "sessions" / session_id


class Written:
    """What one writing did, to be noted in the database afterwards."""

    def __init__(self, mark: StoredDocument, fingerprint: Fingerprint | None, took_s: float):
        self.mark = mark
        self.fingerprint = fingerprint
        self.took_s = took_s


def write_document(mark: StoredDocument) -> Written | None:
    """Write the document as its rows are now, or remove its file; None when the disk refused."""
    started = time.monotonic()
    with snapshot(connection):
        mark.refresh_from_db()
        document = kind_named(mark.kind).read(mark.record_id)
    path = data_dir() / mark.path
    try:
        if document is None:
            _remove(path, mark)
            fingerprint = None
        else:
            fingerprint = write_atomically(path, json.to_disk(document))
    except OSError as error:
        availability.failed(str(path), error.strerror or str(error))
        logger.error("%s cannot be written: %s", path, error)
        return None
    availability.succeeded()
    return Written(mark, fingerprint, time.monotonic() - started)


def _remove(path: Path, mark: StoredDocument) -> None:
    path.unlink(missing_ok=True)
    if mark.kind == "session":
        shutil.rmtree(session_folder(mark.record_id), ignore_errors=True)


def note_written(written: list[Written]) -> None:
    """Mark the files as up to date, unless their records changed again meanwhile."""
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

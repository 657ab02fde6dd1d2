"""Opening the data directory for a server: its lock, its schema, and what its files say."""

import logging
import os
from contextlib import ExitStack
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from core.files import LockTaken, exclusive_lock
from core.sqlite import checkpoint
from storage_app.intake import Comparison
from storage_app.starting import take_in_files
from storage_app.tree import lock_path

logger = logging.getLogger("maestro.storage")
_held = ExitStack()
_open = False


class AlreadyServed(Exception):
    """Another server has this data directory; the message names it."""


def open_data_directory(address: str) -> Comparison | None:
    """Take the lock, bring the schema up to date, take in the files, say where we listen.

    Called again, it does nothing. Raises AlreadyServed, TooManyMissing.
    """
    global _open
    if _open:
        return None
    folder = Path(settings.MAESTRO_DATA_DIR)
    # Recordings hold what terminals showed, and the index who is logged in.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    holder = f"pid {os.getpid()}, {address}"
    try:
        _held.enter_context(exclusive_lock(lock_path(), holder=holder))
    except LockTaken as taken:
        raise AlreadyServed(
            f"{folder} is served already, by {taken.holder}. Use that one, or choose another "
            "MAESTRO_DATA_DIR."
        ) from None
    call_command("migrate", verbosity=0, interactive=False)
    found = take_in_files()
    (folder / "server-url").write_text(address + "\n")
    _open = True
    if found.taken_in or found.removed or found.set_aside:
        logger.info(
            "took in %d files, removed %d records, set %d files aside",
            len(found.taken_in),
            len(found.removed),
            len(found.set_aside),
        )
    return found


def close_data_directory() -> None:
    """After everything is written: fold the write-ahead log, give the directory free."""
    global _open
    checkpoint(connection)
    connection.close()
    (Path(settings.MAESTRO_DATA_DIR) / "server-url").unlink(missing_ok=True)
    _held.close()
    _open = False

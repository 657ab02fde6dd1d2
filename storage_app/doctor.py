"""What a person should know of the data directory, and what to do about each."""

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from core.clock import now_ms
from core.files import LockTaken, exclusive_lock
from events_app.models import LogEntry
from storage_app.kinds import all_kinds
from storage_app.models import StoredDocument
from storage_app.quarantine import quarantined
from storage_app.tree import data_dir, lock_path
from storage_app.wakes import socket_path

FREE_AT_LEAST = 100 * 1024 * 1024
WAL_AT_MOST = 256 * 1024 * 1024
CLOCK_BEHIND_MS = 60_000
SOCKET_PATH_BYTES = 103  # the shortest limit of the systems this runs on; Linux allows 107
REMADE = (
    "Stop the server, move it away and start again: it is made anew of the files. Logins and "
    "tokens are in it alone."
)


@dataclass(frozen=True)
class Finding:
    """`advice` is empty where all is well."""

    about: str
    said: str
    advice: str = ""


def holder() -> str | None:
    """Who holds the data directory, or None."""
    if not lock_path().exists():  # asking would make it
        return None
    try:
        with exclusive_lock(lock_path(), holder=f"pid {os.getpid()}, a command that looks"):
            return None
    except LockTaken as taken:
        return taken.holder or "another command"
    except OSError:
        return None


def storage_findings(held_by: str | None) -> Iterator[Finding]:
    refused = _refuses_files(data_dir()) if data_dir().exists() else ""
    yield _data_directory(refused)
    yield _disk()
    if refused:
        return
    yield from _index(held_by)
    for kind in all_kinds():
        yield _folder(kind.folder)
    yield from _quarantine()
    yield _wake_socket()


def _data_directory(refused: str) -> Finding:
    folder = data_dir()
    if not folder.exists():
        return Finding("data directory", f"{folder}, made at the first start")
    if refused:
        advice = f"Make {folder} a folder in which this user may write, or name another one."
        return Finding("data directory", f"{folder}: {refused}", advice)
    if folder.stat().st_mode & (stat.S_IWGRP | stat.S_IRWXO):
        said = f"{folder} can be read or changed by other users of this machine"
        return Finding("data directory", said, f"chmod g-w,o-rwx {folder}")
    return Finding("data directory", str(folder))


def _refuses_files(folder: Path) -> str:
    """Why no file can be made there; asked by making one, for root may everything but this."""
    try:
        with TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return error.strerror or str(error)


def _disk() -> Finding:
    folder = next(path for path in (data_dir(), *data_dir().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    advice = "" if free > FREE_AT_LEAST else "Make room: on a full disk changes are refused."
    return Finding("disk", f"{_in_words(free)} free", advice)


def _index(held_by: str | None) -> Iterator[Finding]:
    """And what can be read in it; looking for one does not make one."""
    path = Path(str(connection.settings_dict["NAME"]))
    try:
        if not path.exists() or not _has_tables():
            yield Finding("index", "none yet; the next start makes it of the files")
            return
        damage, newer = _damage(), _unknown_migrations()
        if damage:
            yield Finding("index", f"{path} is damaged: {damage}", REMADE)
        elif newer:
            said = f"{path} was made by a newer Maestro ({newer})"
            yield Finding("index", said, f"Upgrade. Or: {REMADE}")
        else:
            yield _sizes(path)
        yield from _files(held_by)
        yield _clock()
    except DatabaseError as error:
        yield Finding("index", f"{path}: {error}", REMADE)


def _sizes(path: Path) -> Finding:
    documents = StoredDocument.objects.count()
    log_size = _size(path.with_name(path.name + "-wal"))
    said = f"{documents} documents, {_in_words(_size(path))}, write-ahead log {_in_words(log_size)}"
    large = log_size > WAL_AT_MOST
    advice = "A reader holds the log open; restart the server, which folds it in." if large else ""
    return Finding("index", said, advice)


def _has_tables() -> bool:
    return StoredDocument._meta.db_table in connection.introspection.table_names()


def _damage() -> str:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(1)")
        said = str(cursor.fetchone()[0])
    return "" if said == "ok" else said


def _unknown_migrations() -> str:
    loader = MigrationExecutor(connection).loader
    ours = {app for app, _ in loader.disk_migrations or ()}
    unknown = [
        f"{app}.{name}"
        for app, name in loader.applied_migrations or ()
        if app in ours and (app, name) not in (loader.disk_migrations or ())
    ]
    return ", ".join(sorted(unknown))


def _files(held_by: str | None) -> Iterator[Finding]:
    behind = StoredDocument.objects.filter(dirty=True).count()
    paths = list(StoredDocument.objects.exclude(sha256="").values_list("path", flat=True))
    if behind and not held_by:
        advice = "Start the server: it writes them first."
        yield Finding("files", f"{behind} are behind the index", advice)
    gone = [path for path in paths if not (data_dir() / path).exists()]
    if gone:
        advice = "Put them back, or `storage restore`; their records go with them otherwise."
        yield Finding("files", f"{len(gone)} are gone, first {gone[0]}", advice)


def _clock() -> Finding:
    newest = LogEntry.objects.order_by("-seq").values_list("at", flat=True).first() or 0
    behind_ms = newest - now_ms()
    if behind_ms < CLOCK_BEHIND_MS:
        return Finding("clock", "not behind what was recorded")
    said = f"{behind_ms // 1000} s behind the newest event"
    return Finding("clock", said, "Set it (timedatectl set-ntp true): times would repeat.")


def _folder(name: str) -> Finding:
    folder = data_dir() / name
    if not folder.exists():
        return Finding(f"{name}/", "none yet")
    sizes = [entry.stat().st_size for entry in folder.rglob("*.json") if entry.is_file()]
    refused = _refuses_files(folder)
    if refused:
        advice = f"Make {folder} writable: until then changes are refused."
        return Finding(f"{name}/", refused, advice)
    return Finding(f"{name}/", f"{len(sizes)} files, {_in_words(sum(sizes))}")


def _quarantine() -> Iterator[Finding]:
    advice = "Repair it and move it back where it was, or delete it and the .reason beside it."
    found = quarantined()
    yield Finding("quarantine/", f"{len(found)} files")
    for one in found:
        yield Finding(one.kept_as, one.reason, advice)


def _wake_socket() -> Finding:
    path = socket_path()
    if len(os.fsencode(path)) > SOCKET_PATH_BYTES:
        said = f"{path} is longer than {SOCKET_PATH_BYTES} bytes, which no socket may be"
        return Finding("wake socket", said, "Set TMPDIR to a shorter path.")
    return Finding("wake socket", str(path))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _in_words(size_bytes: int) -> str:
    if size_bytes < 2**30:
        return f"{size_bytes / 2**20:.1f} MiB"
    return f"{size_bytes / 2**30:.1f} GiB"

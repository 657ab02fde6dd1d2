"""What a person should know of the data directory, and what to do about each."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from django.db import DatabaseError

from storage_app.kinds import all_kinds
from storage_app.models import StoredDocument
from storage_app.quarantine import quarantined
from storage_app.tree import data_dir

FREE_AT_LEAST = 100 * 1024 * 1024
WAL_AT_MOST = 256 * 1024 * 1024


@dataclass(frozen=True)
class Finding:
    """`advice` is empty where all is well."""

    about: str
    said: str
    advice: str = ""


def findings(holder: str | None) -> list[Finding]:
    found = [Finding("data directory", str(data_dir())), _server(holder), *_index(holder)]
    found += [_folder(kind.folder) for kind in all_kinds()]
    return [*found, *_quarantine(), _disk()]


def _server(holder: str | None) -> Finding:
    return Finding("server", holder or "none is running")


def _index(holder: str | None) -> list[Finding]:
    try:
        documents = StoredDocument.objects.count()
        behind = StoredDocument.objects.filter(dirty=True).count()
    except DatabaseError:
        return [Finding("index", "there is none", "Start the server, or `storage rebuild`.")]
    size = _size(data_dir() / "index.sqlite3")
    log_size = _size(data_dir() / "index.sqlite3-wal")
    found = [Finding("index", f"{documents} documents, {_mib(size)}, log {_mib(log_size)}")]
    if log_size > WAL_AT_MOST:
        advice = "A reader holds it open; it is folded in when the server stops."
        found.append(Finding("index", "its write-ahead log is large", advice))
    if behind and not holder:
        advice = "Start the server: it writes them first."
        found.append(Finding("files", f"{behind} are behind the index", advice))
    return [*found, *_missing()]


def _missing() -> list[Finding]:
    paths = StoredDocument.objects.exclude(sha256="").values_list("path", flat=True)
    gone = [path for path in paths if not (data_dir() / path).exists()]
    advice = "Put them back, or `storage restore`; their records go with them otherwise."
    return [Finding("files", f"{len(gone)} are gone, first {gone[0]}", advice)] if gone else []


def _folder(name: str) -> Finding:
    folder = data_dir() / name
    sizes = [entry.stat().st_size for entry in folder.rglob("*.json") if entry.is_file()]
    writable = not folder.exists() or os.access(folder, os.W_OK)
    advice = "" if writable else "Make it writable: until then changes are refused."
    return Finding(f"{name}/", f"{len(sizes)} files, {_mib(sum(sizes))}", advice)


def _quarantine() -> list[Finding]:
    advice = "Repair it and move it back where it was, or delete it and the .reason beside it."
    return [Finding(one.kept_as, one.reason, advice) for one in quarantined()]


def _disk() -> Finding:
    free = shutil.disk_usage(data_dir()).free
    advice = "" if free > FREE_AT_LEAST else "Make room: on a full disk changes are refused."
    return Finding("disk", f"{_mib(free)} free", advice)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _mib(size_bytes: int) -> str:
    return f"{size_bytes / 2**20:.1f} MiB"

"""Starting from files: what was changed, added or removed while nothing ran is taken in."""

import logging
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from core import json
from core.clock import now_ms
from core.errors import MaestroError
from core.files import Fingerprint, fingerprint_of, write_atomically
from core.sqlite import writers_turn
from storage_app.kinds import DocumentKind, all_kinds, kind_named
from storage_app.models import StoredDocument
from storage_app.tree import data_dir
from storage_app.writer import write_dirty

logger = logging.getLogger("maestro.storage")

MISSING_AT_MOST = 20
MISSING_SHARE = 0.1


class TooManyMissing(Exception):
    """So many files are gone that a person must say which side is right."""


@dataclass
class Comparison:
    """What a start found: counts of documents, and what was set aside with the reason."""

    unchanged: int = 0
    taken_in: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)


def take_in_files() -> Comparison:
    """Write what is dirty, then make rows equal to files. Idempotent; a whole start is one call.

    Raises TooManyMissing when more than a tenth of all files, and more than 20, are gone.
    """
    _set_conflicts_aside()
    write_dirty()
    found = Comparison()
    marks = {mark.path: mark for mark in StoredDocument.objects.all()}
    _check_missing(marks)
    with writers_turn(), transaction.atomic():
        for kind in all_kinds():
            for path in _files_of(kind):
                relative = str(path.relative_to(data_dir()))
                _take_in(kind, path, relative, marks.pop(relative, None), found)
        for relative, mark in marks.items():
            _forget(relative, mark, found)
    write_dirty()
    return found


def _files_of(kind: DocumentKind) -> list[Path]:
    folder = data_dir() / kind.folder
    folder.mkdir(parents=True, exist_ok=True)
    return sorted(path for path in folder.rglob("*.json") if _is_document(path, folder, kind))


def _is_document(path: Path, folder: Path, kind: DocumentKind) -> bool:
    if path.name.startswith(".") or not path.is_file():
        return False
    return path.parent == folder or kind.name == "task"


def _take_in(
    kind: DocumentKind, path: Path, relative: str, mark: StoredDocument | None, found: Comparison
) -> None:
    if mark and mark.fingerprint.looks_like(path):
        found.unchanged += 1
        return
    try:
        content = path.read_bytes()
        fingerprint = fingerprint_of(path, content)
        if mark and mark.sha256 == fingerprint.sha256:
            _note(mark, fingerprint)
            found.unchanged += 1
            return
        with transaction.atomic():
            record_id = _load(kind, content, fingerprint)
            _note_loaded(kind, record_id, relative, fingerprint)
        found.taken_in.append(relative)
    except (ValueError, RecursionError, MaestroError, OSError) as error:
        set_aside(path, str(error) or type(error).__name__)
        found.set_aside.append(relative)
        if mark:
            StoredDocument.objects.filter(pk=mark.pk).update(dirty=True)


def _load(kind: DocumentKind, content: bytes, fingerprint: Fingerprint) -> str:
    document = json.parse(content)
    if not isinstance(document, dict):
        raise ValueError("this is not a JSON object")
    if document.get("createdAt") is None:  # the same whenever it is asked, unlike now
        document["createdAt"] = fingerprint.mtime_ns // 1_000_000
    return kind.load(document)


def _note(mark: StoredDocument, fingerprint: Fingerprint) -> None:
    mark.size_bytes, mark.mtime_ns = fingerprint.size_bytes, fingerprint.mtime_ns
    mark.sha256 = fingerprint.sha256
    mark.dirty = False
    mark.save()


def _note_loaded(kind: DocumentKind, record_id: str, path: str, fingerprint: Fingerprint) -> None:
    mark, _ = StoredDocument.objects.get_or_create(
        kind=kind.name, record_id=record_id, defaults={"path": path}
    )
    if mark.path != path and (data_dir() / mark.path).exists():
        raise ValueError(f"{record_id} is already kept in {mark.path}")
    mark.path = path
    _note(mark, fingerprint)


def _forget(relative: str, mark: StoredDocument, found: Comparison) -> None:
    same = StoredDocument.objects.filter(pk=mark.pk, path=relative, dirty=False)
    if not same.delete()[0]:  # to be written, or its file was found elsewhere
        return
    kind_named(mark.kind).remove(mark.record_id)
    found.removed.append(relative)


def _check_missing(marks: dict[str, StoredDocument]) -> None:
    missing = [path for path in marks if not (data_dir() / path).exists()]
    if len(missing) > MISSING_AT_MOST and len(missing) > MISSING_SHARE * len(marks):
        raise TooManyMissing(
            f"{len(missing)} of {len(marks)} files are gone from {data_dir()}, first {missing[0]}. "
            "Put them back, or say which side is right: `manage.py storage restore` writes the "
            "files from the index, `manage.py storage rebuild` makes the index from the files."
        )


def _set_conflicts_aside() -> None:
    """A dirty document whose file was edited meanwhile: the edit is kept aside, never merged."""
    for mark in StoredDocument.objects.filter(dirty=True).exclude(sha256=""):
        path = data_dir() / mark.path
        if not path.exists() or mark.fingerprint.looks_like(path):
            continue
        if fingerprint_of(path, path.read_bytes()).sha256 != mark.sha256:
            set_aside(path, "edited by hand while a change was still to be written", "conflict")


def set_aside(path: Path, reason: str, ending: str = "unreadable") -> Path:
    """Move a file into quarantine/ with a reason beside it; nothing is ever deleted."""
    quarantine = data_dir() / "quarantine"
    quarantine.mkdir(parents=True, exist_ok=True)
    name = "-".join(path.relative_to(data_dir()).with_suffix("").parts)
    target = quarantine / f"{name}-{now_ms()}.json.{ending}"
    path.rename(target)
    write_atomically(target.with_suffix(f".{ending}.reason"), f"{path}: {reason}\n".encode())
    logger.warning("%s was set aside as %s: %s", path, target, reason)
    return target

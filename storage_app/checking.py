"""Comparing rows with files, document by document, beside whoever changes either."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection

from core.files import fingerprint_of
from core.sqlite import snapshot
from storage_app.intake import NOT_A_DOCUMENT, parse_document
from storage_app.kinds import DocumentKind, all_kinds, kind_named
from storage_app.models import StoredDocument
from storage_app.starting import document_paths
from storage_app.tree import Progress, data_dir

LOOKS = 8
LOOK_AGAIN_S = 0.25


@dataclass
class Checked:
    """`busy` documents changed at every look: with a server at work that is no difference."""

    documents: int = 0
    differences: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)


def check_storage(*, server_runs: bool, progress: Progress) -> Checked:
    """Every record against its file, and every file against the index."""
    checked = Checked()
    marks = list(StoredDocument.objects.order_by("path"))
    names = {(kind.name, record_id) for kind in all_kinds() for record_id in kind.ids()}
    for number, mark in enumerate(marks, start=1):
        _check(mark, names, checked, server_runs=server_runs)
        progress(number, len(marks))
    checked.documents = len(marks)
    _check_unknown_files(checked)
    unmarked = names - {(mark.kind, mark.record_id) for mark in marks}
    for kind, record_id in sorted(unmarked):
        if not StoredDocument.objects.filter(kind=kind, record_id=record_id).exists():
            checked.differences.append(f"{kind} {record_id}: no file belongs to it")
    return checked


def _check(
    mark: StoredDocument, names: set[tuple[str, str]], checked: Checked, *, server_runs: bool
) -> None:
    for look in range(LOOKS if server_runs else 1):
        if look:
            time.sleep(LOOK_AGAIN_S)
        with snapshot(connection):
            now = StoredDocument.objects.filter(pk=mark.pk).first()
            document = kind_named(mark.kind).read(mark.record_id)
        if now is None:
            return
        difference = _difference(now, document)
        if difference is None:
            for name in _missing(kind_named(mark.kind), document or {}, names):
                checked.warnings.append(f"{mark.path} names {name}, which is not here")
            return
        behind = now.dirty
    if server_runs and behind:
        checked.busy.append(mark.path)
    else:
        checked.differences.append(f"{mark.path}: {difference}")


def _difference(mark: StoredDocument, document: dict[str, Any] | None) -> str | None:
    path = data_dir() / mark.path
    if mark.dirty:
        return "a change is still to be written; the next start does it"
    if document is None:
        return "the record is gone, and the file is still noted"
    try:
        content = path.read_bytes()
        found = parse_document(content, fingerprint_of(path, content))
        as_stored = kind_named(mark.kind).as_stored(found)
    except NOT_A_DOCUMENT as error:
        return str(error) or type(error).__name__
    if document in (found, as_stored):
        return None
    keys = [key for key in {**document, **as_stored} if document.get(key) != as_stored.get(key)]
    return f"the file says otherwise in {', '.join(keys)}"


def _missing(
    kind: DocumentKind, document: dict[str, Any], names: set[tuple[str, str]]
) -> Iterator[str]:
    for name in dict.fromkeys(kind.named(document)):
        # It may have been made after the names were read.
        if name not in names and kind_named(name[0]).read(name[1]) is None:
            yield f"{name[0]} {name[1]}"


def _check_unknown_files(checked: Checked) -> None:
    known = set(StoredDocument.objects.values_list("path", flat=True))
    unknown = [path for path in document_paths() if _relative(path) not in known]
    for path in unknown:
        if not StoredDocument.objects.filter(path=_relative(path)).exists() and path.exists():
            checked.differences.append(f"{_relative(path)}: no record belongs to it")


def _relative(path: Path) -> str:
    return str(path.relative_to(data_dir()))

"""Whole trees: the files written anew, the index made anew, a copy out, and another tree in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, transaction

from core import json
from core.files import fingerprint_of, write_atomically
from core.sqlite import snapshot, writers_turn
from storage_app.changes import Change, change
from storage_app.intake import NOT_A_DOCUMENT, Comparison, announce, kind_of, parse_document
from storage_app.kinds import all_kinds
from storage_app.models import StoredDocument
from storage_app.quarantine import set_aside
from storage_app.starting import compare_files, document_paths
from storage_app.tree import Progress, data_dir
from storage_app.writer import write_dirty

AT_ONCE = 100


def rebuild_index(progress: Progress) -> Comparison:
    """The index from the files. What was committed and not yet written is written first."""
    write_dirty()
    with writers_turn(), transaction.atomic():
        for kind in reversed(all_kinds()):
            kind.clear()
        StoredDocument.objects.all().delete()
    return compare_files(progress)


def restore_files(progress: Progress) -> tuple[int, list[str]]:
    """The files from the index; how many were written, and which were set aside as unknown."""
    marks = list(StoredDocument.objects.all())
    known = {data_dir() / mark.path for mark in marks}
    unknown = [path for path in document_paths() if path not in known]
    for path in unknown:
        set_aside(path, "the files were restored from the index, which does not know it")
    behind = [m.pk for m in marks if not m.fingerprint.looks_like(data_dir() / m.path)]
    for start in range(0, len(behind), AT_ONCE):
        some = behind[start : start + AT_ONCE]
        StoredDocument.objects.filter(pk__in=some).update(dirty=True)
    write_dirty(progress)
    return len(behind), [str(path.relative_to(data_dir())) for path in unknown]


def export_tree(target: Path, progress: Progress) -> int:
    """Every document as it is at one moment, whatever goes on meanwhile."""
    with snapshot(connection):
        paths = dict(_stored_paths())
        ids = [(kind, record_id) for kind in all_kinds() for record_id in sorted(kind.ids())]
        for number, (kind, record_id) in enumerate(ids, start=1):
            path = paths.get((kind.name, record_id), kind.default_path(record_id))
            write_atomically(target / path, json.to_disk(kind.read(record_id)))
            progress(number, len(ids))
    return len(ids)


def _stored_paths() -> Iterator[tuple[tuple[str, str], str]]:
    for kind, record_id, path in StoredDocument.objects.values_list("kind", "record_id", "path"):
        yield (kind, record_id), path


@dataclass
class Imported:
    """Files by what became, or would become, of them."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def import_tree(source: Path, progress: Progress, *, dry_run: bool) -> Imported:
    """Take the documents of another tree in. A record that is here already becomes the file's."""
    imported = Imported()
    paths = document_paths(source)
    for start in range(0, len(paths), AT_ONCE):  # so that nobody waits long for the turn
        with _trial() if dry_run else change() as changed:
            for path in paths[start : start + AT_ONCE]:
                _import(changed, path, source, imported)
        progress(min(start + AT_ONCE, len(paths)), len(paths))
    return imported


@contextmanager
def _trial() -> Iterator[Change]:
    """A change that is taken back."""
    with writers_turn(), transaction.atomic():
        yield Change()
        transaction.set_rollback(True)


def _import(changed: Change, path: Path, source: Path, imported: Imported) -> None:
    kind, name = kind_of(path, source), str(path.relative_to(source))
    assert kind is not None  # document_paths looked
    try:
        content = path.read_bytes()
        document = parse_document(content, fingerprint_of(path, content))
        before = kind.read(str(document.get("id") or f"que_{document.get('sessionId')}"))
        with transaction.atomic():
            record_id = kind.load(document)
    except NOT_A_DOCUMENT as error:
        imported.refused.append(f"{name}: {error or type(error).__name__}")
        return
    if before == kind.read(record_id):
        imported.same.append(name)
        return
    (imported.changed if before else imported.new).append(name)
    changed.touch(kind.name, record_id)
    announce(changed, kind, "updated" if before else "created", kind.news(record_id))

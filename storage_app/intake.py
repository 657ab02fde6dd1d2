"""Taking in what was done to files by hand: what a file says becomes rows, or it is set aside."""

from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from core import json
from core.errors import MaestroError
from core.files import Fingerprint, fingerprint_of
from storage_app.changes import Change
from storage_app.kinds import DocumentKind, News, all_kinds, kind_named
from storage_app.models import StoredDocument
from storage_app.quarantine import SetAside, set_aside
from storage_app.tree import data_dir, problem

MISSING_AT_MOST = 20
MISSING_SHARE = 0.1
NOT_A_DOCUMENT = (ValueError, RecursionError, MaestroError, OSError)


class TooManyMissing(Exception):
    """So many files are gone that a person must say which side is right."""


@dataclass
class Comparison:
    """What a look at files found, by their paths in the data directory."""

    unchanged: int = 0
    taken_in: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)


def kind_of(path: Path, root: Path | None = None) -> DocumentKind | None:
    """The kind of document that a file at this place of a tree would be."""
    parts = path.relative_to(root or data_dir()).parts
    if path.suffix != ".json" or path.name.startswith("."):
        return None
    for kind in all_kinds():
        if parts[0] == kind.folder and (len(parts) == 2 or kind.name == "task"):
            return kind
    return None


class Intake:
    """One look at files, within the caller's transaction and the files' lock."""

    def __init__(self, changed: Change) -> None:
        self._changed = changed
        self.found = Comparison()

    def look_at(self, path: Path, mark: StoredDocument | None) -> None:
        """Take in a file that is there; `mark` is what is known of this place."""
        kind, relative = kind_of(path), str(path.relative_to(data_dir()))
        if kind is None:
            return
        if mark and mark.fingerprint.looks_like(path):
            self.found.unchanged += 1
            return
        try:
            self._take_in(kind, path, relative, mark)
        except NOT_A_DOCUMENT as error:
            self._set_aside(path, relative, str(error) or type(error).__name__, mark)

    def _take_in(
        self, kind: DocumentKind, path: Path, relative: str, mark: StoredDocument | None
    ) -> None:
        content = path.read_bytes()
        fingerprint = fingerprint_of(path, content)
        if mark and mark.sha256 == fingerprint.sha256:
            _note(mark, fingerprint, dirty=mark.dirty)
            self.found.unchanged += 1
            return
        if mark and mark.dirty and fingerprint.is_ours:  # written, and not yet noted
            self.found.unchanged += 1
            return
        if mark and mark.dirty:
            reason = "edited by hand while a change was still to be written"
            self._set_aside(path, relative, reason, mark, "conflict")
            return
        with transaction.atomic():
            record_id = _load(kind, content, fingerprint)
            is_new = _note_loaded(kind, record_id, relative, fingerprint)
        if mark and mark.record_id != record_id:  # the file was made into another record's
            self._remove(mark)
        announce(self._changed, kind, "created" if is_new else "updated", kind.news(record_id))
        self.found.taken_in.append(relative)

    def _set_aside(
        self,
        path: Path,
        relative: str,
        reason: str,
        mark: StoredDocument | None,
        ending: str = "unreadable",
    ) -> None:
        self.report(set_aside(path, reason, ending))
        self.found.set_aside.append(relative)
        if mark:  # what the database has is written back
            StoredDocument.objects.filter(pk=mark.pk).update(dirty=True)

    def report(self, found: SetAside) -> None:
        happening = problem(found)
        self._changed.record(happening.type, happening.payload)

    def forget(self, mark: StoredDocument) -> None:
        """Its file is gone: so is the record, unless it is to be written, or is kept elsewhere."""
        if StoredDocument.objects.filter(pk=mark.pk, path=mark.path, dirty=False).exists():
            self._remove(mark)
            self.found.removed.append(mark.path)

    def _remove(self, mark: StoredDocument) -> None:
        kind = kind_named(mark.kind)
        news = kind.news(mark.record_id)
        StoredDocument.objects.filter(pk=mark.pk).delete()
        kind.remove(mark.record_id)
        payload = {"id": mark.record_id}
        if kind.name == "queue":
            payload["sessionId"] = str(news.session_id)
        gone = News(payload, news.project_id, news.session_id, news.task_id)
        announce(self._changed, kind, "deleted", gone)


def announce(changed: Change, kind: DocumentKind, what: str, news: News) -> None:
    changed.record(
        f"{kind.name}:{what if kind.name != 'queue' else 'updated'}",
        news.payload,
        project_id=news.project_id,
        session_id=news.session_id,
        task_id=news.task_id,
    )


def parse_document(content: bytes, fingerprint: Fingerprint) -> dict[str, object]:
    """Raises ValueError."""
    document = json.parse(content)
    if not isinstance(document, dict):
        raise ValueError("this is not a JSON object")
    if document.get("createdAt") is None:  # the same whenever it is asked, unlike now
        document["createdAt"] = fingerprint.mtime_ns // 1_000_000
    return document


def _load(kind: DocumentKind, content: bytes, fingerprint: Fingerprint) -> str:
    return kind.load(parse_document(content, fingerprint))


def _note(mark: StoredDocument, fingerprint: Fingerprint, *, dirty: bool) -> None:
    mark.size_bytes, mark.mtime_ns = fingerprint.size_bytes, fingerprint.mtime_ns
    mark.sha256, mark.dirty = fingerprint.sha256, dirty
    mark.save()


def _note_loaded(kind: DocumentKind, record_id: str, path: str, fingerprint: Fingerprint) -> bool:
    """Returns whether the record is new."""
    mark, is_new = StoredDocument.objects.get_or_create(
        kind=kind.name, record_id=record_id, defaults={"path": path, "dirty": False}
    )
    if mark.path != path and (mark.dirty or (data_dir() / mark.path).exists()):
        raise ValueError(f"{record_id} is already kept in {mark.path}")
    mark.path = path
    _note(mark, fingerprint, dirty=False)
    return is_new


def check_missing() -> None:
    """Raises TooManyMissing when more than a tenth of all files, and more than 20, are gone."""
    known = list(StoredDocument.objects.exclude(sha256="").values_list("path", flat=True))
    missing = [path for path in known if not (data_dir() / path).exists()]
    if len(missing) > MISSING_AT_MOST and len(missing) > MISSING_SHARE * len(known):
        raise TooManyMissing(
            f"{len(missing)} of {len(known)} files are gone from {data_dir()}, first {missing[0]}. "
            "Put them back, or say which side is right: `manage.py storage restore` writes the "
            "files from the index, `manage.py storage rebuild` makes the index from the files."
        )

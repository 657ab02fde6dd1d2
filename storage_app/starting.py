"""Starting from files: what was changed, added or removed while nothing ran is taken in."""

from pathlib import Path

from django.db import transaction

from core.sqlite import writers_turn
from storage_app.changes import Change
from storage_app.intake import Comparison, Intake, check_missing, kind_of
from storage_app.kinds import all_kinds
from storage_app.models import StoredDocument
from storage_app.tree import Progress, data_dir, silently
from storage_app.writer import write_dirty


def take_in_files() -> Comparison:
    """Write what is dirty, then make rows equal to files. Idempotent; a whole start is one call.

    Raises TooManyMissing. Records what it takes in, unless the index is new.
    """
    write_dirty()
    check_missing()
    return compare_files()


def compare_files(progress: Progress = silently) -> Comparison:
    """The same whatever is missing, and with nothing written first."""
    marks = {mark.path: mark for mark in StoredDocument.objects.all()}
    index_is_new = not marks
    with writers_turn(), transaction.atomic():
        changed = Change()
        intake = Intake(changed)
        paths = document_paths()
        for number, path in enumerate(paths, start=1):
            progress(number, len(paths))
            intake.look_at(path, marks.pop(str(path.relative_to(data_dir())), None))
        for mark in marks.values():
            intake.forget(mark)
        if not index_is_new:
            changed.finish()
    write_dirty()
    return intake.found


def document_paths(root: Path | None = None) -> list[Path]:
    """Every file of a tree that is a document by its place, kind by kind."""
    root, found = root or data_dir(), []
    for kind in all_kinds():
        pattern = "**/*.json" if kind.name == "task" else "*.json"
        paths = (root / kind.folder).glob(pattern)
        found += sorted(path for path in paths if kind_of(path, root) and path.is_file())
    return found

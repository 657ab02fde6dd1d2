"""The kinds of documents there are; apps register theirs in `ready()`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True)
class News:
    """What the log says of a record: its payload, and whom it concerns."""

    payload: Mapping[str, Any]
    project_id: str | None = None
    session_id: str | None = None
    task_id: str | None = None


@dataclass(frozen=True)
class DocumentKind:
    """How one kind of record becomes a file and comes back.

    `read` gives the document of a record, or None when there is no such record; `load` puts a
    document's content into rows (replacing what was there) and raises BadInput for a document
    that cannot be one; `as_stored` is what would then be written for it, with nothing changed
    (a file from elsewhere may say the same in other words); `remove` deletes the rows; `ids` lists
    all records; `clear` deletes all rows of the kind; `news` is what the log says of a record as
    it is now; `named` lists the records that a document names, each with its kind.
    """

    name: str
    folder: str
    read: Callable[[str], dict[str, Any] | None]
    load: Callable[[Document], str]
    as_stored: Callable[[Document], dict[str, Any]]
    remove: Callable[[str], None]
    ids: Callable[[], list[str]]
    clear: Callable[[], None]
    news: Callable[[str], News]
    named: Callable[[Document], Iterable[tuple[str, str]]]

    def default_path(self, record_id: str) -> str:
        return f"{self.folder}/{record_id}.json"


_kinds: dict[str, DocumentKind] = {}


def register(kind: DocumentKind) -> None:
    _kinds[kind.name] = kind


def kind_named(name: str) -> DocumentKind:
    return _kinds[name]


def all_kinds() -> tuple[DocumentKind, ...]:
    """In the order of registration: what is referred to comes before what refers to it."""
    return tuple(_kinds.values())

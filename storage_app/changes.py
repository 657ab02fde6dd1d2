"""`change()`: the one way to write records."""

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial, reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from core.sqlite import after_turn, writers_turn
from events_app import log
from events_app.log import Happening
from storage_app import availability, wakes
from storage_app.kinds import kind_named
from storage_app.models import StoredDocument

logger = logging.getLogger("maestro.changes")

MARKED_AT_ONCE = 50
RECORDS_NAMED = 5
_current = threading.local()


class Change:
    """Collects what a transaction touched and what happened in it, and writes both at its end."""

    def __init__(self) -> None:
        self._touched: dict[tuple[str, str], None] = {}
        self._happenings: dict[Any, Happening] = {}

    def touch(self, kind: str, record_id: str) -> None:
        """Mark a document: its file will be written from the rows as they are then."""
        self._touched[kind, record_id] = None

    def record(self, event_type: str, payload: Mapping[str, Any], **ids: str | None) -> None:
        """Announce something. An `…:updated` of one record is announced once, newest payload."""
        happening = Happening(event_type, payload, **ids)
        key: Any = len(self._happenings)
        if event_type.endswith(":updated"):
            key = (event_type, ids.get("session_id"), ids.get("task_id"), ids.get("project_id"))
        self._happenings[key] = happening

    def extend(
        self, event_type: str, payload: Mapping[str, Any], *, events: list[Any], **ids: str | None
    ) -> None:
        """Announce appended events; those of one session in one change become one row."""
        key = (event_type, ids.get("session_id"))
        before = self._happenings.pop(key, None)
        earlier = list(before.payload["events"]) if before else []
        whole = {**payload, "events": earlier + events}
        self._happenings[key] = Happening(event_type, whole, **ids)

    def finish(self) -> None:
        touched = list(self._touched)
        for start in range(0, len(touched), MARKED_AT_ONCE):
            _mark_dirty(touched[start : start + MARKED_AT_ONCE])
        log.append(self._happenings.values())

    def say(self) -> None:
        """One line for what was committed; nothing where nothing happened."""
        if not self._touched and not self._happenings:
            return
        records = [record_id for _, record_id in self._touched]
        more = [f"and {len(records) - RECORDS_NAMED} more"] if len(records) > RECORDS_NAMED else []
        events = dict.fromkeys(happening.type for happening in self._happenings.values())
        fields = {
            "events": ",".join(events),
            "records": ",".join([*records[:RECORDS_NAMED], *more]),
        }
        logger.info("change", extra={"fields": fields})


def _mark_dirty(touched: Sequence[tuple[str, str]]) -> None:
    named = reduce(or_, (Q(kind=kind, record_id=record_id) for kind, record_id in touched))
    there = StoredDocument.objects.filter(named)
    if there.update(dirty=True, version=F("version") + 1) == len(touched):
        return
    known = set(there.values_list("kind", "record_id"))
    StoredDocument.objects.bulk_create(
        StoredDocument(kind=kind, record_id=one, path=kind_named(kind).default_path(one))
        for kind, one in touched
        if (kind, one) not in known
    )


@contextmanager
def change() -> Iterator[Change]:
    """Open, or join, the transaction in which records change.

    Takes the writers' turn, holds one IMMEDIATE transaction, and on commit wakes the file writer
    and the tail. Raises StorageUnavailable, before anything is changed, while files cannot be
    written.
    """
    joined: Change | None = getattr(_current, "change", None)
    if joined is not None:
        yield joined
        return
    availability.check()
    with writers_turn(), transaction.atomic():
        opened = _current.change = Change()
        try:
            yield opened
            opened.finish()
        finally:
            _current.change = None
        transaction.on_commit(partial(after_turn, opened.say))
        transaction.on_commit(partial(after_turn, wakes.committed))

"""The index of words: FTS5 tables over rows of other apps, and what keeps them in step.

Triggers follow projects, tasks and sessions. Timeline events are never changed, so a worker adds
them beside the path of an append, and a trigger only takes out what is deleted.
"""

import logging
import threading
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction

from core.sqlite import writers_turn

logger = logging.getLogger("maestro.search")

AT_ONCE = 500
GATHER_S = 1.0  # events of a burst are indexed together
BETWEEN_S = 0.01  # whoever waits for the writers' turn gets it between two lots
TOKENS = "tokenize = 'unicode61 remove_diacritics 2'"
EVENTS = "sessions_app_timelineevent"
# With what was asked, where an event has a question instead of a message.
EVENT_WORDS = (
    "coalesce(json_extract({row}body, '$.message'), '') || ' ' ||"
    " coalesce(json_extract({row}body, '$.metadata.question'), '')"
)


@dataclass(frozen=True)
class Index:
    """An FTS5 table over the columns of `table`, which it reads there instead of keeping them."""

    name: str
    table: str
    columns: tuple[str, ...]

    def objects(self) -> dict[str, str]:
        """What has to be in the schema: each object's name, and the statement that makes it."""
        columns = ", ".join(self.columns)
        differs = " OR ".join(f"old.{one} IS NOT new.{one}" for one in self.columns)
        add = f"INSERT INTO {self.name}(rowid, {columns}) VALUES ({_of('new', self.columns)});"
        remove = (
            f"INSERT INTO {self.name}({self.name}, rowid, {columns})"
            f" VALUES ('delete', {_of('old', self.columns)});"
        )
        return {
            self.name: (
                f"CREATE VIRTUAL TABLE {self.name}"
                f" USING fts5({columns}, content='{self.table}', {TOKENS})"
            ),
            f"{self.name}_added": _trigger(self.name, "added", f"INSERT ON {self.table}", add),
            f"{self.name}_removed": _trigger(
                self.name, "removed", f"DELETE ON {self.table}", remove
            ),
            f"{self.name}_changed": _trigger(
                self.name,
                "changed",
                f"UPDATE OF {columns} ON {self.table} WHEN {differs}",
                f"{remove} {add}",
            ),
        }


def _of(row: str, columns: tuple[str, ...]) -> str:
    return ", ".join(f"{row}.{column}" for column in ("rowid", *columns))


def _trigger(name: str, what: str, when: str, then: str) -> str:
    return f"CREATE TRIGGER {name}_{what} AFTER {when} BEGIN {then} END"


RECORDS = (
    Index("search_project", "projects_app_project", ("id", "name", "description", "working_dir")),
    Index("search_task", "tasks_app_task", ("id", "title", "description", "initial_prompt")),
    Index("search_session", "sessions_app_session", ("id", "name")),
)
# What is in the index are the rows up to the newest in it, so that is also its cursor.
NEWEST = "(SELECT max(id) FROM search_event_docsize)"
EVENT_OBJECTS = {
    "search_event_words": (
        "CREATE VIEW search_event_words AS SELECT id, "
        f"{EVENT_WORDS.format(row='')} AS words FROM {EVENTS}"
    ),
    "search_event": (
        "CREATE VIRTUAL TABLE search_event USING"
        f" fts5(words, content='search_event_words', content_rowid='id', {TOKENS})"
    ),
    "search_event_removed": _trigger(
        "search_event",
        "removed",
        f"DELETE ON {EVENTS} WHEN old.id <= {NEWEST}",
        "INSERT INTO search_event(search_event, rowid, words)"
        f" VALUES ('delete', old.id, {EVENT_WORDS.format(row='old.')});",
    ),
}
ADD_EVENTS = (
    "INSERT INTO search_event(rowid, words) SELECT id, words FROM search_event_words"
    f" WHERE id > coalesce({NEWEST}, 0) ORDER BY id LIMIT {AT_ONCE}"
)
INDEXES = (*(index.name for index in RECORDS), "search_event")


def prepare_indexes(**_: Any) -> None:
    """After every migration: one that remakes a table takes its triggers with it.

    Events are indexed anew only where something is missing, since there may be millions.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master")
        there = dict(cursor.fetchall())
        if EVENTS not in there:
            return
        for index in RECORDS:
            if index.table in there:
                _make(cursor, index.objects(), there)
                cursor.execute(f"INSERT INTO {index.name}({index.name}) VALUES ('rebuild')")
        if any(there.get(name) != sql for name, sql in EVENT_OBJECTS.items()):
            _make(cursor, EVENT_OBJECTS, there)


def _make(cursor: Any, objects: dict[str, str], there: dict[str, str]) -> None:
    for name in reversed(objects):
        if name in there:
            kind = there[name].split()[1].replace("VIRTUAL", "TABLE")
            cursor.execute(f"DROP {kind} {name}")
    for sql in objects.values():
        cursor.execute(sql)


def index_events() -> int:
    """Add the oldest events that are not in the index yet; how many there were."""
    with writers_turn(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ADD_EVENTS)
        return int(cursor.rowcount)


def check_indexes() -> None:
    """Raises DatabaseError where an index says something else than its rows."""
    while index_events():
        pass
    with connection.cursor() as cursor:
        for name in INDEXES:
            cursor.execute(f"INSERT INTO {name}({name}, rank) VALUES ('integrity-check', 1)")


class Indexer:
    """One thread that adds new events to the index, a moment after they were committed."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._woken = threading.Event()

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._stop.set()
        self._woken.set()

    def run(self) -> None:
        try:
            while not self._stop.is_set():
                self._woken.clear()
                self._index()
                self._woken.wait()
                self._stop.wait(GATHER_S)
        finally:
            connection.close()

    def _index(self) -> None:
        try:
            while not self._stop.is_set() and index_events():
                self._stop.wait(BETWEEN_S)
        except DatabaseError as error:  # a full disk is no reason to stop
            logger.warning("new events cannot be searched yet: %s", error)

"""The topics that a page can show, and which entries of the log touch each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from urllib.parse import parse_qsl

from core.errors import BadInput
from core.ids import check_id
from dashboard_app import pictures
from dashboard_app.activity import Asked as ActivityAsked
from dashboard_app.boards import Board, Boards, Picture
from dashboard_app.local_time import use_zone
from events_app.log import PROJECT_EVENTS, TASK_EVENTS, Entry
from events_app.tail import tail

# Silence is no event, so what shows it looks again by itself.
LOOK_AGAIN_S = {
    "shell": 5.0,
    "overview": 5.0,
    "activity": 5.0,
    "project": 5.0,
    "task": 5.0,
    "session": 1.0,
    "tree": 1.0,
}

Query = Mapping[str, str]
RENDERERS: dict[str, Callable[[str, Query], Picture]] = {
    "shell": lambda _, __: pictures.shell_picture(),
    "overview": lambda _, query: pictures.overview_picture(query),
    "activity": lambda _, query: pictures.activity_picture(query),
    "projects": lambda _, __: pictures.projects_picture(),
    "project": pictures.project_picture,
    "task": pictures.task_picture,
    "session": pictures.session_page_picture,
    "tree": pictures.tree_picture,
}
WITH_RECORD = frozenset(("project", "task", "session", "tree"))
_boards = Boards()
# The sessions of each orchestration and task that was shown; until then all events touch it.
_sessions_in: dict[str, frozenset[str]] = {}


@dataclass(frozen=True)
class Topic:
    """`name` as the page said it: kind, or kind:id, and for a view of it a query."""

    name: str
    kind: str
    record_id: str
    query: str

    @property
    def first_look_s(self) -> float | None:
        return LOOK_AGAIN_S.get(self.kind)

    def is_touched_by(self, entry: Entry) -> bool:
        if self.kind == "project":
            return entry.project_id == self.record_id
        if self.kind == "session":
            return self._session_is_touched_by(entry)
        if self.kind in ("tree", "task"):
            return self._is_touched_through_sessions(entry)
        if self.kind == "shell":
            return entry.type not in TASK_EVENTS
        if self.kind == "activity":
            return _is_in_scope(self.query, entry)
        return True

    def _session_is_touched_by(self, entry: Entry) -> bool:
        if self.record_id in (entry.session_id, entry.payload.get("parentSessionId")):
            return True
        return entry.type in TASK_EVENTS or entry.type in PROJECT_EVENTS

    def _is_touched_through_sessions(self, entry: Entry) -> bool:
        known = _sessions_in.get(self.record_id)
        if known is None or entry.type in TASK_EVENTS or entry.type in PROJECT_EVENTS:
            return True
        return entry.session_id in known or entry.payload.get("parentSessionId") in known


@lru_cache(maxsize=64)
def _activity(query: str) -> ActivityAsked:
    return ActivityAsked.read(dict(parse_qsl(query)))


def _is_in_scope(query: str, entry: Entry) -> bool:
    """The density shows what every type filter hides."""
    asked = _activity(query)
    return asked.session in ("", entry.session_id) and asked.project in ("", entry.project_id)


def topic_named(name: str) -> Topic:
    """Raises BadInput for what is no topic."""
    words, _, query = name[:2000].partition("?")
    kind, _, record_id = words.partition(":")
    if kind not in RENDERERS or (kind in WITH_RECORD) is not bool(record_id):
        raise BadInput({"show": [f"{words} is nothing that can be shown."]})
    if record_id:
        check_id(record_id, "show")
    return Topic(name, kind, record_id, query)


def board_of(topic: Topic, zone: str) -> Board:
    """The board that everybody shares who looks at this topic in this time zone."""
    return _boards.get((topic.name, zone), partial(_render, topic, zone), lambda: tail.newest)


def _render(topic: Topic, zone: str) -> Picture:
    use_zone(zone)
    picture = RENDERERS[topic.kind](topic.record_id, dict(parse_qsl(topic.query)))
    if picture.sessions:
        _sessions_in[topic.record_id] = picture.sessions
    return picture

"""A session's row as its JSON document, and back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import connection

from core import json
from core.clock import now_ms
from core.errors import BadInput
from core.ids import check_id, is_valid_id
from core.json import NUMBERS_BELOW
from core.secrecy import mask
from sessions_app.models import RawEvent, Session, TimelineEvent, Transition
from sessions_app.rules import (
    NEEDS_USER_INPUT,
    RUNNING,
    TASK_STATUS_AFTER,
    EventType,
    SessionRole,
    Status,
    Strategy,
    fraction_of,
)
from sessions_app.signals import session_forgotten
from storage_app.fields import Key, moment, read_keys, text, unknown_keys, write_keys
from storage_app.kinds import DocumentKind, News
from tasks_app.documents import drop_empty_links
from tasks_app.models import TaskSession

FIRST_KEYS = (
    text("name", "name"),
    text("status", "status", default="idle"),
    text("strategy", "strategy", default="simple"),
    moment("createdAt", "created_at"),
    moment("updatedAt", "updated_at"),
    moment("completedAt", "completed_at"),
    moment("lastActivity", "last_activity"),
    Key("env", "env", (dict,), default=dict),
    Key("metadata", "metadata", (dict,), default=dict),
)
LAST_KEYS = (
    Key("needsInput", "needs_input", (dict,), always=False, default=None),
    text("agentId", "agent_id", always=False),
    text("agent", "agent", always=False),
    text("hostname", "hostname", always=False),
    text("platform", "platform", always=False),
    moment("startedAt", "started_at", always=False),
)
APPENDED_KEYS = ("events", "timeline", "transitions")
DERIVED_KEYS = ("role", "parentSessionId", "stale")
KNOWN = (
    "id",
    "projectId",
    "taskIds",
    *(key.name for key in (*FIRST_KEYS, *LAST_KEYS)),
    *APPENDED_KEYS,
    *DERIVED_KEYS,
)
FOREIGN_STATUSES = {RUNNING: Status.WORKING, NEEDS_USER_INPUT: Status.WORKING}


def stored_document(session: Session) -> dict[str, Any]:
    """The file: the seed's keys in the seed's order, then further ones, then unknown ones."""
    return _document(session, task_ids_of(session.pk), _read_appended(session.pk))


def _read_appended(session_id: str) -> dict[str, list[Any]]:
    return {
        "events": bodies(RawEvent, session_id),
        "timeline": bodies(TimelineEvent, session_id),
        "transitions": bodies(Transition, session_id),
    }


def _document(
    session: Session, task_ids: list[str], appended: Mapping[str, list[Any]]
) -> dict[str, Any]:
    return {
        "id": session.pk,
        "projectId": session.project_id,
        "taskIds": task_ids,
        **write_keys(session, FIRST_KEYS),
        **{name: rows for name, rows in appended.items() if rows or name != "transitions"},
        **write_keys(session, LAST_KEYS),
        **session.extra,
        **session.as_found,
    }


def wire_document(
    session: Session, *, whole: bool = True, task_ids: list[str] | None = None
) -> dict[str, Any]:
    """What clients get: the stored keys, the derived ones, and secrets masked.

    Without `whole` the appended lists (timeline, events, transitions) are left out. `task_ids`
    are read where they are not given.
    """
    appended = _read_appended(session.pk) if whole else {}
    transitions = {"transitions": appended.pop("transitions")} if whole else {}
    return {
        **_document(session, task_ids_of(session.pk) if task_ids is None else task_ids, appended),
        "env": {name: mask(name, value) for name, value in session.env.items()},
        "role": session.role,
        "parentSessionId": session.parent_id,
        "status": session.status,
        "strategy": session.strategy,
        "needsInput": session.needs_input,
        "hostname": session.hostname,
        "platform": session.platform,
        "startedAt": session.started_at,
        **transitions,
        "stale": stale(session, now_ms()),
    }


def stale(session: Session, now: int) -> dict[str, Any] | None:
    """Silence is a fact, not a status: derived, and never stored."""
    silent_ms = now - session.last_activity
    active = session.status in (Status.IDLE, Status.WORKING)
    if not active or silent_ms < settings.MAESTRO_STALE_AFTER_S * 1000:
        return None
    return {
        "since": session.last_activity,
        "evidence": f"No sign of life for {silent_ms // 1000} s.",
    }


def bodies(model: type[TimelineEvent | RawEvent | Transition], session_id: str) -> list[Any]:
    rows = model.objects.filter(session_id=session_id).order_by("position")
    return list(rows.values_list("body", flat=True))


def task_ids_by_session(session_ids: Collection[str]) -> dict[str, list[str]]:
    """Of each session, in its order."""
    found: dict[str, list[str]] = {session_id: [] for session_id in session_ids}
    links = TaskSession.objects.filter(session_id__in=found, place_in_session__isnull=False)
    for session_id, task_id in links.order_by("place_in_session").values_list(
        "session_id", "task_id"
    ):
        found[session_id].append(task_id)
    return found


def task_ids_of(session_id: str) -> list[str]:
    links = TaskSession.objects.filter(session_id=session_id, place_in_session__isnull=False)
    return list(links.order_by("place_in_session").values_list("task_id", flat=True))


def read(session_id: str) -> dict[str, Any] | None:
    session = Session.objects.filter(pk=session_id).first()
    return stored_document(session) if session else None


def _columns(document: Mapping[str, Any]) -> dict[str, Any]:
    columns = {
        "id": check_id(document.get("id")),
        **read_keys(document, (*FIRST_KEYS, *LAST_KEYS)),
    }
    columns["project_id"] = check_id(document.get("projectId"), "projectId")
    _fill_times(columns)
    _understand(columns)
    columns["extra"] = unknown_keys(document, KNOWN)
    return columns


def load(document: Mapping[str, Any]) -> str:
    columns, task_ids, appended = _columns(document), _task_ids(document), _appended(document)
    session, _ = Session.objects.update_or_create(pk=columns["id"], defaults=columns)
    _load_task_ids(session.pk, task_ids)
    _load_appended(session, appended)
    return session.pk


def as_stored(document: Mapping[str, Any]) -> dict[str, Any]:
    session = Session(**_columns(document))
    return _document(session, _task_ids(document), _appended(document))


def _understand(columns: dict[str, Any]) -> None:
    """Words of other servers read as ours; theirs are kept and written back until changed."""
    as_found: dict[str, Any] = {}
    _check_question(columns["needs_input"] or {})
    status, strategy = columns["status"], columns["strategy"]
    if status not in set(Status):
        if status not in FOREIGN_STATUSES:
            raise BadInput({"status": [f"{status} is no status."]})
        as_found["status"], columns["status"] = status, FOREIGN_STATUSES[status]
        if status == NEEDS_USER_INPUT and not columns["needs_input"]:
            columns["needs_input"] = {
                "active": True,
                "since": columns["last_activity"],
                "message": "",
                "eventId": None,
            }
    if strategy not in set(Strategy):
        as_found["strategy"], columns["strategy"] = strategy, Strategy.SIMPLE
    metadata = columns["metadata"]
    role = metadata.get("role")
    columns["role"] = role if role in list(SessionRole) else SessionRole.WORKER
    parent = metadata.get("spawnedBy")
    columns["parent_id"] = parent if is_valid_id(parent) else None
    columns["as_found"] = as_found


def _check_question(asked: Mapping[str, Any]) -> None:
    """What a file leaves out of it nobody knows; what it says is read by every page."""
    if time_of({"timestamp": asked.get("since")}) != (asked.get("since") or 0):
        raise BadInput({"needsInput": ["since is a time in Unix milliseconds."]})
    if not all(isinstance(asked.get(name) or "", str) for name in ("message", "eventId")):
        raise BadInput({"needsInput": ["message and eventId are texts."]})


def _fill_times(columns: dict[str, Any]) -> None:
    columns["created_at"] = columns["created_at"] or now_ms()
    columns["updated_at"] = columns["updated_at"] or columns["created_at"]
    columns["last_activity"] = columns["last_activity"] or columns["updated_at"]


def _task_ids(document: Mapping[str, Any]) -> list[str]:
    task_ids = document.get("taskIds") or []
    if not isinstance(task_ids, list) or not all(is_valid_id(task_id) for task_id in task_ids):
        raise BadInput({"taskIds": ["This is a list of task ids."]})
    return list(dict.fromkeys(task_ids))


def _load_task_ids(session_id: str, task_ids: list[str]) -> None:
    TaskSession.objects.filter(session_id=session_id).update(place_in_session=None)
    for place, task_id in enumerate(task_ids):
        TaskSession.objects.update_or_create(
            task_id=task_id, session_id=session_id, defaults={"place_in_session": place}
        )
    drop_empty_links(session_id=session_id)


def _appended(document: Mapping[str, Any]) -> dict[str, list[Any]]:
    entries = {key: document.get(key) or [] for key in APPENDED_KEYS}
    for key, found in entries.items():
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise BadInput({key: ["This is a list of objects."]})
    return entries


def _load_appended(session: Session, entries: Mapping[str, list[Any]]) -> None:
    for model in (TimelineEvent, RawEvent, Transition):
        model.objects.filter(session_id=session.pk).delete()
    insert_timeline(session.pk, 0, entries["timeline"])
    RawEvent.objects.bulk_create(_plain_rows(RawEvent, session.pk, entries["events"]))
    Transition.objects.bulk_create(_plain_rows(Transition, session.pk, entries["transitions"]))
    if session.strategy != Strategy.QUEUE:  # whose queue says so
        _replay(session, entries["timeline"])


_INSERT = (
    f"INSERT INTO {TimelineEvent._meta.db_table} "
    "(session_id, position, body, event_id, type, at, task_id) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s)"
)


def insert_timeline(session_id: str, first: int, events: Iterable[Mapping[str, Any]]) -> None:
    """Add events from position `first` on. With bulk_create arrays of 100 cost 1.8 times as
    much of the server."""
    rows = [
        (
            session_id,
            first + offset,
            json.to_wire(event).decode(),
            str(event.get("id") or f"entry_{first + offset}")[:64],
            str(event.get("type", ""))[:40],
            time_of(event),
            str(event["taskId"])[:64] if event.get("taskId") else None,
        )
        for offset, event in enumerate(events)
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_INSERT, rows)


def time_of(event: Mapping[str, Any]) -> int:
    """Unix milliseconds; 0 for an entry that does not say, or not in numbers."""
    at = event.get("timestamp")
    return int(at) if isinstance(at, int | float) and abs(at) < NUMBERS_BELOW else 0


def _plain_rows(model: Any, session_id: str, entries: Sequence[Any]) -> list[Any]:
    return [
        model(session_id=session_id, position=position, body=body)
        for position, body in enumerate(entries)
    ]


def _replay(session: Session, events: Sequence[Mapping[str, Any]]) -> None:
    """What is derived from a timeline and kept in columns: open attempts, last progress."""
    open_attempts: dict[str, int] = {}
    progress = None
    for event in events:
        task_id, event_type = str(event.get("taskId")), event.get("type")
        if event_type == EventType.SESSION_STOPPED:
            open_attempts.clear()
            break
        if event_type == EventType.TASK_STARTED:
            open_attempts.setdefault(task_id, time_of(event))
        elif event_type in list(TASK_STATUS_AFTER):
            open_attempts.pop(task_id, None)
        elif event_type == EventType.PROGRESS and isinstance(event.get("metadata"), dict):
            found = fraction_of(event["metadata"])
            progress = progress if found is None else found
    Session.objects.filter(pk=session.pk).update(progress=progress)
    TaskSession.objects.filter(session_id=session.pk).update(attempt_started_at=None)
    for task_id, started_at in open_attempts.items():
        TaskSession.objects.filter(
            session_id=session.pk, task_id=task_id, place_in_session__isnull=False
        ).update(attempt_started_at=started_at)


def remove(session_id: str) -> None:
    TaskSession.objects.filter(session_id=session_id).update(
        place_in_session=None, attempt_started_at=None
    )
    drop_empty_links(session_id=session_id)
    Session.objects.filter(pk=session_id).delete()
    session_forgotten.send(Session, session_id=session_id)


def ids() -> list[str]:
    return list(Session.objects.values_list("pk", flat=True))


def clear() -> None:
    for model in (TimelineEvent, RawEvent, Transition, Session):
        model.objects.all()._raw_delete("default")


def news(session_id: str) -> News:
    session = Session.objects.get(pk=session_id)
    payload = wire_document(session, whole=False)
    return News(payload, project_id=session.project_id, session_id=session_id)


def named(document: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    yield "project", document["projectId"]
    yield from (("task", task_id) for task_id in document["taskIds"])
    parent = document["metadata"].get("spawnedBy")
    if is_valid_id(parent):
        yield "session", parent


KIND = DocumentKind("session", "sessions", read, load, as_stored, remove, ids, clear, news, named)

"""Appending to sessions: timeline events for one caller or many at once, and raw hook events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from access_app.actors import Actor
from core.clock import now_ms
from core.errors import MaestroError, TaskNotFound
from core.ids import is_valid_id, new_id
from sessions_app.documents import task_ids_of
from sessions_app.models import RawEvent, Session
from sessions_app.rules import Strategy
from sessions_app.timeline import Draft, OpenSession, open_session, report
from storage_app.changes import change
from tasks_app.models import Task


@dataclass(frozen=True)
class AppendRequest:
    """What one caller wants appended to one session."""

    session_id: str
    drafts: Sequence[Draft]
    by: Actor


def append_for_many(
    requests: Sequence[AppendRequest],
) -> list[list[dict[str, Any]] | MaestroError]:
    """Append for several callers in one transaction; each gets its events, or its own refusal."""
    answers: list[list[dict[str, Any]] | MaestroError] = []
    with change() as changed:
        opened: dict[str, OpenSession] = {}
        for request in requests:
            try:
                session = opened.get(request.session_id)
                session = session or open_session(changed, request.session_id)
                answers.append(append_drafts(session, request.drafts, request.by))
                opened[request.session_id] = session
            except MaestroError as refused:
                answers.append(refused)
        for session in opened.values():
            session.save()
    return answers


def append_events(session_id: str, drafts: Sequence[Draft], *, by: Actor) -> list[dict[str, Any]]:
    """Append for one caller, and let the events take effect.

    Raises NotFound, TaskNotFound. Records session:timeline, and session:updated where more changed.
    """
    (answer,) = append_for_many([AppendRequest(session_id, drafts, by)])
    if isinstance(answer, MaestroError):
        raise answer
    return answer


def append_drafts(opened: OpenSession, drafts: Sequence[Draft], by: Actor) -> list[dict[str, Any]]:
    """All or none, in order, each once by its id. Raises TaskNotFound before any is added."""
    _check_tasks_exist(opened, drafts)
    opened.look_up([draft.event_id for draft in drafts if draft.event_id])
    moves_tasks = opened.session.strategy != Strategy.QUEUE
    return [report(opened, draft, by=by, moves_tasks=moves_tasks) for draft in drafts]


def _check_tasks_exist(opened: OpenSession, drafts: Sequence[Draft]) -> None:
    wanted = {draft.task_id for draft in drafts if draft.task_id}
    if not wanted:
        return
    known = set(task_ids_of(opened.session.pk))
    known |= set(Task.objects.filter(pk__in=wanted - known).values_list("pk", flat=True))
    missing = sorted(wanted - known)
    if missing:
        raise TaskNotFound(f"There is no task {', '.join(missing)}.", {"taskIds": missing})


def append_raw_events(session_id: str, entries: Sequence[Mapping[str, Any]]) -> Session:
    """Keep what a hook said, as it came. Records session:updated."""
    with change() as changed:
        opened = open_session(changed, session_id)
        append_raw(opened, entries)
        opened.save()
    return opened.session


def append_raw(opened: OpenSession, entries: Sequence[Mapping[str, Any]]) -> None:
    first = RawEvent.objects.filter(session=opened.session).count()
    RawEvent.objects.bulk_create(
        RawEvent(
            session=opened.session,
            position=first + offset,
            body={
                "id": entry["id"] if is_valid_id(entry.get("id")) else new_id("evt"),
                "timestamp": now_ms(),
                "type": str(entry.get("type", "")),
                "data": entry.get("data"),
            },
        )
        for offset, entry in enumerate(entries)
    )
    opened.changed_itself()

"""Ending sessions from outside their own timeline: by exit code, by a person, by deletion."""

from access_app.actors import CASCADE, Actor
from core.errors import Conflict
from sessions_app import rules
from sessions_app.documents import task_ids_of
from sessions_app.models import Session
from sessions_app.rules import LIVE, Status
from sessions_app.selectors import descendants_with_depth, session_by_id
from sessions_app.timeline import Draft, end, open_session, report
from storage_app.changes import Change, change
from tasks_app.services import unlink_session


class HasLiveChildren(Conflict):
    code = "has_live_children"


def end_session(
    session_id: str, to: Status, *, by: Actor, why: str = "", error: Draft | None = None
) -> Session:
    """End a live session; on a final one, do nothing.

    `error` is an event to put before the end: what a person can act on.
    """
    with change() as changed:
        opened = open_session(changed, session_id)
        if opened.session.state in LIVE:
            if error is not None:
                report(opened, error, by=by, moves_tasks=False)
            end(opened, to, by=by, why=why)
            opened.save()
    return opened.session


def stop_tree(session_id: str, *, by: Actor, reason: str = "", cascade: bool) -> list[str]:
    """Stop a session, and with `cascade` its live descendants, deepest first, in one operation.

    Returns the ids that were stopped, in that order.
    """
    with change():
        root = session_by_id(session_id)
        below = descendants_with_depth(session_id) if cascade else []
        live = {session.pk: session for _, session in below if session.state in LIVE}
        order = rules.deepest_first((depth, pk.pk) for depth, pk in below if pk.pk in live)
        for child_id in order:
            end_session(child_id, Status.STOPPED, by=CASCADE, why=reason or f"{root.name} stopped")
        if root.state in LIVE:
            end_session(session_id, Status.STOPPED, by=by, why=reason)
            order.append(session_id)
    return order


def remove_session(changed: Change, session: Session) -> None:
    """The session's own part of its deletion; a live one is stopped first.

    Raises HasLiveChildren. Records session:deleted.
    """
    live_children = session.children.filter(status__in=LIVE).values_list("pk", flat=True)
    if live_children:
        raise HasLiveChildren(
            f"{session.name} has live children: {', '.join(live_children)}. Stop them first.",
            {"children": list(live_children)},
        )
    unlink_session(changed, session.pk, task_ids_of(session.pk))
    changed.touch("session", session.pk)
    changed.record(
        "session:deleted",
        {"id": session.pk},
        session_id=session.pk,
        project_id=session.project_id,
    )
    session.delete()

"""Sessions with what they spawned: the hierarchy, and all documents of one read together."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from core.clock import now_ms
from sessions_app.documents import (
    FIRST_KEYS,
    LAST_KEYS,
    stale,
    task_ids_by_session,
    wire_document,
)
from sessions_app.models import Session, TimelineEvent, Transition
from sessions_app.selectors import ancestors_of, descendants_with_depth, session_by_id
from storage_app.fields import write_keys


def root_of(session_id: str) -> Session:
    """The session at the top, itself where nothing spawned it. Raises NotFound."""
    session = session_by_id(session_id)
    return [session, *ancestors_of(session)][-1]


def row_documents(sessions: Sequence[Session]) -> dict[str, dict[str, Any]]:
    """What rows are built from, by session: wire documents without what hooks said and without
    variables, in three queries however many there are."""
    timelines = _bodies(TimelineEvent, [session.pk for session in sessions])
    found = documents_beside_timelines(sessions)
    return {
        session_id: {**document, "timeline": timelines[session_id]}
        for session_id, document in found.items()
    }


def documents_beside_timelines(sessions: Sequence[Session]) -> dict[str, dict[str, Any]]:
    """As `row_documents`, for those who have read the timelines."""
    ids, now = [session.pk for session in sessions], now_ms()
    transitions, task_ids = _bodies(Transition, ids), task_ids_by_session(ids)
    return {
        session.pk: {
            **write_keys(session, (*FIRST_KEYS, *LAST_KEYS)),
            "id": session.pk,
            "env": {},
            "taskIds": task_ids[session.pk],
            "role": session.role,
            "parentSessionId": session.parent_id,
            "transitions": transitions[session.pk],
            "stale": stale(session, now),
        }
        for session in sessions
    }


def _bodies(
    model: type[TimelineEvent | Transition], session_ids: Sequence[str]
) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    rows = model.objects.filter(session_id__in=session_ids).order_by("session_id", "position")
    for session_id, body in rows.values_list("session_id", "body"):
        found[session_id].append(body)
    return found


def hierarchy(session_id: str, *, whole: bool = False) -> dict[str, Any]:
    """`{session, children: […]}`, nested, children in order of spawning; whole: with timelines."""
    root = session_by_id(session_id)
    by_parent: dict[str | None, list[Session]] = defaultdict(list)
    for _, session in descendants_with_depth(session_id):
        by_parent[session.parent_id].append(session)
    return _node(root, by_parent, whole=whole)


def _node(
    session: Session, by_parent: dict[str | None, list[Session]], *, whole: bool
) -> dict[str, Any]:
    children = sorted(by_parent[session.pk], key=lambda child: (child.created_at, child.pk))
    return {
        "session": wire_document(session, whole=whole),
        "children": [_node(child, by_parent, whole=whole) for child in children],
    }

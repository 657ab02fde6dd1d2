"""Sessions with what they spawned: the hierarchy as a nested document."""

from collections import defaultdict
from typing import Any

from sessions_app.documents import wire_document
from sessions_app.models import Session
from sessions_app.selectors import descendants_with_depth, session_by_id


def hierarchy(session_id: str) -> dict[str, Any]:
    """`{session, children: […]}`, nested, children in order of spawning, without timelines."""
    root = session_by_id(session_id)
    by_parent: dict[str | None, list[Session]] = defaultdict(list)
    for _, session in descendants_with_depth(session_id):
        by_parent[session.parent_id].append(session)
    return _node(root, by_parent)


def _node(session: Session, by_parent: dict[str | None, list[Session]]) -> dict[str, Any]:
    children = sorted(by_parent[session.pk], key=lambda child: (child.created_at, child.pk))
    return {
        "session": wire_document(session, whole=False),
        "children": [_node(child, by_parent) for child in children],
    }

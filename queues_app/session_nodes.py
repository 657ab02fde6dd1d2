"""Sessions with their queues, read together for what is derived from both: summary and export."""

from collections import defaultdict
from typing import Any

from queues_app.documents import queue_document
from queues_app.models import Queue
from sessions_app.models import Session
from sessions_app.selectors import descendants_with_depth, session_by_id
from sessions_app.tree_rows import SessionNode
from sessions_app.trees import row_documents
from tasks_app.selectors import titles_of


def session_node(session_id: str, *, tree: bool) -> SessionNode:
    """One session, with `tree` all it spawned below it. Raises NotFound."""
    root = session_by_id(session_id)
    below = [session for _, session in descendants_with_depth(session_id)] if tree else []
    documents = row_documents([root, *below])
    queues = Queue.objects.filter(session_id__in=list(documents)).prefetch_related("items")
    children: dict[str | None, list[Session]] = defaultdict(list)
    for session in below:
        children[session.parent_id].append(session)
    titles = titles_of(_task_ids(documents))
    by_session = {queue.session_id: queue_document(queue) for queue in queues}

    def node(session: Session) -> SessionNode:
        spawned = sorted(children[session.pk], key=lambda child: (child.created_at, child.pk))
        return SessionNode(
            documents[session.pk],
            titles,
            by_session.get(session.pk),
            tuple(node(child) for child in spawned),
        )

    return node(root)


def _task_ids(documents: dict[str, dict[str, Any]]) -> set[str]:
    named = {task_id for document in documents.values() for task_id in document["taskIds"]}
    for document in documents.values():
        named |= {str(event["taskId"]) for event in document["timeline"] if event.get("taskId")}
    return named

"""A person's answer on its way: onto the timeline, and to the agent in its terminal."""

from typing import Any

from access_app.actors import Actor
from agents_app.keyboard import has_terminal, type_line
from sessions_app import services
from sessions_app.permissions import is_permission
from sessions_app.recent import event_of
from sessions_app.services import Words
from storage_app.changes import change


def answer_session(
    session_id: str, words: Words, *, event_id: str | None, by: Actor
) -> dict[str, Any]:
    """Answer the open question, and type the words where nothing else brings them to the agent.

    A decision goes to the hook that waits for it; an agent that asked with `--wait` reads the
    timeline. Raises what services.answer raises.
    """
    with change():
        event = services.answer(session_id, words, event_id=event_id, by=by)
        question = event_of(session_id, event["metadata"]["answerTo"])
        if not _is_heard(question) and has_terminal(session_id):
            type_line(session_id, event["metadata"]["answer"])
    return event


def _is_heard(question: dict[str, Any] | None) -> bool:
    metadata = (question or {}).get("metadata") or {}
    return is_permission(question) or metadata.get("waits") is True

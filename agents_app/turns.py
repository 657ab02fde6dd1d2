"""The end of a tool's turn: what the queue gives it to go on with, and how it is told."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from access_app.actors import Actor
from agents_app.hooks.meanings import EndTurn
from agents_app.keyboard import has_terminal
from queues_app.models import Queue, QueueItem
from queues_app.rules import ItemStatus
from queues_app.services import claim_next
from sessions_app.models import RawEvent, Session
from sessions_app.rules import Strategy
from tasks_app.models import Task

# Claude Code ends the turn when its Stop hooks held it up so often (its own default).
BLOCKS_AT_MOST = 8
BEGINNINGS = ("UserPromptSubmit", "SessionStart")
BRIEF_AT_MOST = 8000
NOTHING_SAID = "It has finished its turn and waits for you."
HOW_TO_END = (
    "When it is done, run `maestro queue complete`. If it cannot be done, run "
    '`maestro queue fail --reason "why"` or `maestro queue skip --reason "why"`.'
)
HOW_TO_ASK = 'If you need a person, run `maestro report needs-input "question"` and stop.'


@dataclass(frozen=True)
class Turn:
    """What follows: an answer to the hook, words to type, or a question to a person."""

    answer: Mapping[str, Any] = field(default_factory=dict)
    typed: str = ""
    ask: str = ""


def end_turn(session: Session, ended: EndTurn, *, listens: bool, by: Actor) -> Turn:
    """Name the unfinished item, else claim the next one, else leave it to a person.

    `listens` says that the tool waits for the hook's answer. Records what claim_next records.
    """
    if session.strategy != Strategy.QUEUE:
        return Turn(ask=ended.said or NOTHING_SAID)
    blocked = blocks_in_a_row(session.pk)
    listens = listens and blocked < BLOCKS_AT_MOST
    item = in_process(session.pk)
    if item is not None:
        return _unfinished(item, ended, listens=listens, blocked=blocked)
    if not listens and not has_terminal(session.pk):
        return Turn(ask=ended.said or NOTHING_SAID)
    claim = claim_next(session.pk, by=by)
    if claim is None:
        return Turn(ask=ended.said or "Nothing in its queue is ready.")
    return _told(next_words(claim.item.task_id), listens=listens)


def _unfinished(item: QueueItem, ended: EndTurn, *, listens: bool, blocked: int) -> Turn:
    if ended.is_busy:  # it goes on by itself when what runs in the background has ended
        return Turn()
    words = unfinished_words(item.task_id)
    if listens:
        return _told(words, listens=True)
    if blocked >= BLOCKS_AT_MOST:  # saying the same once more would only cost
        return Turn(ask=f"It stopped {blocked + 1} times without ending its task. {ended.said}")
    if not has_terminal(item.queue.session_id):
        return Turn(ask=ended.said or NOTHING_SAID)
    return _told(words, listens=False)


def _told(words: str, *, listens: bool) -> Turn:
    if listens:
        return Turn(answer={"decision": "block", "reason": words})
    return Turn(typed=words)


def in_process(session_id: str) -> QueueItem | None:
    queue = Queue.objects.filter(session_id=session_id).first()
    return queue.items.filter(status=ItemStatus.PROCESSING).first() if queue else None


def blocks_in_a_row(session_id: str) -> int:
    """How often Stop was answered with more to do since something was last typed."""
    rows = RawEvent.objects.filter(session_id=session_id, body__type__in=("Stop", *BEGINNINGS))
    types = rows.order_by("-position").values_list("body__type", flat=True)
    stops = itertools.takewhile(lambda name: name == "Stop", types[: BLOCKS_AT_MOST + 1])
    return max(0, len(list(stops)) - 1)  # this one is kept already


def next_words(task_id: str) -> str:
    task = Task.objects.get(pk=task_id)
    brief = "\n\n".join(part for part in (task.description, task.initial_prompt) if part)
    parts = (f"Next task: {task.title} ({task.pk})", brief[:BRIEF_AT_MOST], HOW_TO_END)
    return "\n\n".join(part for part in parts if part)


def unfinished_words(task_id: str) -> str:
    task = Task.objects.get(pk=task_id)
    return f"You have not ended {task.title} ({task.pk}). {HOW_TO_END} {HOW_TO_ASK}"

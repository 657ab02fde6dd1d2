"""Doing what a hook says: the session's records, and what the tool is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

from django.conf import settings

from access_app.actors import Actor
from access_app.idempotency import IdempotencyConflict
from agents_app import keyboard, transcripts
from agents_app.hooks import meanings as said
from agents_app.hooks.claude import permission_answer
from agents_app.hooks.meanings import Meaning
from agents_app.hooks.wording import first_words, kept
from agents_app.turns import end_turn
from core.clock import now_ms
from events_app.log import Entry
from sessions_app.appending import append_events, append_raw_events
from sessions_app.models import Session
from sessions_app.permissions import (
    PERMISSION,
    decision_on,
    is_answered,
    is_permission,
    permission_in,
)
from sessions_app.recent import event_of
from sessions_app.rules import FINAL, EventType, Status
from sessions_app.selectors import session_by_id
from sessions_app.services import SessionPatch, patch_session
from sessions_app.timeline import Draft, links_of_session, open_session
from storage_app.changes import change
from tasks_app.rules import ENDED


@dataclass(frozen=True)
class Hook:
    """One event's delivery. `event_id` is what its question is known by when it is repeated;
    `late` says that nobody waits for the answer; `at_ms` is when it happened."""

    session_id: str
    tool: str
    event_id: str
    by: Actor
    late: bool = False
    at_ms: int | None = None

    @property
    def session(self) -> Session:
        return session_by_id(self.session_id)

    def is_touched_by(self, entry: Entry) -> bool:
        """Whether a question of this session may be decided now."""
        return entry.session_id == self.session_id

    @property
    def is_over(self) -> bool:
        return self.session.state in FINAL


@dataclass(frozen=True)
class HookAnswer:
    """`body` is the tool's answer. `waits_for` is a question that somebody may still decide."""

    body: Mapping[str, Any] = field(default_factory=dict)
    waits_for: str | None = None


def take_hook(hook: Hook, meanings: Sequence[Meaning]) -> HookAnswer:
    """Do what the event says, in one change; `meanings` with their files read. Raises NotFound.

    Records session:updated, and whatever its meanings record. Nothing that a hook says is refused:
    on a final session it is kept, and changes nothing.
    """
    answer = HookAnswer()
    with change():
        if not _is_known(hook, meanings):
            _keep(hook, [one for one in meanings if isinstance(one, said.Keep)])
        for meaning in meanings:
            answer = _take(meaning, hook) or answer
    return answer


def with_files_read(meanings: Sequence[Meaning]) -> list[Meaning]:
    """Transcripts are long: they are read before anything is locked."""
    return [
        said.Used(transcripts.usage_in(one.path)) if isinstance(one, said.Transcript) else one
        for one in meanings
    ]


def _is_known(hook: Hook, meanings: Sequence[Meaning]) -> bool:
    """A question that is asked again while it waits is kept once."""
    asks = any(isinstance(one, said.AskPermission) for one in meanings)
    return asks and event_of(hook.session_id, hook.event_id) is not None


def _keep(hook: Hook, kept: Sequence[said.Keep]) -> None:
    if kept:
        append_raw_events(hook.session_id, [{"type": one.type, "data": one.data} for one in kept])


@singledispatch
def _take(meaning: Meaning, hook: Hook) -> HookAnswer | None:
    """Keep is done already."""


@_take.register
def _register(meaning: said.Register, hook: Hook) -> None:
    """Whatever a tool says, it runs."""
    session = hook.session
    if session.state in FINAL:
        return
    status = Status.IDLE.value if session.state is Status.SPAWNING else None
    metadata = _conversation(meaning, hook, session)
    if status or metadata:
        patch_session(session.pk, SessionPatch(status=status, metadata=metadata), by=hook.by)


def _conversation(meaning: said.Register, hook: Hook, session: Session) -> dict[str, Any] | None:
    """What resuming needs, where it is new: `{tool, id, transcript?, before?}`."""
    known = session.metadata.get("conversation")
    known = known if isinstance(known, dict) else {}
    if not meaning.conversation_id or known.get("id") == meaning.conversation_id:
        return None
    found: dict[str, Any] = {"tool": hook.tool, "id": meaning.conversation_id}
    if meaning.transcript:
        found["transcript"] = meaning.transcript
    before = _used_before(session, meaning.conversation_id)
    return {"conversation": {**found, **({"before": before} if before else {})}}


def _used_before(session: Session, conversation_id: str) -> dict[str, float]:
    """What an earlier session used of a conversation that goes on here."""
    earlier = Session.objects.filter(pk=session.metadata.get("resumedFrom")).first()
    if earlier is None:
        return {}
    conversation = earlier.metadata.get("conversation") or {}
    if conversation.get("id") != conversation_id:
        return {}
    return transcripts.added(conversation.get("before") or {}, earlier.metadata.get("usage") or {})


@_take.register
def _go_on(meaning: said.GoOn, hook: Hook) -> None:
    if not hook.is_over:
        patch_session(hook.session_id, SessionPatch(status=Status.WORKING.value), by=hook.by)


@_take.register
def _report(meaning: said.Report, hook: Hook) -> None:
    _append(hook, EventType(meaning.type), meaning.message, meaning.metadata)


@_take.register
def _ask(meaning: said.Ask, hook: Hook) -> None:
    """What waits already is not asked twice."""
    if not hook.is_over and hook.session.needs_input is None:
        metadata = {"question": meaning.message, "asksIn": "terminal"}
        _append(hook, EventType.NEEDS_INPUT, meaning.message, metadata)


@_take.register
def _settle(meaning: said.Settle, hook: Hook) -> None:
    """A permission that was decided in the tool's terminal is no question any more."""
    asked = (hook.session.needs_input or {}).get("eventId")
    question = event_of(hook.session_id, asked)
    if question is None or not is_permission(question):
        return
    metadata = question["metadata"]
    wanted = (meaning.tool, kept(meaning.input))
    if not meaning.tool or wanted == (metadata.get("tool"), metadata.get("input")):
        decided = {"answer": "decided in its terminal", "answerTo": asked}
        _append(hook, EventType.PROGRESS, "Decided in its terminal", decided)


@_take.register
def _ask_permission(meaning: said.AskPermission, hook: Hook) -> HookAnswer:
    if hook.is_over:
        return HookAnswer()
    known = event_of(hook.session_id, hook.event_id)
    if known is None:
        known = _ask_person(meaning, hook)
    if (known.get("metadata") or {}).get("input") != meaning.input:
        raise IdempotencyConflict("This Idempotency-Key was used for another question.")
    decision = decision_on(hook.session_id, hook.event_id)
    if decision is not None:
        return HookAnswer(permission_answer(decision.word, decision.text))
    if is_answered(hook.session_id, hook.event_id):
        return HookAnswer()
    if hook.session.needs_input is None:
        _ask_again(hook, str(known["metadata"]["question"]))
    permission = permission_in(known)
    return HookAnswer(waits_for=hook.event_id if permission and permission.is_open else None)


def _ask_person(meaning: said.AskPermission, hook: Hook) -> dict[str, Any]:
    question = f"May it use {meaning.tool}?"
    until = 0 if hook.late else now_ms() + settings.MAESTRO_DECIDE_WITHIN_S * 1000
    metadata = {
        "question": question,
        "kind": PERMISSION,
        "tool": meaning.tool,
        "input": meaning.input,
        "shown": meaning.shown,
        "options": ["Approve", "Deny"],
        "waitsUntil": until,
    }
    what = first_words(meaning.shown.partition("\n")[0])
    message = f"{question} {what}" if what else question
    return _append(hook, EventType.NEEDS_INPUT, message, metadata, event_id=hook.event_id)


def _ask_again(hook: Hook, question: str) -> None:
    """Another question was answered, or something was reported, while this one waits."""
    with change() as changed:
        opened = open_session(changed, hook.session_id)
        opened.wait_for_person(question, hook.event_id, hook.by)
        opened.save()


@_take.register
def _end_turn(meaning: said.EndTurn, hook: Hook) -> HookAnswer:
    session = hook.session
    if session.state in FINAL or session.needs_input is not None:
        return HookAnswer()
    turn = end_turn(session, meaning, listens=meaning.can_go_on and not hook.late, by=hook.by)
    if turn.ask:
        _ask(said.Ask(turn.ask), hook)
    elif turn.typed:
        keyboard.type_line(hook.session_id, turn.typed)
    return HookAnswer(turn.answer)


@_take.register
def _end(meaning: said.End, hook: Hook) -> None:
    """Where its process is ours and something is unfinished, how that ends says more."""
    links = links_of_session(hook.session_id)
    unfinished = any(link.status not in ENDED for link in links)
    if hook.is_over or (unfinished and keyboard.has_terminal(hook.session_id)):
        return
    patch_session(hook.session_id, SessionPatch(status=Status.COMPLETED.value), by=hook.by)


@_take.register
def _used(meaning: said.Used, hook: Hook) -> None:
    session = hook.session
    before = (session.metadata.get("conversation") or {}).get("before") or {}
    usage = {name: max(0, used - before.get(name, 0)) for name, used in meaning.usage.items()}
    if usage and usage != session.metadata.get("usage"):
        patch_session(session.pk, SessionPatch(metadata={"usage": usage}), by=hook.by)


def _append(
    hook: Hook,
    event_type: EventType,
    message: str,
    metadata: Mapping[str, Any],
    *,
    event_id: str | None = None,
) -> dict[str, Any]:
    draft = Draft(
        event_type,
        message,
        task_id=_current_task(hook.session_id),
        metadata=dict(metadata),
        event_id=event_id,
        reported_ms=hook.at_ms if hook.late else None,
    )
    (event,) = append_events(hook.session_id, [draft], by=hook.by)
    return event


def _current_task(session_id: str) -> str | None:
    """The task that it works on, where that is one."""
    found = [link for link in links_of_session(session_id) if link.attempt_started_at is not None]
    return found[0].task_id if len(found) == 1 else None

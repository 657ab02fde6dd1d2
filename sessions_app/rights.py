"""What the holder of a session's token may do, and what one of a token for one project may reach.

What a person's level allows is asked before, for every route alike (`access_app.rules`).

A worker reads its project, writes its own session, its own tasks' session status and its own
queue, creates tasks, and spawns, reads and stops its descendants. An orchestrator also edits the
tasks of its project. For 24 hours after its session's end it may still read, and report on that
session; everything else is refused.
"""

from collections.abc import Iterable
from functools import cached_property

from access_app.actors import Actor
from core.clock import now_ms
from core.errors import Forbidden
from sessions_app.models import Session
from sessions_app.rules import FINAL, SessionRole
from sessions_app.selectors import chain_above, session_by_id
from tasks_app.models import Task

AFTER_END_MS = 24 * 60 * 60 * 1000


class Rights:
    """Asked by the doors before they do anything; each method returns, or raises Forbidden."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    @property
    def project_id(self) -> str | None:
        """The only project the actor sees, or None for one who sees all."""
        return self._actor.project_id if self._is_person else self._own.project_id

    @property
    def _is_person(self) -> bool:
        """A person, or a program with a token that a person gave it."""
        return self._actor.session_id is None

    @cached_property
    def _own(self) -> Session:
        return session_with_token(self._actor.session_id or "")

    def be_a_person(self) -> None:
        """For what concerns all projects, and no session may do."""
        self.be_no_session()
        if self._actor.project_id:
            raise Forbidden("This token is for one project only.")

    def change_project(self, project_id: str) -> None:
        self.be_no_session()
        self.read_project(project_id)

    def change_session(self, session_id: str) -> None:
        """What is done to a session by others: deleting it, resuming it."""
        self.be_no_session()
        self._reach(session_id)

    def be_no_session(self) -> None:
        if not self._is_person:
            raise Forbidden("A session may not do this; ask a person.")

    def _reach(self, session_id: str) -> None:
        if self._actor.project_id:
            self.read_project(session_by_id(session_id).project_id)

    def read_project(self, project_id: str) -> None:
        if self.project_id not in (None, project_id):
            whose = "This token" if self._is_person else "A session"
            raise Forbidden(f"{whose} may reach its own project only.")

    def read_session(self, session: Session) -> None:
        if self._is_person:
            self.read_project(session.project_id)
        elif session.project_id != self._own.project_id:
            self._below(session, "read")

    def report(self, session_id: str) -> None:
        """Write to a session, its timeline or its queue: one's own."""
        if self._is_person:
            self._reach(session_id)
        elif self._own.pk != session_id:
            raise Forbidden("A session may write only to itself.", {"sessionId": session_id})

    def change_lists(self, session_id: str) -> None:
        """Change which tasks a session has: one's own, while it lives."""
        self.report(session_id)
        self._be_live()

    def give_tasks(self, task_ids: Iterable[str]) -> None:
        """Put tasks on a session, which then reads them: those that the actor may read itself."""
        own = self.project_id
        if own is not None:
            for task in Task.objects.filter(pk__in=list(task_ids)).exclude(project_id=own):
                self.read_project(task.project_id)

    def say_task_status(self, task_id: str, session_id: str | None) -> None:
        if self._is_person:
            return
        self.report(session_id or "")
        if not self._own.task_links.filter(task_id=task_id).exists():
            raise Forbidden("A session may speak of its own tasks only.", {"taskId": task_id})

    def create_task(self, project_id: str) -> None:
        self.read_project(project_id)
        self._be_live()

    def edit_task(self, task: Task) -> None:
        self.read_project(task.project_id)
        if self._is_person:
            return
        self._be_live()
        if self._own.role != SessionRole.ORCHESTRATOR:
            raise Forbidden("Only an orchestrator edits tasks; set sessionStatus instead.")

    def spawn(self, project_id: str, parent_id: str | None) -> None:
        self.read_project(project_id)
        if self._is_person:
            if parent_id:
                self._reach(parent_id)
            return
        self._be_live()
        if parent_id != self._own.pk:
            raise Forbidden("A session spawns only from itself: spawnSource session, sessionId.")

    def stop(self, session: Session) -> None:
        if self._is_person:
            self.read_project(session.project_id)
            return
        self._be_live()
        if session.pk != self._own.pk:
            self._below(session, "stop")

    def _below(self, session: Session, word: str) -> None:
        if self._own.pk not in chain_above(session.parent_id):
            raise Forbidden(f"A session may {word} only itself and what it spawned.")

    def _be_live(self) -> None:
        if not self._is_person and self._own.state in FINAL:
            raise Forbidden(f"Your session is {self._own.status}: it may only read and report.")


def session_with_token(session_id: str) -> Session:
    """The session that a token speaks for. Raises Forbidden when it has ceased to count."""
    own = Session.objects.filter(pk=session_id).first()
    if own is None:
        raise Forbidden("This token's session is deleted.")
    if own.state in FINAL and now_ms() - (own.completed_at or 0) > AFTER_END_MS:
        raise Forbidden("This token's session ended more than a day ago.")
    return own


def project_of_session(session_id: str) -> str:
    return session_with_token(session_id).project_id

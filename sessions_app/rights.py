"""What the holder of a session's token may do; people at this machine may do everything.

A worker reads its project, writes its own session, its own tasks' session status and its own
queue, creates tasks, and spawns, reads and stops its descendants. An orchestrator also edits the
tasks of its project. For 24 hours after its session's end it may still read, and report on that
session; everything else is refused.
"""

from functools import cached_property

from access_app.actors import Actor
from core.clock import now_ms
from core.errors import Forbidden
from sessions_app.models import Session
from sessions_app.rules import FINAL, SessionRole
from sessions_app.selectors import ancestors_of
from tasks_app.models import Task

AFTER_END_MS = 24 * 60 * 60 * 1000


class Rights:
    """Asked by the doors before they do anything; each method returns, or raises Forbidden."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    @property
    def project_id(self) -> str | None:
        """The only project the actor sees, or None for a person, who sees all."""
        return None if self._is_person else self._own.project_id

    @property
    def _is_person(self) -> bool:
        return self._actor.session_id is None

    @cached_property
    def _own(self) -> Session:
        own = Session.objects.filter(pk=self._actor.session_id).first()
        if own is None:
            raise Forbidden("This token's session is deleted.")
        if own.state in FINAL and now_ms() - (own.completed_at or 0) > AFTER_END_MS:
            raise Forbidden("This token's session ended more than a day ago.")
        return own

    def be_a_person(self) -> None:
        """For what no session may do."""
        if not self._is_person:
            raise Forbidden("A session may not do this; ask a person.")

    def read_project(self, project_id: str) -> None:
        if not self._is_person and self._own.project_id != project_id:
            raise Forbidden("A session may read its own project only.")

    def read_session(self, session: Session) -> None:
        if not self._is_person and session.project_id != self._own.project_id:
            self._below(session, "read")

    def report(self, session_id: str) -> None:
        """Write to a session, its timeline or its queue: one's own."""
        if not self._is_person and self._own.pk != session_id:
            raise Forbidden("A session may write only to itself.", {"sessionId": session_id})

    def change_lists(self, session_id: str) -> None:
        """Change which tasks a session has: one's own, while it lives."""
        self.report(session_id)
        self._be_live()

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
        if self._is_person:
            return
        self.read_project(task.project_id)
        self._be_live()
        if self._own.role != SessionRole.ORCHESTRATOR:
            raise Forbidden("Only an orchestrator edits tasks; set sessionStatus instead.")

    def spawn(self, project_id: str, parent_id: str | None) -> None:
        if self._is_person:
            return
        self.read_project(project_id)
        self._be_live()
        if parent_id != self._own.pk:
            raise Forbidden("A session spawns only from itself: spawnSource session, sessionId.")

    def stop(self, session: Session) -> None:
        if self._is_person:
            return
        self._be_live()
        if session.pk != self._own.pk:
            self._below(session, "stop")

    def _below(self, session: Session, word: str) -> None:
        if self._own.pk not in {above.pk for above in ancestors_of(session)}:
            raise Forbidden(f"A session may {word} only itself and what it spawned.")

    def _be_live(self) -> None:
        if not self._is_person and self._own.state in FINAL:
            raise Forbidden(f"Your session is {self._own.status}: it may only read and report.")

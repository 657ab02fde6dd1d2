"""Projects as pages show them: all of them, and one with its tasks, sessions and open forms."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, Q, When
from django.urls import reverse

from projects_app.forms import Form
from projects_app.models import Project
from projects_app.selectors import all_projects, project_by_id
from sessions_app.rules import LIVE, Status
from sessions_app.selectors import sessions
from sessions_app.signs import Sign, sign_of
from tasks_app.asked import Asked
from tasks_app.columns import Column
from tasks_app.forms import Choices, Deletion, TaskForm, edit_form, new_task_form
from tasks_app.fragments import ProjectTasks, ShownTasks, TaskRow
from tasks_app.models import Task
from tasks_app.rules import TaskStatus
from tasks_app.words import COLUMN_WORDS, PRIORITY_WORDS

PARENTS_AT_MOST = 50
COLUMN_CHOICES = tuple((key.value, word) for key, (word, _, _) in COLUMN_WORDS.items())
VIEWS = (
    ("tree", "Tree", "list-tree"),
    ("board", "Board", "columns-3"),
    ("graph", "Dependencies", "git-branch"),
    ("sessions", "Sessions", "bot"),
)


@dataclass(frozen=True)
class ProjectLink:
    id: str
    name: str
    key: str


@dataclass(frozen=True)
class ProjectRow:
    id: str
    name: str
    working_dir: str
    description: str
    agent: str
    tasks: int
    completed: int
    live: int


def project_links() -> tuple[ProjectLink, ...]:
    return tuple(
        ProjectLink(project.pk, project.name, project.name.strip()[:1].upper() or "·")
        for project in all_projects()
    )


def project_rows() -> tuple[ProjectRow, ...]:
    """Oldest first, with what they hold."""
    completed = Q(tasks__status=TaskStatus.COMPLETED)
    counted = Project.objects.annotate(
        task_count=Count("tasks", distinct=True),
        completed_count=Count("tasks", filter=completed, distinct=True),
        live_count=Count("sessions", filter=Q(sessions__status__in=LIVE), distinct=True),
    )
    return tuple(
        ProjectRow(
            id=project.pk,
            name=project.name,
            working_dir=project.working_dir,
            description=project.description,
            agent=project.agent,
            tasks=project.task_count,
            completed=project.completed_count,
            live=project.live_count,
        )
        for project in counted
    )


@dataclass(frozen=True)
class SessionRow:
    id: str
    name: str
    sign: Sign
    role: str
    strategy: str
    agent: str
    tasks: int
    progress: float | None
    started_ms: int
    ended_ms: int | None


@dataclass(frozen=True)
class SessionList:
    """A project's sessions, what lives first and then the newest; `left_out` are further ones."""

    rows: tuple[SessionRow, ...]
    live: int
    total: int

    @property
    def left_out(self) -> int:
        return self.total - len(self.rows)


def session_list(project_id: str, limit: int) -> SessionList:
    found = sessions(project_id=project_id).annotate(
        is_live=Case(When(status__in=LIVE, then=1), default=0),
        task_count=Count("task_links", filter=Q(task_links__place_in_session__isnull=False)),
    )
    rows = tuple(
        SessionRow(
            id=session.pk,
            name=session.name,
            sign=sign_of(session),
            role=session.role,
            strategy=session.strategy,
            agent=session.agent,
            tasks=session.task_count,
            progress=session.progress,
            started_ms=session.created_at,
            ended_ms=session.completed_at,
        )
        for session in found.order_by("-is_live", "-created_at", "-id")[:limit]
    )
    every = sessions(project_id=project_id)
    return SessionList(rows, every.filter(status__in=LIVE).count(), every.count())


@dataclass(frozen=True)
class ParentChoice:
    id: str
    name: str


@dataclass(frozen=True)
class SpawnDraft:
    """The spawn dialog as it stands: tasks in order, and what was typed."""

    tasks: tuple[TaskRow, ...]
    form: Form
    choices: Choices
    parents: tuple[ParentChoice, ...]

    @property
    def ready(self) -> int:
        return sum(not row.waits for row in self.tasks)


@dataclass(frozen=True)
class Opened:
    """What stands open on the page beside its tasks; at most one of them."""

    new_task: Form | None = None
    add_to: str = ""
    add_form: Form | None = None
    edit_id: str = ""
    edit_form: Form | None = None
    spawn: tuple[Sequence[str], Form] | None = None
    deletion: Deletion | None = None
    problem: str = ""


@dataclass(frozen=True)
class ProjectPage:
    project: Project
    tasks: ShownTasks
    asked: Asked
    words: str
    sessions: SessionList | None
    new_task: TaskForm | None
    add_to: str
    add_form: Form
    edit: TaskForm | None
    spawn: SpawnDraft | None
    deletion: Deletion | None
    problem: str
    columns: Choices = COLUMN_CHOICES
    settable: Choices = tuple(one for one in COLUMN_CHOICES if one[0] != Column.REVIEW)
    priorities: Choices = tuple(PRIORITY_WORDS.items())

    @property
    def views(self) -> tuple[tuple[str, str, str, str], ...]:
        """Key, word, icon and address of each view; a filter goes along."""
        return tuple(
            (key, word, icon, self.asked.but(view=key, rows=0)) for key, word, icon in VIEWS
        )


def project_page(project_id: str, asked: Asked, opened: Opened | None = None) -> ProjectPage:
    """All that a project's page shows, with the forms as they stand. Raises NotFound."""
    opened = opened or Opened()
    project, of = project_by_id(project_id), ProjectTasks(project_id)
    edited = of.by_id.get(opened.edit_id)
    return ProjectPage(
        project=project,
        tasks=of.shown(asked),
        asked=asked,
        words=filter_words(asked),
        sessions=session_list(project_id, asked.page) if asked.view == "sessions" else None,
        new_task=_new_task(of, project_id, asked, opened),
        add_to=opened.add_to,
        add_form=opened.add_form or Form({"title": ""}),
        edit=_edit(edited, of, asked, opened) if edited else None,
        spawn=_draft(of, project_id, *opened.spawn) if opened.spawn else None,
        deletion=opened.deletion,
        problem=opened.problem,
    )


def _new_task(of: ProjectTasks, project_id: str, asked: Asked, opened: Opened) -> TaskForm | None:
    if opened.new_task is None and of.all:
        return None
    return new_task_form(project_id, of.choices, asked=asked, form=opened.new_task)


def _edit(task: Task, of: ProjectTasks, asked: Asked, opened: Opened) -> TaskForm:
    at = reverse("project", args=[task.project_id]) + asked.query()
    return edit_form(task, of.choices, at=at, query=asked.query(), form=opened.edit_form)


def _draft(of: ProjectTasks, project_id: str, task_ids: Sequence[str], form: Form) -> SpawnDraft:
    can_spawn = sessions(project_id=project_id).filter(status__in=(Status.IDLE, Status.WORKING))
    parents = can_spawn.order_by("-created_at").values_list("pk", "name")[:PARENTS_AT_MOST]
    return SpawnDraft(
        tasks=of.named(task_ids),
        form=form,
        choices=tuple(one for one in of.choices if one[0] not in task_ids),
        parents=tuple(ParentChoice(*one) for one in parents),
    )


def filter_words(asked: Asked) -> str:
    """A filter in words, as a name for it."""
    words = (
        "Ready" if asked.ready else "",
        COLUMN_WORDS[Column(asked.status)][0] if asked.status else "",
        f"{PRIORITY_WORDS[asked.priority]} priority" if asked.priority else "",
        f"“{asked.q}”" if asked.q else "",
    )
    return ", ".join(filter(None, words))


def project_context(seen: ProjectPage) -> dict[str, object]:
    """What project/page.html is drawn from."""
    return {
        "seen": seen,
        "shown": seen.tasks,
        "asked": seen.asked,
        "sessions": seen.sessions,
        "project_id": seen.project.pk,
        "page": "projects",
        "current_project": seen.project.pk,
    }

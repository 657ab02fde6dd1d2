"""Projects as pages show them."""

from dataclasses import dataclass

from django.db.models import Count, Q

from projects_app.models import Project
from projects_app.selectors import all_projects
from sessions_app.rules import LIVE
from tasks_app.rules import TaskStatus


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

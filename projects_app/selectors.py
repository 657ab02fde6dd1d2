"""Reading projects."""

from core.errors import NotFound, ProjectNotFound
from core.ids import check_id
from projects_app.models import Project


def all_projects() -> list[Project]:
    return list(Project.objects.all())


def project_by_id(project_id: str) -> Project:
    """The project that a URL names. Raises NotFound."""
    project = Project.objects.filter(pk=check_id(project_id)).first()
    if project is None:
        raise NotFound(f"There is no project {project_id}.")
    return project


def named_project(project_id: str) -> Project:
    """The project that a body names. Raises ProjectNotFound."""
    project = Project.objects.filter(pk=check_id(project_id, "projectId")).first()
    if project is None:
        raise ProjectNotFound(f"There is no project {project_id}. Create it first.")
    return project

"""Writing projects."""

from typing import Any

from core.clock import now_ms
from core.ids import new_id
from projects_app.documents import project_document
from projects_app.models import Project
from projects_app.selectors import project_by_id
from storage_app.changes import Change, change


def create_project(
    *, name: str, working_dir: str, description: str = "", agent: str = ""
) -> Project:
    """Records project:created."""
    now = now_ms()
    with change() as changed:
        project = Project.objects.create(
            id=new_id("prj"),
            name=name,
            working_dir=working_dir,
            description=description,
            agent=agent,
            created_at=now,
            updated_at=now,
        )
        announce(changed, project, "project:created")
    return project


def update_project(project_id: str, **columns: Any) -> Project:
    """Set the given columns. Records project:updated."""
    with change() as changed:
        project = project_by_id(project_id)
        for column, value in columns.items():
            setattr(project, column, value)
        project.updated_at = now_ms()
        project.save()
        announce(changed, project, "project:updated")
    return project


def remove_project(changed: Change, project: Project) -> None:
    """The project's own part of its deletion; whoever calls has dealt with what belongs to it."""
    changed.touch("project", project.pk)
    changed.record("project:deleted", {"id": project.pk}, project_id=project.pk)
    project.delete()


def announce(changed: Change, project: Project, event_type: str) -> None:
    changed.touch("project", project.pk)
    changed.record(event_type, project_document(project), project_id=project.pk)

"""The demo: a project whose sessions are played, to watch without an agent."""

from pathlib import Path

from django.conf import settings

from access_app.actors import Actor
from agents_app.services import Spawn, spawn_session
from projects_app.models import Project
from projects_app.services import create_project
from sessions_app.rules import SessionRole
from storage_app.changes import change
from tasks_app.services import create_task

AGENT = "demo"
PROJECT = "Demo: shop login"
ABOUT = "What agents do here is played: no model runs and no file is changed."
EPIC = "Rewrite the login"
EPIC_ABOUT = "Customers sign in faster, and nobody can try passwords for ever."
ORCHESTRATOR = "Orchestrator"


def demo_folder() -> Path:
    """Where its sessions run; made when missing."""
    data_dir: Path = settings.MAESTRO_DATA_DIR
    folder = data_dir.with_name(f"{data_dir.name}.demo")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def start_demo(*, by: Actor) -> str:
    """Spawn an orchestrator on a new task of the demo's project; returns its session's id."""
    folder = str(demo_folder())
    with change():
        project = Project.objects.filter(name=PROJECT).first() or create_project(
            name=PROJECT, working_dir=folder, description=ABOUT, agent=AGENT
        )
        epic = create_task(
            project_id=project.pk, title=EPIC, description=EPIC_ABOUT, priority="high"
        )
        wanted = Spawn(
            project_id=project.pk,
            task_ids=[epic.pk],
            role=SessionRole.ORCHESTRATOR,
            name=ORCHESTRATOR,
            agent=AGENT,
        )
        return str(spawn_session(wanted, by=by).session.pk)

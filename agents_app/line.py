"""The line of sessions that wait for a process, and whether it moves."""

from dataclasses import dataclass, replace

from django.conf import settings
from django.db import transaction

from agents_app.models import Launch, LauncherState, LaunchState
from core.sqlite import writers_turn
from storage_app.changes import change


@dataclass(frozen=True)
class Line:
    """`waiting` holds session ids, who is next first."""

    paused: bool
    max_agents: int
    running: int
    waiting: tuple[str, ...]

    def seen_in(self, project_id: str) -> "Line":
        """For who may know of one project only."""
        own = Launch.objects.filter(pk__in=self.waiting, session__project_id=project_id)
        known = set(own.values_list("pk", flat=True))
        return replace(self, waiting=tuple(one for one in self.waiting if one in known))

    def as_json(self) -> dict[str, object]:
        return {
            "paused": self.paused,
            "maxAgents": self.max_agents,
            "running": self.running,
            "waiting": list(self.waiting),
        }


def the_line() -> Line:
    waiting = Launch.objects.filter(state=LaunchState.WAITING).order_by("created_at", "pk")
    return Line(
        paused=is_paused(),
        max_agents=settings.MAESTRO_MAX_AGENTS,
        running=running_now(),
        waiting=tuple(waiting.values_list("pk", flat=True)),
    )


def is_paused() -> bool:
    return LauncherState.objects.filter(paused=True).exists()


def running_now() -> int:
    busy = (LaunchState.RUNNING, LaunchState.STARTING)
    return Launch.objects.filter(state__in=busy).count()


def set_paused(paused: bool) -> Line:
    """Whether sessions in the line are started. Records launcher:updated."""
    with change() as changed:
        LauncherState.objects.update_or_create(pk=1, defaults={"paused": paused})
        line = the_line()
        changed.record("launcher:updated", line.as_json())
    return line


def set_state(launch: Launch, state: LaunchState, **more: int) -> None:
    """The machine's own knowledge, not a record: no event, no file."""
    with writers_turn(), transaction.atomic():
        Launch.objects.filter(pk=launch.pk).update(state=state, **more)
    launch.state = state

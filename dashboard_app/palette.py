"""What the palette offers besides what it finds: actions, and the sessions that are live."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString

from agents_app.line import is_paused
from dashboard_app.search import WORD, Group, marked, session_hit
from projects_app.models import Project
from sessions_app.selectors import live_sessions

IN_PALETTE = 5
PROJECTS = 5


@dataclass(frozen=True)
class Action:
    """Leads to `href`, or presses the button with the id `press`, or sets the theme."""

    id: str
    words: str
    icon: str
    href: str = ""
    press: str = ""
    theme: str = ""
    also: str = ""
    operates: bool = False
    title: SafeString | str = ""


def actions(words: Sequence[str]) -> list[Action]:
    """Those in which every word begins one of theirs."""
    offered = [*_pages(), *_doing(), *_spawning(), *_themes()]
    return [
        Action(**{**vars(action), "title": marked(action.words, words)})
        for action in offered
        if _fits(action, words)
    ]


def _fits(action: Action, words: Sequence[str]) -> bool:
    if not words:
        return not action.theme and not action.also.startswith("in ")
    theirs = [word.casefold() for word in WORD.findall(f"{action.words} {action.also}")]
    return all(any(one.startswith(word.casefold()) for one in theirs) for word in words)


def _pages() -> list[Action]:
    return [
        Action("go-now", "Go to Now", "inbox", reverse("now"), also="inbox home"),
        Action("go-projects", "Go to Projects", "folder", reverse("projects")),
        Action("go-activity", "Go to Activity", "activity", reverse("activity"), also="log events"),
        Action("go-settings", "Go to Settings", "settings", reverse("settings"), also="tokens"),
        Action("keys", "Show the keys", "keyboard", press="show-keys", also="shortcuts help"),
    ]


def _doing() -> list[Action]:
    new_project = reverse("projects") + "?new"
    found = [
        Action("new-project", "New project", "plus", new_project, also="create", operates=True),
        Action(
            "pause",
            "Resume spawning" if is_paused() else "Pause spawning",
            "play" if is_paused() else "pause",
            press="rail-controls-pause",
            operates=True,
        ),
    ]
    if live_sessions().exists():
        stop = Action("stop", "Stop all sessions…", "square", press="rail-controls-stop")
        found.append(Action(**{**vars(stop), "operates": True}))
    return found


def _spawning() -> list[Action]:
    """With many projects, those that were touched last."""
    newest = Project.objects.order_by("-updated_at")[:PROJECTS]
    return [
        Action(
            f"spawn-{project.pk}",
            f"Spawn session in {project.name}",
            "plus",
            reverse("spawn", args=[project.pk]),
            also="start agent" if place == 0 else "in start agent",
            operates=True,
        )
        for place, project in enumerate(newest)
    ]


def _themes() -> list[Action]:
    names = (("light", "sun"), ("dark", "moon"), ("system", "monitor"))
    return [Action(f"theme-{key}", f"Theme: {key}", icon, theme=key) for key, icon in names]


def latest() -> tuple[Group, ...]:
    """Before anything is typed: the live sessions that began last."""
    found = list(live_sessions().order_by("-created_at")[: IN_PALETTE + 1])
    if not found:
        return ()
    hits = [session_hit(session) for session in found[:IN_PALETTE]]
    return (Group("sessions", "Live sessions", hits, has_more=False),)

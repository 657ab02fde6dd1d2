"""What stands beside a session's timeline: its terminal, its manifest, its document."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from agents_app.rules import NoTerminal
from agents_app.terminals import TerminalState, terminal_of
from projects_app.models import Project
from sessions_app.asked import Asked
from sessions_app.fragments import Tab
from sessions_app.touched import FileTouched, files_touched
from storage_app.tree import session_folder

EVENTS_SHOWN_RAW = 50
PANELS = (
    ("terminal", "Terminal", "square-terminal"),
    ("files", "Files", "file-diff"),
    ("manifest", "Manifest", "file-text"),
    ("raw", "Raw", "braces"),
)


# Keys that a telephone lacks, as terminal-live.js knows them.
KEYS = (
    ("escape", "Esc"),
    ("tab", "Tab"),
    ("interrupt", "Ctrl C"),
    ("up", "↑"),
    ("down", "↓"),
    ("left", "←"),
    ("right", "→"),
)


@dataclass(frozen=True)
class TerminalView:
    """`is_over`: the session is final, its process is not; `toggle` fills the window, and back."""

    session_id: str
    ended: bool
    is_over: bool
    full: bool
    toggle: str
    cast: str
    keys: tuple[tuple[str, str], ...] = KEYS


@dataclass(frozen=True)
class Panel:
    tabs: tuple[Tab, ...]
    key: str
    word: str
    text: str
    note: str
    files: tuple[FileTouched, ...] = ()
    terminal: TerminalView | None = None


def panel_of(document: Mapping[str, Any], asked: Asked) -> Panel:
    """The panel that the URL asks for; `document` is the session's wire document."""
    session_id = str(document["id"])
    files = _files(document) if asked.panel == "files" else ()
    terminal, text = None, ""
    if asked.panel == "terminal":
        terminal, note = _terminal(session_id, asked)
    else:
        read = {"files": _none, "manifest": _manifest, "raw": _raw}[asked.panel]
        text, note = read(session_id, document)
    return Panel(
        tabs=tuple(
            Tab(key, word, icon, asked.but(panel=key, full=False), key == asked.panel)
            for key, word, icon in PANELS
        ),
        key=asked.panel,
        word=next(word for key, word, _ in PANELS if key == asked.panel),
        text=text,
        note=note,
        files=files,
        terminal=terminal,
    )


def _files(document: Mapping[str, Any]) -> tuple[FileTouched, ...]:
    project = Project.objects.filter(pk=document["projectId"]).first()
    return files_touched(document["events"], project.working_dir if project else "")


def _none(_: str, __: Mapping[str, Any]) -> tuple[str, str]:
    return "", "No file is known to have been touched."


def _terminal(session_id: str, asked: Asked) -> tuple[TerminalView | None, str]:
    try:
        found = terminal_of(session_id)
    except NoTerminal:
        return None, "No terminal here: another client started this agent."
    if found.state is TerminalState.WAITING:
        return None, "Its terminal opens when its process starts."
    ended = found.state is TerminalState.ENDED
    if ended and not found.end:
        return None, "Its process printed nothing."
    view = TerminalView(
        session_id=session_id,
        ended=ended,
        is_over=found.is_over and not ended,
        full=asked.full,
        toggle=asked.but(full=not asked.full),
        cast=reverse("api-terminal-cast", args=[session_id]),
    )
    return view, ""


def _manifest(session_id: str, _: Mapping[str, Any]) -> tuple[str, str]:
    path = session_folder(session_id) / "manifest.md"
    try:
        return path.read_text(errors="replace"), "What the agent was told when it started."
    except OSError:
        return "", "This session has no manifest: it was not spawned here."


def _raw(_: str, document: Mapping[str, Any]) -> tuple[str, str]:
    hidden = max(0, len(document["timeline"]) - EVENTS_SHOWN_RAW)
    shown = {**document, "timeline": document["timeline"][hidden:]}
    note = f"{hidden:,} earlier events are left out here." if hidden else "As the API answers it."
    return json.dumps(shown, indent=2, ensure_ascii=False), note

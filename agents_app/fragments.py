"""What stands beside a session's timeline: its output, its manifest, its document."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents_app import hosts
from sessions_app.asked import Asked
from sessions_app.fragments import Tab
from storage_app.tree import session_folder

OUTPUT_LINES = 200
EVENTS_SHOWN_RAW = 50
PANELS = (
    ("output", "Output", "square-terminal"),
    ("manifest", "Manifest", "file-text"),
    ("raw", "Raw", "braces"),
)


@dataclass(frozen=True)
class Panel:
    tabs: tuple[Tab, ...]
    key: str
    word: str
    text: str
    note: str


def panel_of(document: Mapping[str, Any], asked: Asked) -> Panel:
    """The panel that the URL asks for; `document` is the session's wire document."""
    session_id = str(document["id"])
    read = {"output": _output, "manifest": _manifest, "raw": _raw}[asked.panel]
    text, note = read(session_id, document)
    return Panel(
        tabs=tuple(
            Tab(key, word, icon, asked.but(panel=key), key == asked.panel)
            for key, word, icon in PANELS
        ),
        key=asked.panel,
        word=next(word for key, word, _ in PANELS if key == asked.panel),
        text=text,
        note=note,
    )


def _output(session_id: str, document: Mapping[str, Any]) -> tuple[str, str]:
    lines = hosts.last_lines(session_folder(session_id), OUTPUT_LINES)
    if lines:
        return "\n".join(lines), f"The last {len(lines)} lines of its terminal."
    if not document.get("agent"):
        return "", "No terminal here: another client started this agent."
    return "", "Nothing has been printed yet."


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

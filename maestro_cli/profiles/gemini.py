"""Gemini CLI, by `gemini -o stream-json`; flags and stream as of Gemini CLI 0.61."""

from __future__ import annotations

import sys

from maestro_cli.profiles import headless
from maestro_cli.profiles.headless import Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from maestro_cli.context import Context
    from maestro_cli.profiles.brief import Brief

PROGRAM = "gemini"
HOOKS = False
APPROVAL_MODES = {"readOnly": "plan", "interactive": "default"}


def run(context: Context, session_id: str, manifest: dict[str, Any]) -> int:
    return headless.run(sys.modules[__name__], context, session_id, manifest)


def start(brief: Brief, prompt: str) -> list[str]:
    model = ["-m", brief.model] if brief.model.startswith("gemini") else []
    mode = APPROVAL_MODES.get(brief.permission_mode, "auto_edit")
    return [PROGRAM, "-o", "stream-json", "--approval-mode", mode, *model, "-p", prompt]


def resume(brief: Brief, prompt: str, conversation_id: str) -> list[str]:
    program, *rest = start(brief, prompt)
    return [program, "-r", conversation_id, *rest]


def read(event: dict[str, Any]) -> Reading:
    kind = event.get("type")
    if kind == "init":
        return Reading(conversation_id=str(event.get("session_id") or "") or None)
    if kind == "message" and event.get("role") == "assistant":
        return Reading(str(event.get("content") or ""))
    if kind == "tool_use":
        return Reading(f"{event.get('tool_name')}")
    if kind == "error":
        return Reading(str(event.get("message") or ""))
    if kind == "result" and event.get("status") == "error":
        failure = str((event.get("error") or {}).get("message") or "it reported an error")
        return Reading(failure, failure=failure)
    return Reading()

"""Codex, by `codex exec --json`: its hooks would need a person to trust them first.

Flags and stream as of Codex 0.169. The server reads the stream, at the route for Codex's hooks.
"""

from __future__ import annotations

import sys

from maestro_cli.profiles import headless
from maestro_cli.profiles.headless import Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from maestro_cli.context import Context
    from maestro_cli.profiles.brief import Brief

PROGRAM = "codex"
HOOKS = True
SANDBOXES = {"readOnly": "read-only"}
OTHERS_MODELS = ("sonnet", "opus", "haiku")


def run(context: Context, session_id: str, manifest: dict[str, Any]) -> int:
    return headless.run(sys.modules[__name__], context, session_id, manifest)


def start(brief: Brief, prompt: str) -> list[str]:
    return [*_command(brief), "--", prompt]


def resume(brief: Brief, prompt: str, conversation_id: str) -> list[str]:
    return [*_command(brief), "resume", conversation_id, "--", prompt]


def _command(brief: Brief) -> list[str]:
    sandbox = SANDBOXES.get(brief.permission_mode, "workspace-write")
    model = [] if brief.model in OTHERS_MODELS else ["-m", brief.model]
    return [PROGRAM, "exec", "--json", "--skip-git-repo-check", "-s", sandbox, *model]


def read(event: dict[str, Any]) -> Reading:
    kind, item = event.get("type"), event.get("item")
    if kind == "thread.started":
        return Reading(conversation_id=str(event.get("thread_id") or "") or None)
    if kind == "turn.failed":
        failure = str((event.get("error") or {}).get("message") or "the turn failed")
        return Reading(failure, failure=failure)
    if kind == "error":
        return Reading(str(event.get("message") or ""))
    if kind == "item.completed" and isinstance(item, dict):
        return Reading(_words(item))
    return Reading()


def _words(item: dict[str, Any]) -> str:
    kind = item.get("type")
    if kind in ("agent_message", "error"):
        return str(item.get("text") or item.get("message") or "")
    if kind == "command_execution":
        return f"$ {item.get('command')}  (exit {item.get('exit_code')})"
    if kind == "file_change":
        changes = [change for change in item.get("changes") or [] if isinstance(change, dict)]
        return "\n".join(f"{change.get('kind')} {change.get('path')}" for change in changes)
    return ""

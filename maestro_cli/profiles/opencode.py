"""opencode, by `opencode run --format json`; flags and stream as of opencode 1.18."""

from __future__ import annotations

import sys

from maestro_cli.profiles import headless
from maestro_cli.profiles.headless import Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from maestro_cli.context import Context
    from maestro_cli.profiles.brief import Brief

PROGRAM = "opencode"
HOOKS = False


def run(context: Context, session_id: str, manifest: dict[str, Any]) -> int:
    return headless.run(sys.modules[__name__], context, session_id, manifest)


def start(brief: Brief, prompt: str) -> list[str]:
    # Its models are named provider/model; another word is none of its.
    model = ["-m", brief.model] if "/" in brief.model else []
    return [PROGRAM, "run", "--format", "json", *model, prompt]


def resume(brief: Brief, prompt: str, conversation_id: str) -> list[str]:
    *command, last = start(brief, prompt)
    return [*command, "-s", conversation_id, last]


def read(event: dict[str, Any]) -> Reading:
    part = event.get("part") if isinstance(event.get("part"), dict) else {}
    conversation_id = str(event.get("sessionID") or "") or None
    kind = event.get("type")
    if kind == "text":
        return Reading(str((part or {}).get("text") or ""), conversation_id=conversation_id)
    if kind == "tool_use":
        return Reading(str((part or {}).get("tool") or ""), conversation_id=conversation_id)
    if kind == "error":
        error = event.get("error")
        said = error.get("message") or error.get("name") if isinstance(error, dict) else error
        failure = str(said or "it reported an error")
        return Reading(failure, conversation_id=conversation_id, failure=failure)
    return Reading(conversation_id=conversation_id)

"""What a tool is started with: the brief, where to work, and what an earlier session left."""

from __future__ import annotations

import os

from maestro_cli.client import path_of
from maestro_cli.errors import Refused, UsageError
from maestro_cli.manifest import read_brief

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from maestro_cli.context import Context

# The longest single argument that Linux passes to a program is 128 KiB.
LONGEST_PROMPT_BYTES = 100_000


class Brief:
    """One session's start: `prompt` is the whole brief in words; `model` is what was asked for,
    else sonnet, opus or haiku; `permission_mode` is acceptEdits, interactive or readOnly."""

    __slots__ = ("cwd", "manifest_md", "model", "permission_mode", "prompt")

    def __init__(
        self, *, prompt: str, manifest_md: str, cwd: str, model: str, permission_mode: str
    ) -> None:
        self.prompt = prompt
        self.manifest_md = manifest_md
        self.cwd = cwd
        self.model = model
        self.permission_mode = permission_mode

    @classmethod
    def of(cls, context: Context, manifest: dict[str, Any]) -> Brief:
        session = manifest.get("session") or {}
        cwd = os.path.expanduser(str(session.get("workingDirectory") or "."))
        if not os.path.isdir(cwd):
            raise UsageError(f"The working directory {cwd} does not exist.")
        path = context.environ.get("MAESTRO_MANIFEST_MD") or ""
        return cls(
            prompt=_prompt(read_brief(context) or "", path),
            manifest_md=path,
            cwd=cwd,
            model=str(_custom(manifest).get("model") or session.get("model") or "sonnet"),
            permission_mode=str(session.get("permissionMode") or "acceptEdits"),
        )


def _custom(manifest: dict[str, Any]) -> dict[str, Any]:
    found = (manifest.get("context") or {}).get("custom")
    return found if isinstance(found, dict) else {}


def _prompt(brief: str, path: str) -> str:
    if len(brief.encode()) > LONGEST_PROMPT_BYTES:
        return f"Your brief is in {path}. Read it first, then do what it says."
    return brief


def earlier_conversation(context: Context, session_id: str, tool: str) -> str | None:
    """The tool's own id of the conversation that this session goes on with, where there is one."""
    try:
        own = context.client.get(path_of("sessions", session_id))
        earlier = (own.get("metadata") or {}).get("resumedFrom")
        if not earlier:
            return None
        found = context.client.get(path_of("sessions", str(earlier)))
    except Refused:
        return None
    conversation = (found.get("metadata") or {}).get("conversation") or {}
    if conversation.get("tool") != tool or not _is_there(conversation.get("transcript")):
        return None
    return str(conversation["id"])


def _is_there(transcript: Any) -> bool:
    """Tools forget old conversations; where it is not said what they keep, they are asked."""
    return not isinstance(transcript, str) or os.path.exists(transcript)

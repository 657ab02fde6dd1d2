"""Claude Code in the session's terminal, told and read by the hooks of our plugin.

Flags as of Claude Code 2.1.240. No file of the person's is touched: the plugin comes by a flag.
"""

from __future__ import annotations

import os
import uuid

from maestro_cli.profiles.brief import Brief, earlier_conversation
from maestro_cli.profiles.terminal import use_terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from maestro_cli.context import Context

PROGRAM = "claude"
REGISTERS_ITSELF = True
PLUGIN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "plugins/claude")
PERMISSION_MODES = {"acceptEdits": "acceptEdits", "interactive": "default", "readOnly": "plan"}
# Reporting is no work that needs a permission.
ALWAYS_ALLOWED = "Bash(maestro:*)"


def run(context: Context, session_id: str, manifest: dict[str, Any]) -> int:
    brief = Brief.of(context, manifest)
    earlier = earlier_conversation(context, session_id, PROGRAM)
    argv = resume(brief, earlier) if earlier else start(brief, session_id)
    return use_terminal(argv, context.environ, brief.cwd)


def start(brief: Brief, session_id: str) -> list[str]:
    """A conversation of its own, whose id follows from the session's."""
    own_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"maestro:{session_id}"))
    return [PROGRAM, "--session-id", own_id, *_flags(brief), brief.prompt]


def resume(brief: Brief, conversation_id: str) -> list[str]:
    return [PROGRAM, "--resume", conversation_id, *_flags(brief), brief.prompt]


def _flags(brief: Brief) -> list[str]:
    mode = PERMISSION_MODES.get(brief.permission_mode, "default")
    return [
        "--allowedTools",
        ALWAYS_ALLOWED,
        "--plugin-dir",
        PLUGIN,
        "--permission-mode",
        mode,
        "--model",
        brief.model,
    ]

"""`maestro manifest …`: the brief of the session around the command."""

from __future__ import annotations

import json

from maestro_cli.command import Command
from maestro_cli.manifest import load_manifest, read_brief
from maestro_cli.output import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from argparse import Namespace

    from maestro_cli.context import Context


def _show(context: Context, args: Namespace) -> Answer:
    manifest = load_manifest(context)
    brief = read_brief(context) or json.dumps(manifest, indent=2, ensure_ascii=False)
    return Answer(manifest, brief.rstrip("\n"))


COMMANDS = (Command("manifest show", "Print this session's manifest", _show),)

"""Writes docs/cli.md from the parser of `maestro`: `python tools/write_cli_docs.py`."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from maestro_cli.command import Command, add_common_arguments  # noqa: E402
from maestro_cli.commands import WORDS, commands_of  # noqa: E402
from maestro_cli.parser import command_parser  # noqa: E402

FILE = ROOT / "docs/cli.md"
INTRODUCTION = """# The command line

`maestro` talks to a running server over HTTP. It needs Python 3.9 and nothing else. A link to
`bin/maestro` of a checkout from a folder on your `PATH` is a whole installation;
`pip install ./maestro_cli` is one without the rest of Maestro, and `pip install .` brings the
server with it, as `maestro-server`. Inside a session `maestro` is on the `PATH` already, and it
knows from its environment which session, project and tasks are meant.

- **Output**: one clear line or a small table. With `--json`, `{"success": true, "data": …}`, or
  `{"success": false, "error": "<code>", "message": "…"}`.
- **Exit codes**: 0 done, 1 refused, 2 the command line does not say enough, 3 no server.
- **Server**: `--server`, else `MAESTRO_SERVER_URL`, else the file `server-url` in the data
  directory (`MAESTRO_DATA_DIR`), else http://127.0.0.1:8000.
- **Retries**: inside a session a refused connection is tried again for 30 seconds. Events,
  claims and everything that is made carry ids, so a repeat changes nothing.
- **Hooks**: `maestro hook` always ends with 0, for a tool takes anything else for a no. While the
  server is away, events wait in `hooks/` beside the session's manifest (without one, in
  `$XDG_STATE_HOME/maestro/hooks/`), at most 1,000, and go out in order with the next one or at the
  end of `maestro agent run`. What asks the agent's tool for permission waits for a person's
  decision, through restarts of the server too.
- **Completion**: `eval "$(maestro completion bash)"` in `~/.bashrc`, the same with zsh in
  `~/.zshrc`, or `maestro completion fish | source` in `~/.config/fish/config.fish`.

This page is written by `python tools/write_cli_docs.py`; change the commands, not the page.
"""


def page() -> str:
    return "\n".join([INTRODUCTION, *_common(), *(line for word in WORDS for line in _group(word))])


def _common() -> Iterator[str]:
    parser = argparse.ArgumentParser(add_help=False)
    add_common_arguments(parser)
    yield "Every command takes:\n"
    yield from _arguments(parser)


def _group(word: str) -> Iterator[str]:
    yield f"## {word}\n"
    for command in commands_of(word):
        yield from _command(command)


def _command(command: Command) -> Iterator[str]:
    parser = command_parser(command)
    words = [_shown(action) for action in parser._actions]
    yield f"`{' '.join(['maestro', command.name, *words])}`\n"
    yield f"{command.help}.\n"
    yield from _arguments(parser)
    if command.examples != (f"maestro {command.name}",):
        yield "\n".join(("```sh", *command.examples, "```\n"))


def _shown(action: argparse.Action) -> str:
    """The argument as a usage line has it; dots where it may be repeated."""
    value = _value(action)
    if not action.option_strings:
        return f"[{value}]" if action.nargs == "?" else value
    option = action.option_strings[-1]
    word = option if action.nargs == 0 else f"{option} {value}"
    word = word if action.required else f"[{word}]"
    return f"{word} …" if isinstance(action, argparse._AppendAction) else word


def _value(action: argparse.Action) -> str:
    if action.choices:
        return "{" + ",".join(action.choices) + "}"
    name = action.metavar or action.dest.upper()
    return f"[{name}]" if action.option_strings and action.nargs == "?" else str(name)


def _arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    explained = [action for action in parser._actions if action.help]
    for action in explained:
        name = action.option_strings[-1] if action.option_strings else _value(action)
        yield f"- `{name}`: {action.help}"
    if explained:
        yield ""


if __name__ == "__main__":
    FILE.write_text(page())

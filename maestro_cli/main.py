"""`maestro`: finds the command, runs it, prints its answer, and returns the exit code."""

from __future__ import annotations

import argparse
import os
import sys

from maestro_cli.command import Command, add_common_arguments
from maestro_cli.commands import WORDS, commands_of
from maestro_cli.context import Context
from maestro_cli.errors import CliError, UsageError
from maestro_cli.output import print_answer, print_error

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from collections.abc import Mapping, Sequence
    from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Raises usage errors, so that they too are one line, or JSON."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see `{self.prog} --help`)")


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    words = sys.argv[1:] if argv is None else list(argv)
    as_json = "--json" in words
    try:
        namespace = parse(words)
        context = Context(
            os.environ if environ is None else environ, server=getattr(namespace, "server", None)
        )
        return print_answer(namespace.run(context, namespace), as_json=as_json)
    except CliError as error:
        return print_error(error, as_json=as_json)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Nobody reads any more; without this the interpreter complains again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def parse(words: Sequence[str]) -> argparse.Namespace:
    """The arguments of the command that the words name, with its function as `run`."""
    top = Parser(prog="maestro", description="Work with Maestro from a terminal or an agent.")
    add_common_arguments(top)
    commands = top.add_subparsers(title="commands", metavar="command", required=True)
    chosen = next((word for word in words if word in WORDS), None)
    for word, (_, help) in WORDS.items():
        parser = commands.add_parser(word, help=help)
        if word == chosen:
            _fill(parser, word)
    return top.parse_args(words)


def _fill(parser: argparse.ArgumentParser, word: str) -> None:
    commands = commands_of(word)
    if commands[0].name == word:
        return _fill_command(parser, commands[0])
    group = parser.add_subparsers(title="commands", metavar="command", required=True)
    for command in commands:
        name = command.name.split()[1]
        _fill_command(group.add_parser(name, help=command.help), command)
    return None


def _fill_command(parser: argparse.ArgumentParser, command: Command) -> None:
    parser.description = command.help
    add_common_arguments(parser)
    if command.arguments:
        command.arguments(parser)
    parser.set_defaults(run=command.run)

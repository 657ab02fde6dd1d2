"""The parser of the command line: only the named command's part of it is ever built."""

from __future__ import annotations

import argparse

from maestro_cli import __version__
from maestro_cli.command import Command, add_common_arguments
from maestro_cli.commands import WORDS, commands_of
from maestro_cli.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from collections.abc import Iterable, Sequence
    from typing import Any, NoReturn


class Parser(argparse.ArgumentParser):
    """Raises usage errors, so that they too are one line, or JSON, and names what was meant."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see `{self.prog} --help`)")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """argparse's own check, which every word and every choice goes through."""
        if action.choices is not None and value not in action.choices:
            known = [str(choice) for choice in action.choices]
            meant = _did_you_mean(str(value), known) or f"; there are: {', '.join(known)}"
            raise argparse.ArgumentError(action, f"no {str(value)!r}{meant}")


def parse(words: Sequence[str]) -> argparse.Namespace:
    """The arguments of the command that the words name, with its function as `run`."""
    top = Parser(prog="maestro", description="Work with Maestro from a terminal or an agent.")
    top.add_argument("--version", action="version", version=f"maestro {__version__}")
    add_common_arguments(top)
    commands = _subparsers(top)
    chosen = _first_word(words)
    for word, (_, help) in WORDS.items():
        parser = commands.add_parser(word, help=help)
        if word == chosen:
            _fill(parser, word)
    namespace, unknown = top.parse_known_args(words)
    if unknown:
        _refuse(unknown, namespace.parser)
    return namespace


def command_parser(command: Command) -> argparse.ArgumentParser:
    """One command's own parser, for those who describe it."""
    parser = Parser(prog=f"maestro {command.name}", add_help=False)
    if command.arguments:
        command.arguments(parser)
    return parser


def _subparsers(parser: argparse.ArgumentParser) -> argparse._SubParsersAction[Any]:
    # Told the name, argparse need not make up a usage, for which it imports much.
    return parser.add_subparsers(
        title="commands", metavar="command", required=True, prog=parser.prog
    )


def _first_word(words: Sequence[str]) -> str | None:
    before = ""
    for word in words:
        if before != "--server" and not word.startswith("-"):
            return word
        before = word
    return None


def _fill(parser: argparse.ArgumentParser, word: str) -> None:
    commands = commands_of(word)
    if commands[0].name == word:
        return _fill_command(parser, commands[0])
    group = _subparsers(parser)
    for command in commands:
        name = command.name.split()[1]
        _fill_command(group.add_parser(name, help=command.help), command)
    return None


def _fill_command(parser: argparse.ArgumentParser, command: Command) -> None:
    parser.description = command.help
    parser.epilog = "\n  ".join(("examples:", *command.examples))
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add_common_arguments(parser)
    if command.arguments:
        command.arguments(parser)
    parser.set_defaults(run=command.run, parser=parser)


def _refuse(unknown: Sequence[str], parser: argparse.ArgumentParser) -> NoReturn:
    options = [option for action in parser._actions for option in action.option_strings]
    meant = _did_you_mean(unknown[0].partition("=")[0], options)
    parser.error(f"unrecognized arguments: {' '.join(unknown)}{meant}")


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), 1)
    return f"; did you mean {close[0]!r}?" if close else ""

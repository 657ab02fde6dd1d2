"""What a command is made of, and the arguments that every command takes."""

from __future__ import annotations

import argparse

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from collections.abc import Callable

    from maestro_cli.context import Context
    from maestro_cli.output import Answer

    Run = Callable[[Context, argparse.Namespace], Answer]
    Arguments = Callable[[argparse.ArgumentParser], object]


class Command:
    """One command: its words ("task list"), what it does, its arguments, and the doing.

    `examples` are what may follow its words, each on a line of the help.
    """

    __slots__ = ("arguments", "examples", "help", "name", "run")

    def __init__(
        self,
        name: str,
        help: str,
        run: Run,
        arguments: Arguments | None = None,
        *,
        examples: tuple[str, ...] = ("",),
    ) -> None:
        self.name = name
        self.help = help
        self.run = run
        self.arguments = arguments
        self.examples = tuple(f"maestro {name} {example}".rstrip() for example in examples)


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Taken before and after the command's words; SUPPRESS lets the earlier ones stand."""
    add = parser.add_argument
    add("--json", action="store_true", default=argparse.SUPPRESS, help="answer in JSON")
    add("--server", metavar="URL", default=argparse.SUPPRESS, help="the server's address")

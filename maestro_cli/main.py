"""`maestro`: finds the command, runs it, prints its answer, and returns the exit code."""

from __future__ import annotations

import os
import sys

from maestro_cli.context import Context
from maestro_cli.errors import CliError
from maestro_cli.output import print_answer, print_error
from maestro_cli.parser import parse

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from collections.abc import Mapping, Sequence


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
        exit_code = print_error(error, as_json=as_json)
        # A tool takes a hook that fails for a no, even where it was only called wrongly.
        return 0 if words[:1] == ["hook"] else exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Nobody reads any more; without this the interpreter complains again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1

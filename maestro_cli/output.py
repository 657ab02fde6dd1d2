"""What a command prints: one clear line or a small table, or JSON in one fixed shape."""

from __future__ import annotations

import json
import sys

from maestro_cli.errors import CliError

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs start-up time
    from collections.abc import Iterable, Sequence


REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class Answer:
    """What a command found: for programs (`data`), for people (`text`), and its exit code."""

    __slots__ = ("data", "exit_code", "text")

    def __init__(self, data: object, text: str, *, exit_code: int = 0) -> None:
        self.data = data
        self.text = text
        self.exit_code = exit_code


def print_answer(answer: Answer, *, as_json: bool) -> int:
    if as_json:
        _print_json({"success": True, "data": answer.data})
    elif answer.text:
        print(printable(answer.text))
    sys.stdout.flush()
    return answer.exit_code


def print_error(error: CliError, *, as_json: bool) -> int:
    if as_json:
        _print_json({"success": False, "error": error.code, "message": error.message})
    else:
        complain(error.message)
    return error.exit_code


def complain(message: str) -> None:
    """One line for people, where no program reads."""
    print(printable(f"maestro: {message}"), file=sys.stderr)


def printable(text: str) -> str:
    """The text without what a terminal would obey: titles and messages are anyone's."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else REPLACEMENT for c in text)


def table(rows: Iterable[Sequence[object]], *, empty: str) -> str:
    """Rows in aligned columns, or the sentence for none."""
    cells = [["-" if cell in (None, "") else str(cell) for cell in row] for row in rows]
    if not cells:
        return empty
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in cells]
    return "\n".join(line.rstrip() for line in lines)


def tree(root: dict[str, object], label: str) -> list[str]:
    """Lines of a nested `children` structure; `label` is the key shown beside the id."""
    node = root.get("session") or root
    assert isinstance(node, dict)
    lines = [f"{node.get('id')}  {node.get('status')}  {node.get(label)}"]
    children = root.get("children") or []
    assert isinstance(children, list)
    for child in children:
        lines += ["  " + line for line in tree(child, label)]
    return lines


def _print_json(document: object) -> None:
    print(json.dumps(document, ensure_ascii=False))

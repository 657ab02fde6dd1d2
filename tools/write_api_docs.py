"""Writes the table of routes in docs/api.md from docs/openapi.yaml."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "api.md"
BEGIN, END = "<!-- routes -->", "<!-- /routes -->"
METHODS = ("get", "post", "put", "patch", "delete")


def page() -> str:
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def table() -> str:
    described = yaml.load((DOCS / "openapi.yaml").read_text(), Loader=yaml.CSafeLoader)
    rows = sorted(_rows(described["paths"]))
    lines = [f"| `{method} {path}` | {words} |" for path, _, method, words in rows]
    return "\n".join(["| route | does |", "|---|---|", *lines])


def _rows(paths: dict[str, Any]) -> Iterator[tuple[str, int, str, str]]:
    for path, operations in paths.items():
        for order, method in enumerate(METHODS):
            if method in operations:
                yield path, order, method.upper(), operations[method]["summary"]


if __name__ == "__main__":
    PAGE.write_text(page())

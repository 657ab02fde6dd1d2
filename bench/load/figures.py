"""Writes a benchmark's figures into its section of docs/benchmarks.md."""

import platform
import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"


def write_section(name: str, lines: list[str]) -> None:
    """Replace what stands between the section's marks; the page must have them."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    text = PAGE.read_text()
    body = "\n".join([begin, *lines, end])
    replaced, count = re.subn(
        f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: body, text, flags=re.DOTALL
    )
    if not count:
        raise SystemExit(f"docs/benchmarks.md has no section {begin}")
    PAGE.write_text(replaced)


def machine() -> str:
    import os
    import sqlite3

    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )

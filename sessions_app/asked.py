"""What a session page's URL asks to see: view, filters, selection; parsed, and written back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

VIEWS = ("timeline", "chart", "queue")
PANELS = ("terminal", "files", "manifest", "raw")
ONLY = {"errors": ("error", "task_failed"), "questions": ("needs_input",)}
DEFAULT_WIDTH = 900
MIN_WIDTH, MAX_WIDTH = 320, 6000


@dataclass(frozen=True)
class Asked:
    """What a session page's URL asks to see; `since` is the first moment of the timeline shown.

    `full` gives the terminal the whole window.
    """

    view: str = "timeline"
    panel: str = "terminal"
    only: str = ""
    task: str = ""
    event: str = ""
    since: int | None = None
    full: bool = False
    width: int = DEFAULT_WIDTH
    narrow: bool = False

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        view, panel, only = query.get("view", ""), query.get("panel", ""), query.get("only", "")
        return cls(
            view=view if view in VIEWS else "timeline",
            panel=panel if panel in PANELS else "terminal",
            only=only if only in ONLY else "",
            task=query.get("task", "")[:64],
            event=query.get("event", "")[:64],
            since=_number(query.get("since")),
            full=query.get("full") == "1",
            width=plot_width(query),
            narrow=query.get("narrow") == "1",
        )

    def query(self) -> str:
        """As a URL's query, without what goes without saying; the chart's size is no part of it."""
        first = Asked()
        said = {
            name: getattr(self, name)
            for name in ("view", "panel", "only", "task", "event", "since")
            if getattr(self, name) != getattr(first, name)
        }
        if self.full:
            said["full"] = 1
        return f"?{urlencode(said)}" if said else "?"

    def but(self, **changed: Any) -> str:
        return replace(self, **changed).query()


def plot_size(word: str) -> dict[str, str]:
    """A query of what the browser measured last: `<width>`, or `<width>n` for a narrow page."""
    return {"w": word.rstrip("n"), "narrow": "1" if word.endswith("n") else ""}


def plot_width(query: Mapping[str, str]) -> int:
    return min(max(_number(query.get("w")) or DEFAULT_WIDTH, MIN_WIDTH), MAX_WIDTH)


def _number(word: str | None) -> int | None:
    return int(word) if word and word.isascii() and word.isdigit() and len(word) < 16 else None

"""What a session page's URL asks to see: view, filters, selection; parsed, and written back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import urlencode

VIEWS = ("timeline", "chart", "queue")
PANELS = ("terminal", "files", "manifest", "raw")
# What is chosen together; every other word is the type of an event.
ONLY = {"errors": ("error", "task_failed"), "questions": ("needs_input",)}
EVENT_TYPE = re.compile(r"[a-z][a-z_]{0,39}")
DEFAULT_WIDTH = 900
MIN_WIDTH, MAX_WIDTH = 320, 6000


@dataclass(frozen=True)
class PlotAsked:
    """Of a chart: the stretch of time shown (all of it without), whether idle time is folded, and
    the size that the browser measured, which is no part of a page's URL."""

    from_ms: int | None = None
    to_ms: int | None = None
    folded: bool = False
    width: int = DEFAULT_WIDTH
    narrow: bool = False

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        start, end = _number(query.get("from")), _number(query.get("to"))
        zoomed = start is not None and end is not None and start < end
        return cls(
            from_ms=start if zoomed else None,
            to_ms=end if zoomed else None,
            folded="1" in query.get("fold", "")[:8000].split(","),
            width=min(max(_number(query.get("w")) or DEFAULT_WIDTH, MIN_WIDTH), MAX_WIDTH),
            narrow=query.get("narrow") == "1",
        )

    def said(self) -> dict[str, Any]:
        """The zoom as a query; how a page writes what is folded is its own."""
        return {} if self.from_ms is None else {"from": self.from_ms, "to": self.to_ms}


@dataclass(frozen=True)
class Asked:
    """What a session page's URL asks to see; `since` is the first row of the timeline shown.

    `only` is a key of ONLY or an event's type. `relative` counts times from the session's start.
    `full` gives the terminal the whole window.
    """

    view: str = "timeline"
    panel: str = "terminal"
    only: str = ""
    task: str = ""
    event: str = ""
    since: str = ""
    relative: bool = False
    full: bool = False
    plot: PlotAsked = field(default_factory=PlotAsked)

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        view, panel, only = query.get("view", ""), query.get("panel", ""), query.get("only", "")
        return cls(
            view=view if view in VIEWS else "timeline",
            panel=panel if panel in PANELS else "terminal",
            only=only if EVENT_TYPE.fullmatch(only) else "",
            task=query.get("task", "")[:64],
            event=query.get("event", "")[:64],
            since=query.get("since", "")[:64],
            relative=query.get("time") == "relative",
            full=query.get("full") == "1",
            plot=PlotAsked.read(query),
        )

    @property
    def types(self) -> tuple[str, ...]:
        """The types of events that are shown; all of them where there are none."""
        return ONLY.get(self.only) or ((self.only,) if self.only else ())

    def query(self) -> str:
        """As a URL's query, without what goes without saying; the chart's size is no part of it."""
        first = Asked()
        said = {
            name: getattr(self, name)
            for name in ("view", "panel", "only", "task", "event", "since")
            if getattr(self, name) != getattr(first, name)
        }
        said |= {"time": "relative"} if self.relative else {}
        said |= {"full": 1} if self.full else {}
        said |= self.plot.said() | ({"fold": 1} if self.plot.folded else {})
        return f"?{urlencode(said)}" if said else "?"

    def but(self, **changed: Any) -> str:
        return replace(self, **changed).query()


def plot_size(word: str) -> dict[str, str]:
    """A query of what the browser measured last: `<width>`, or `<width>n` for a narrow page."""
    return {"w": word.rstrip("n"), "narrow": "1" if word.endswith("n") else ""}


def _number(word: str | None) -> int | None:
    return int(word) if word and word.isascii() and word.isdigit() and len(word) < 16 else None

"""What a project page's URL asks to see: view, filters, folded parents; read and written."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import urlencode

from core.ids import is_valid_id
from tasks_app.columns import Column
from tasks_app.rules import Priority

VIEWS = ("tree", "board", "graph", "sessions")
PAGE = {"tree": 200, "board": 50, "graph": 120, "sessions": 50}
ROWS_AT_MOST = 5000


@dataclass(frozen=True)
class Asked:
    """`status` is a column of the board; `rows` how many are shown, 0 for a first page.

    On the board `rows` counts the cards of one column.
    """

    view: str = "tree"
    q: str = ""
    status: str = ""
    priority: str = ""
    ready: bool = False
    folded: tuple[str, ...] = ()
    rows: int = 0

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        view, status, rows = query.get("view", ""), query.get("status", ""), query.get("rows", "")
        priority = query.get("priority", "")
        return cls(
            view=view if view in VIEWS else "tree",
            q=query.get("q", "").strip()[:200],
            status=status if status in set(Column) else "",
            priority=priority if priority in set(Priority) else "",
            ready=query.get("ready") == "1",
            folded=tuple(filter(is_valid_id, query.get("folded", "").split()[:50])),
            rows=min(int(rows), ROWS_AT_MOST) if rows.isascii() and rows.isdigit() else 0,
        )

    @property
    def page(self) -> int:
        return self.rows or PAGE[self.view]

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.status or self.priority or self.ready)

    def query(self) -> str:
        """As a URL's query, without what goes without saying."""
        first = Asked()
        said = {
            field.name: _word(getattr(self, field.name))
            for field in fields(self)
            if getattr(self, field.name) != getattr(first, field.name)
        }
        return f"?{urlencode(said)}" if said else "?"

    @property
    def base(self) -> str:
        """The query, for one more word to be written after it."""
        query = self.query()
        return query if query == "?" else f"{query}&"

    def but(self, **changed: Any) -> str:
        return replace(self, **changed).query()

    def unfiltered(self) -> str:
        return self.but(q="", status="", priority="", ready=False, rows=0)

    def fold(self, task_id: str) -> str:
        """With this parent folded, or open again."""
        others = tuple(one for one in self.folded if one != task_id)
        return self.but(folded=others if task_id in self.folded else (*others, task_id))


def _word(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    return "1" if value is True else str(value)

"""What sessions have used, from `metadata.usage`: added up along the hierarchy, or unknown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sessions_app.models import Session

TOKENS = {
    "inputTokens": "in",
    "outputTokens": "out",
    "cacheReadTokens": "read from cache",
    "cacheCreationTokens": "written to cache",
}
COST = "costUsd"


@dataclass(frozen=True)
class Usage:
    """`tokens` by name; `cost_usd` is None where no tool said it; `unknown` counts the sessions
    that said nothing, `unpriced` those that said no cost."""

    tokens: Mapping[str, int]
    cost_usd: float | None
    unknown: int = 0
    unpriced: int = 0

    @property
    def total(self) -> int:
        return sum(self.tokens.values())

    @property
    def words(self) -> str:
        """Such as `48.2 k tokens, $0.42`, with `at least` where something is unknown."""
        parts = [f"{_short(self.total)} tokens"] if self.tokens else []
        if self.cost_usd is not None:
            parts.append(f"{'' if not self.unpriced else 'at least '}${self.cost_usd:,.2f}")
        return ("at least " if self.unknown else "") + ", ".join(parts)

    @property
    def details(self) -> str:
        said = [f"{count:,} {TOKENS[name]}" for name, count in self.tokens.items() if count]
        if self.unknown:
            said.append(f"unknown for {self.unknown} session{'s' if self.unknown > 1 else ''}")
        return ", ".join(said)


def _short(count: int) -> str:
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:.1f}\u00a0{unit}"
    return str(count)


def usage_of(metadata: Mapping[str, Any]) -> Usage | None:
    """None while it is unknown."""
    found = metadata.get("usage")
    if not isinstance(found, Mapping):
        return None
    tokens = {name: int(found[name]) for name in TOKENS if _is_number(found.get(name))}
    cost = float(found[COST]) if _is_number(found.get(COST)) else None
    if not tokens and cost is None:
        return None
    return Usage(tokens, cost, unpriced=int(cost is None))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15


def total_usage(sessions: Iterable[Session]) -> Usage | None:
    """The sum over sessions; None where nobody knows. Who ran no model does not count as unknown.

    A session counts as unknown when a tool that reports its usage elsewhere said nothing.
    """
    found = [(session, usage_of(session.metadata)) for session in sessions]
    known = [usage for _, usage in found if usage is not None]
    if not known:
        return None
    costs = [usage.cost_usd for usage in known if usage.cost_usd is not None]
    silent = [session for session, usage in found if usage is None and _runs_a_model(session)]
    names = [name for name in TOKENS if any(name in usage.tokens for usage in known)]
    return Usage(
        {name: sum(usage.tokens.get(name, 0) for usage in known) for name in names},
        sum(costs) if costs else None,
        unknown=len(silent),
        unpriced=sum(usage.unpriced for usage in known),
    )


def _runs_a_model(session: Session) -> bool:
    return session.agent not in ("shell", "demo") and session.started_at is not None

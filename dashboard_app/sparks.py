"""A live session's activity as one small line: stems for events, marks for what stands out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, BASE, BUCKET = 176, 28.5, 4
TALLEST = 20
MARKS = {"milestone": "ink", "error": "red", "task_failed": "red", "needs_input": "amber"}
MARK_GAP = 8


@dataclass(frozen=True)
class SparkMark:
    tone: str
    path: str


@dataclass(frozen=True)
class Spark:
    stems: str
    marks: tuple[SparkMark, ...]
    count: int


def spark(moments: Sequence[tuple[int, str]], *, start_ms: int, end_ms: int) -> Spark:
    """Stems are as high as their bucket is full, by square root so that a flood hides nothing."""
    span = max(end_ms - start_ms, 1)
    last = WIDTH // BUCKET - 1
    buckets = Counter(min(last, (at - start_ms) * last // span) for at, _ in moments)
    fullest = max(buckets.values(), default=1)
    stems = "".join(
        f"M{bucket * BUCKET + 2} {BASE}v-{2 + (TALLEST - 2) * (count / fullest) ** 0.5:.0f}"
        for bucket, count in sorted(buckets.items())
    )
    return Spark(stems, _marks(moments, start_ms, span), len(moments))


def _marks(moments: Sequence[tuple[int, str]], start_ms: int, span: int) -> tuple[SparkMark, ...]:
    marks: list[SparkMark] = []
    free_until = float("inf")
    for at, event_type in moments:
        x = (at - start_ms) * (WIDTH - 8) / span + 2
        if event_type in MARKS and x < free_until:
            free_until = x - MARK_GAP
            tone = MARKS[event_type]
            shape = f"M{x:.0f} 2.5l4.5 4.5-4.5 4.5-4.5-4.5z"
            if tone == "red":
                shape = f"M{x:.0f} 3l5 8.6h-10z"
            marks.append(SparkMark(tone, shape))
    return tuple(marks)

"""What to draw when things stand closer than a pixel can show; in pixels, without markup."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

T = TypeVar("T")

MIN_BAR = 3.0
MARK_GAP = 14.0
COUNT_ROOM = 12.0
DENSITY_GAP = 6.0
LABEL_GAP = 28.0
BUCKET = 4
DENSITY_MIN_RUN = 4
STROKE_MIN, STROKE_MAX = 2, 26


@dataclass(frozen=True, slots=True)
class Box:
    """A bar in pixels: its kind decides what it may merge with."""

    left: float
    right: float
    kind: str
    count: int = 1
    source: object = None

    @property
    def width(self) -> float:
        return self.right - self.left


def merged_boxes(boxes: Iterable[Box], *, limit: float = MIN_BAR) -> list[Box]:
    """Neighbours of one kind, each under the limit and closer than it, as one box each run.

    Boxes come sorted by their left edge, those of different kinds merge on their own.
    """
    result: list[Box] = []
    open_runs: dict[str, int] = {}
    for box in boxes:
        index = open_runs.get(box.kind)
        small = box.width < limit
        if small and index is not None and box.left - result[index].right < limit:
            run = result[index]
            right = max(run.right, box.right)
            result[index] = Box(run.left, right, run.kind, run.count + box.count)
            continue
        result.append(box)
        if small:
            open_runs[box.kind] = len(result) - 1
        else:
            open_runs.pop(box.kind, None)
    return result


def joined_boxes(boxes: Iterable[Box], *, limit: float = MIN_BAR) -> list[Box]:
    """Neighbours that overlap or are closer than the limit as one box, whatever their width."""
    joined: list[Box] = []
    for box in boxes:
        if joined and box.left - joined[-1].right < limit:
            last = joined.pop()
            right = max(last.right, box.right)
            joined.append(Box(last.left, right, last.kind, last.count + box.count))
        else:
            joined.append(box)
    return joined


def uncovered(boxes: Iterable[Box], covers: Iterable[Box], *, limit: float = MIN_BAR) -> list[Box]:
    """What of the boxes no cover hides, where that is wide enough to see; covers come sorted."""
    hidden = joined_boxes(covers)
    left_over = []
    for box in boxes:
        left = box.left
        for cover in hidden:
            if cover.right <= left or cover.left >= box.right:
                continue
            left_over.append(replace(box, left=left, right=max(left, cover.left)))
            left = cover.right
        left_over.append(replace(box, left=left, right=max(left, box.right)))
    return [box for box in left_over if box.width >= limit]


def clusters(
    items: Iterable[T], x: Callable[[T], float], *, gap: float = MARK_GAP, count_room: float = 0.0
) -> Iterator[tuple[float, list[T]]]:
    """Items closer than the gap to the first of their cluster, with the cluster's place.

    `count_room` is what the number of a cluster takes to its right; nothing is drawn over it.
    """
    place, members = 0.0, list[T]()
    for item in items:
        at = x(item)
        needed = gap + (count_room if len(members) > 1 else 0.0)
        if members and at - place < needed:
            members.append(item)
            continue
        if members:
            yield place, members
        place, members = at, [item]
    if members:
        yield place, members


def runs(
    items: Sequence[T], x: Callable[[T], float], *, gap: float = DENSITY_GAP
) -> Iterator[list[T]]:
    """Items each closer than the gap to the one before."""
    run: list[T] = []
    for item in items:
        if run and x(item) - x(run[-1]) >= gap:
            yield run
            run = []
        run.append(item)
    if run:
        yield run


def density(places: Iterable[tuple[float, int]], *, baseline: float) -> tuple[str, int]:
    """One path of strokes, a bucket each, and how many the fullest bucket holds.

    Each place comes with how many are there.
    """
    buckets: dict[int, int] = {}
    for place, count in places:
        key = int(place // BUCKET)
        buckets[key] = buckets.get(key, 0) + count
    peak = max(buckets.values(), default=0)
    strokes = []
    for key, count in sorted(buckets.items()):
        height = STROKE_MIN + round((STROKE_MAX - STROKE_MIN) * count / peak)
        strokes.append(f"M{key * BUCKET + 1.5:g} {baseline:g}v-{height}")
    return "".join(strokes), peak


def last_of_close(places: Sequence[float], *, gap: float = LABEL_GAP) -> set[int]:
    """Indices of the labels to keep: of those closer than the gap, the last."""
    kept: set[int] = set()
    free_until = float("inf")
    for index in range(len(places) - 1, -1, -1):
        if free_until - places[index] >= gap:
            kept.add(index)
            free_until = places[index]
    return kept

"""Where tasks stand in a drawing of their dependencies: layers from left to right; pure.

What a task waits for is always further left. Lengths are in units of the drawing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import NamedTuple

BOX_WIDTH, BOX_HEIGHT = 224, 56
GAP_X, GAP_Y = 60, 12
PASSING_HEIGHT = 10
SWEEPS = 6


@dataclass(frozen=True)
class Place:
    x: int
    y: int


@dataclass(frozen=True)
class Line:
    """From what is waited for to what waits; `path` is an SVG path."""

    before: str
    after: str
    path: str


@dataclass(frozen=True)
class Layout:
    width: int
    height: int
    places: Mapping[str, Place]
    lines: tuple[Line, ...]


class _Passing(NamedTuple):
    """Where a line passes through a layer on its way."""

    before: str
    after: str
    layer: int


_Slot = str | _Passing


def lay_out(waits_for: Mapping[str, Sequence[str]]) -> Layout:
    """`waits_for` names for each task those it waits for; only tasks that it has are drawn."""
    edges = [(before, one) for one, all_ in waits_for.items() for before in all_]
    edges = [(before, after) for before, after in edges if before in waits_for and before != after]
    layer_of = _layers(list(waits_for), edges)
    routes = {(before, after): _route(before, after, layer_of) for before, after in edges}
    layers = _in_layers(waits_for, layer_of, routes.values())
    _untangle(layers, routes.values())
    y_of, height = _heights(layers)
    places = {
        slot: Place(layer * (BOX_WIDTH + GAP_X), y_of[slot])
        for layer, slots in enumerate(layers)
        for slot in slots
        if isinstance(slot, str)
    }
    lines = tuple(
        Line(before, after, _path(route, places, y_of)) for (before, after), route in routes.items()
    )
    width = len(layers) * (BOX_WIDTH + GAP_X) - GAP_X
    return Layout(max(0, width), height, places, lines)


def _layers(ids: Sequence[str], edges: Iterable[tuple[str, str]]) -> dict[str, int]:
    """The longest way to each; what stands in a circle, as files made by hand may, goes on top."""
    waiting: dict[str, set[str]] = {one: set() for one in ids}
    followers: dict[str, list[str]] = defaultdict(list)
    for before, after in edges:
        waiting[after].add(before)
        followers[before].append(after)
    layer_of = dict.fromkeys(ids, 0)
    free = [one for one in ids if not waiting[one]]
    placed: set[str] = set()
    while len(placed) < len(ids):
        here = free.pop() if free else next(one for one in ids if one not in placed)
        placed.add(here)
        for after in followers[here]:
            if after in placed:
                continue
            layer_of[after] = max(layer_of[after], layer_of[here] + 1)
            waiting[after].discard(here)
            if not waiting[after] and after not in free:
                free.append(after)
    return layer_of


def _route(before: str, after: str, layer_of: Mapping[str, int]) -> list[_Slot]:
    between = range(layer_of[before] + 1, layer_of[after])
    return [before, *(_Passing(before, after, layer) for layer in between), after]


def _in_layers(
    ids: Iterable[str], layer_of: Mapping[str, int], routes: Iterable[Sequence[_Slot]]
) -> list[list[_Slot]]:
    layers: list[list[_Slot]] = [[] for _ in range(max(layer_of.values(), default=-1) + 1)]
    for one in ids:
        layers[layer_of[one]].append(one)
    for slot in chain.from_iterable(routes):
        if isinstance(slot, _Passing):
            layers[slot.layer].append(slot)
    return layers


def _untangle(layers: list[list[_Slot]], routes: Iterable[Sequence[_Slot]]) -> None:
    """Order each layer by the middle of its neighbours, to and fro."""
    left: dict[_Slot, list[_Slot]] = defaultdict(list)
    right: dict[_Slot, list[_Slot]] = defaultdict(list)
    for route in routes:
        for before, after in pairwise(route):
            left[after].append(before)
            right[before].append(after)
    for sweep in range(SWEEPS):
        forwards = sweep % 2 == 0
        neighbours = left if forwards else right
        order = layers if forwards else layers[::-1]
        for fixed, layer in pairwise(order):
            _sort(layer, fixed, neighbours)


def _sort(
    layer: list[_Slot], fixed: Sequence[_Slot], neighbours: Mapping[_Slot, Sequence[_Slot]]
) -> None:
    place = {slot: index / max(1, len(fixed) - 1) for index, slot in enumerate(fixed)}
    own = {slot: index / max(1, len(layer) - 1) for index, slot in enumerate(layer)}

    def middle(slot: _Slot) -> float:
        places = [place[one] for one in neighbours.get(slot, ()) if one in place]
        return _middle(places, own[slot])

    layer.sort(key=middle)


def _middle(places: Sequence[float], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def _heights(layers: Iterable[Sequence[_Slot]]) -> tuple[dict[_Slot, int], int]:
    """The upper edge of each slot; layers are centred on each other."""
    y_of: dict[_Slot, int] = {}
    ends = []
    for layer in layers:
        y = 0
        for slot in layer:
            y_of[slot] = y
            y += (BOX_HEIGHT if isinstance(slot, str) else PASSING_HEIGHT) + GAP_Y
        ends.append(max(0, y - GAP_Y))
    height = max(ends, default=0)
    for layer, end in zip(layers, ends, strict=True):
        for slot in layer:
            y_of[slot] += (height - end) // 2
    return y_of, height


def _path(route: Sequence[_Slot], places: Mapping[str, Place], y_of: Mapping[_Slot, int]) -> str:
    start, end = places[str(route[0])], places[str(route[-1])]
    x, y = start.x + BOX_WIDTH, start.y + BOX_HEIGHT // 2
    words = [f"M{x} {y}"]
    for slot in route[1:-1]:
        to_y = y_of[slot] + PASSING_HEIGHT // 2
        words.append(_curve(x, y, x + GAP_X, to_y) + f"h{BOX_WIDTH}")
        x, y = x + GAP_X + BOX_WIDTH, to_y
    words.append(_curve(x, y, end.x, end.y + BOX_HEIGHT // 2))
    return "".join(words)


def _curve(x: int, y: int, to_x: int, to_y: int) -> str:
    bend = GAP_X // 2
    return f"C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}"

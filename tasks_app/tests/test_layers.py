"""A drawing of dependencies: what is waited for stands to the left, and boxes never overlap."""

import random
from itertools import pairwise

import pytest

from tasks_app.layers import BOX_HEIGHT, BOX_WIDTH, Layout, lay_out


def boxes_overlap(layout: Layout) -> bool:
    places = sorted(layout.places.values(), key=lambda place: (place.x, place.y))
    return any(one.x == other.x and other.y < one.y + BOX_HEIGHT for one, other in pairwise(places))


def test_what_waits_stands_to_the_right_of_all_it_waits_for() -> None:
    waits = {"build": [], "test": ["build"], "ship": ["test", "build"], "docs": ["build"]}
    layout = lay_out(waits)
    x = {one: place.x for one, place in layout.places.items()}
    assert x["build"] < x["test"] == x["docs"] < x["ship"]
    drawn = {(line.before, line.after) for line in layout.lines}
    assert drawn == {("build", "test"), ("test", "ship"), ("build", "ship"), ("build", "docs")}


@pytest.mark.parametrize("seed", range(5))
def test_sixty_tasks_are_drawn_apart_and_inside_the_drawing(seed: int) -> None:
    chance = random.Random(seed)
    waits = {f"t{n}": [f"t{chance.randrange(n)}" for _ in range(n and 2)] for n in range(60)}
    layout = lay_out(waits)
    assert not boxes_overlap(layout)
    for one, before in waits.items():
        assert all(layout.places[other].x < layout.places[one].x for other in before)
    assert max(place.x for place in layout.places.values()) + BOX_WIDTH == layout.width
    assert max(place.y for place in layout.places.values()) + BOX_HEIGHT <= layout.height
    assert all(place.y >= 0 for place in layout.places.values())


def test_a_circle_in_files_made_by_hand_is_drawn_all_the_same() -> None:
    layout = lay_out({"a": ["b"], "b": ["a"], "c": ["a", "gone"]})
    assert set(layout.places) == {"a", "b", "c"}
    assert len(layout.lines) == 3


def test_nothing_is_a_drawing_too() -> None:
    assert lay_out({}).places == {}

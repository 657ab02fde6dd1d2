"""Ids: ours sort by time, foreign ones are checked before they could become a path."""

import re

import pytest

from conftest import Clock
from core.errors import BadInput
from core.ids import check_id, is_valid_id, new_id


def test_an_id_is_its_prefix_and_a_lower_case_ulid() -> None:
    assert re.fullmatch(r"tsk_[0-9a-hjkmnp-tv-z]{26}", new_id("tsk"))


def test_ids_sort_in_the_order_they_were_made_even_within_a_millisecond(clock: Clock) -> None:
    made = [new_id("evt") for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == 1000


def test_ids_still_sort_when_the_clock_steps_back(clock: Clock) -> None:
    first = new_id("ses")
    clock.forward(s=-3600)
    assert new_id("ses") > first


def test_an_id_tells_its_time(clock: Clock) -> None:
    clock.forward(s=10**6)
    digits = "0123456789abcdefghjkmnpqrstvwxyz"
    value = 0
    for letter in new_id("prj").removeprefix("prj_")[:10]:
        value = value * 32 + digits.index(letter)
    assert value == clock.now_ms


@pytest.mark.parametrize("word", ["ses_1", "sess_abc", "A", "0", "a-b_C", "x" * 64])
def test_ids_of_other_tools_are_taken(word: str) -> None:
    assert check_id(word) == word


@pytest.mark.parametrize(
    "word",
    ["", "_a", "-a", "x" * 65, "a/b", "../a", "a.json", "a b", "a\n", "é", "a\0", 5, None, ["a"]],
)
def test_anything_else_is_refused_and_named(word: object) -> None:
    assert not is_valid_id(word)
    with pytest.raises(BadInput) as refused:
        check_id(word, "taskId")
    assert list(refused.value.details) == ["taskId"]

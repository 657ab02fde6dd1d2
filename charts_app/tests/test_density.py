"""The density of many sessions: a lane each, a stroke a bucket."""

import re

from charts_app.density import DensityLane, draw_density

START = 1_800_000_000_000
MINUTE = 60_000


def lane(name: str, *moments: tuple[int, int]) -> DensityLane:
    placed = [(START + minutes * MINUTE, count) for minutes, count in moments]
    return DensityLane(name, name, "st-working", "is-working", placed, session_id=f"ses_{name}")


def strokes(markup: str) -> list[int]:
    return [int(height) for height in re.findall(r"v-(\d+)", markup)]


def test_strokes_are_as_high_as_their_bucket_is_full() -> None:
    one = lane("one", (1, 1), (30, 10), (59, 5))
    chart = draw_density([one], start_ms=START, now_ms=START + 60 * MINUTE, width=900)
    low, highest, middle = strokes(chart.svg)
    assert low < middle < highest == 26
    assert chart.lanes[0].sub == "16 events"
    assert "one: 16 events, at most 10 in one stroke" in chart.svg


def test_what_stands_in_one_bucket_is_one_stroke() -> None:
    one = DensityLane("one", "one", "st-idle", "quiet", [(START + n, 1) for n in range(500)])
    chart = draw_density([one], start_ms=START, now_ms=START + 60 * MINUTE, width=900)
    assert strokes(chart.svg) == [26]
    assert chart.shapes == 1


def test_a_name_is_never_markup() -> None:
    hostile = DensityLane("x", "<script>", "st-idle", "quiet", [(START, 1)])
    chart = draw_density([hostile], start_ms=START, now_ms=START + MINUTE, width=900)
    assert "<script>" not in chart.svg

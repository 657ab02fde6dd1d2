"""What a session page's URL asks for: read, written back, and nonsense taken as the default."""

import pytest

from sessions_app.asked import Asked, PlotAsked


def test_the_plain_url_asks_for_the_timeline() -> None:
    assert Asked.read({}) == Asked()
    assert Asked().query() == "?"


def test_what_was_asked_is_written_back() -> None:
    asked = Asked(view="chart", only="errors", task="tsk_1", event="evt_1", since="evt_0")
    query = dict(pair.split("=") for pair in asked.query().removeprefix("?").split("&"))
    assert Asked.read(query) == asked


def test_a_zoom_and_a_fold_are_written_back() -> None:
    asked = Asked.read({"view": "chart", "from": "1000", "to": "9000", "fold": "1"})
    assert asked.query() == "?view=chart&from=1000&to=9000&fold=1"
    assert asked.but(plot=PlotAsked()) == "?view=chart"


@pytest.mark.parametrize(
    "query", [{"view": "x"}, {"only": "X!"}, {"from": "9", "to": "3"}, {"w": "wide"}]
)
def test_nonsense_means_the_default(query: dict[str, str]) -> None:
    assert Asked.read(query) == Asked()


def test_a_width_stays_within_what_can_be_drawn() -> None:
    assert Asked.read({"w": "999999"}).plot.width == 6000
    assert Asked.read({"w": "1"}).plot.width == 320

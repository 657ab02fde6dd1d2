"""What a session page's URL asks for: read, written back, and nonsense taken as the default."""

import pytest

from sessions_app.asked import Asked


def test_the_plain_url_asks_for_the_timeline() -> None:
    assert Asked.read({}) == Asked()
    assert Asked().query() == "?"


def test_what_was_asked_is_written_back() -> None:
    asked = Asked(view="chart", only="errors", task="tsk_1", event="evt_1", since=5)
    query = dict(pair.split("=") for pair in asked.query().removeprefix("?").split("&"))
    assert Asked.read(query) == asked


@pytest.mark.parametrize("query", [{"view": "x"}, {"only": "x"}, {"since": "-1"}, {"w": "wide"}])
def test_nonsense_means_the_default(query: dict[str, str]) -> None:
    assert Asked.read(query) == Asked()


def test_a_width_stays_within_what_can_be_drawn() -> None:
    assert Asked.read({"w": "999999"}).width == 6000
    assert Asked.read({"w": "1"}).width == 320

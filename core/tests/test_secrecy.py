"""Which names look secret."""

import pytest

from core.secrecy import MASK, divide, is_secret, mask


@pytest.mark.parametrize(
    "name",
    ["API_KEY", "github_token", "MAESTRO_TOKEN", "SECRET", "MY_SECRET_THING", "DB_PASSWORD_2"],
)
def test_secret_names(name: str) -> None:
    assert is_secret(name)
    assert mask(name, "value") == MASK


@pytest.mark.parametrize("name", ["PATH", "KEYBOARD", "TOKENS", "MAESTRO_SESSION_ID", "MONKEY"])
def test_other_names_are_shown(name: str) -> None:
    assert mask(name, "value") == "value"


def test_an_environment_is_divided_into_what_may_be_stored_and_what_may_not() -> None:
    assert divide({"A": "1", "A_KEY": "2"}) == ({"A": "1"}, {"A_KEY": "2"})

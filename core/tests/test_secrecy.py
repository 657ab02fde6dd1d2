"""Which names look secret."""

import pytest

from core.secrecy import MASK, divide, is_secret, mask, without_secrets


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


@pytest.mark.parametrize(
    "said",
    [
        "API_KEY={} make",
        'export FOO_TOKEN="{}"',
        "mysql --password {} -v",
        '{{"token": "{}", "b": 1}}',
        "https://here/?a=1&access_token={}&b=2",
        "--header X-Api-Key:{}",
        "note: secret: {}",
        "Authorization: Bearer {}",
        "Authorization: Basic {}",
        "git clone https://me:{}@example.org/x.git",
        "curl -u me:{} https://here/",
        "curl --user 'me:{}' https://here/",
    ],
)
def test_a_secret_in_words_is_masked_and_the_rest_stays(said: str) -> None:
    assert without_secrets(said.format("hunter2hunter2")) == said.format(MASK)


@pytest.mark.parametrize("part", ["-", "a-", "_key", "key=", "--a ", 'a"', " ", "token "])
def test_however_long_the_words_are_they_are_looked_at_once(part: str) -> None:
    """Where a word is looked at from each of its signs on, this takes hours."""
    assert without_secrets(part * 300_000)

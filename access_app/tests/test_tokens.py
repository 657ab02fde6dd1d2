"""Tokens of programs: made, shown once, used, refused; by the command and in the admin."""

import json
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from access_app import services
from access_app.models import Token
from access_app.rules import Level
from conftest import Api, Clock
from core.errors import BadInput
from tests.admin_pages import AdminPages
from tests.records import make_project

pytestmark = pytest.mark.usefixtures("records")
SECRET = re.compile(r"mst_[0-9a-f]{12}_[\w-]{43}")


def run(*words: str) -> str:
    said = StringIO()
    call_command("tokens", *words, stdout=said, stderr=StringIO())
    return said.getvalue()


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def test_only_a_hash_of_the_secret_is_kept() -> None:
    made = services.create_token(name="ci")
    assert SECRET.fullmatch(made.secret)
    kept = str(list(Token.objects.values()))
    assert made.secret.rpartition("_")[2] not in kept
    assert made.token.secret_hash in kept


def test_no_two_secrets_are_alike() -> None:
    assert len({services.create_token(name="ci").secret for _ in range(20)}) == 20


@pytest.mark.parametrize(
    "wrong",
    [{"name": " "}, {"name": "x" * 101}, {"days": 0}, {"days": 4000}, {"level": Level.NOBODY}],
)
def test_a_token_says_what_it_is_for_and_ends(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        services.create_token(**{"name": "ci", **wrong})
    assert set(refused.value.details) == set(wrong)


def test_use_is_noted_once_a_minute(api: Api, clock: Clock) -> None:
    made = services.create_token(name="ci")
    seen = []
    for wait_s in (0, 30, 31):
        clock.forward(s=wait_s)
        api.get("/projects", headers=bearer(made.secret))
        seen.append(Token.objects.get().last_used_at)
    assert seen == [seen[0], seen[0], clock.now_ms]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER  "])
def test_the_scheme_is_read_as_http_says(api: Api, scheme: str) -> None:
    made = services.create_token(name="ci")
    headers = {"authorization": f"{scheme} {made.secret}"}
    assert api.get("/projects", headers=headers).status == 200
    assert api.post("/projects", {}, headers=headers).code == "forbidden"


def test_what_is_wrong_with_a_token_is_told_to_its_holder_alone(api: Api, clock: Clock) -> None:
    made = services.create_token(name="ci", days=1)
    forged = f"{made.secret[:-4]}AAAA"
    services.revoke_token(made.token.pk)
    said = api.get("/projects", headers=bearer(made.secret)).body["message"]
    assert f"({made.token.pk}) was revoked" in said
    assert "not valid here" in api.get("/projects", headers=bearer(forged)).body["message"]
    late = services.create_token(name="ci", days=1)
    clock.forward(s=24 * 3600)
    assert (
        "expired on 2027-01-16" in api.get("/projects", headers=bearer(late.secret)).body["message"]
    )


def test_who_tries_tokens_is_slowed_down_and_good_ones_still_count(api: Api) -> None:
    made = services.create_token(name="ci")
    forged = f"{made.secret[:-4]}AAAA"
    answers = [api.get("/projects", headers=bearer(forged)) for _ in range(6)]
    assert [answer.status for answer in answers] == [401] * 5 + [429]
    assert answers[-1].code == "too_many_requests"
    assert answers[-1].headers["Retry-After"] == str(answers[-1].body["details"]["retryAfter"])
    assert api.get("/projects", headers=bearer(made.secret)).status == 200


def test_repeated_requests_of_two_tokens_are_two_requests(api: Api) -> None:
    tokens = [services.create_token(name="ci", level=Level.OPERATOR).secret for _ in range(2)]
    body = {"name": "One", "workingDir": "/srv"}
    ids = {
        api.post("/projects", body, headers={**bearer(token), "idempotency-key": "mine"}).body["id"]
        for token in tokens
    }
    assert len(ids) == 2


# The command


def test_the_command_makes_lists_and_revokes(api: Api) -> None:
    project = make_project()
    secret = run(
        "create", "nightly", "--level", "operator", "--project", project.pk, "--days", "7"
    ).strip()
    assert SECRET.fullmatch(secret)
    (listed,) = json.loads(run("list", "--json"))
    assert listed["id"] == secret.split("_")[1]
    assert (listed["name"], listed["level"], listed["state"]) == ("nightly", "operator", "active")
    assert listed["projectId"] == project.pk
    assert listed["expiresAt"] - listed["createdAt"] == 7 * 24 * 3600 * 1000
    assert "nightly" in run("list")
    assert secret not in run("list") + run("list", "--json")
    assert json.loads(run("revoke", listed["id"], "--json"))["state"] == "revoked"
    assert api.get("/projects", headers=bearer(secret)).status == 401
    assert "revoked" in run("list")


def test_the_command_gives_the_secret_with_json() -> None:
    made = json.loads(run("create", "ci", "--json"))
    assert SECRET.fullmatch(made["secret"])
    assert "secret_hash" not in made


@pytest.mark.parametrize(
    "words",
    [
        ("create", ""),
        ("create", "ci", "--days", "0"),
        ("create", "ci", "--project", "prj_none"),
        ("revoke", "none"),
    ],
)
def test_the_command_says_what_is_wrong(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=r"\(validation_error\)|\(not_found\)"):
        run(*words)
    assert run("list") == "No tokens.\n"


# The admin


def test_the_admin_shows_a_secret_once_and_the_hash_never(
    admin_pages: AdminPages, api: Api
) -> None:
    made = admin_pages._client.post(
        "/admin/access_app/token/add/", {"name": "ci", "level": "2", "project_id": "", "days": "9"}
    )
    page = made.content.decode()
    (secret,) = SECRET.findall(page)
    assert "no-store" in made.headers["Cache-Control"]
    assert (
        api.post("/projects", {"name": "1", "workingDir": "/srv"}, headers=bearer(secret)).status
        == 201
    )
    token = Token.objects.get()
    pages = [admin_pages.get(f"access_app/token/{path}") for path in ("", f"{token.pk}/change/")]
    for shown in (page, *(one.content.decode() for one in pages)):
        assert token.secret_hash not in shown
    assert secret not in "".join(one.content.decode() for one in pages)
    assert pages[1].status_code == 200


def test_the_admin_revokes_and_changes_nothing_else(admin_pages: AdminPages, api: Api) -> None:
    made = services.create_token(name="ci")
    path = f"access_app/token/{made.token.pk}/"
    assert admin_pages._client.post(f"/admin/{path}change/", {"level": "3"}).status_code == 403
    assert admin_pages._client.post(f"/admin/{path}delete/", {"post": "yes"}).status_code == 403
    admin_pages.act("access_app/token/", "revoke_selected", made.token.pk)
    assert api.get("/projects", headers=bearer(made.secret)).status == 401


def test_the_admin_says_what_is_wrong(admin_pages: AdminPages) -> None:
    page = admin_pages._client.post("/admin/access_app/token/add/", {"name": "", "days": "0"})
    assert page.status_code == 200
    assert set(page.context["adminform"].form.errors) == {"name", "level", "days"}
    assert not Token.objects.exists()

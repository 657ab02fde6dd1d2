"""Logging in and out, where it leads, how often one may fail, and the first admin's link."""

from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session as Login
from django.test import Client
from pytest_django import Settings

from access_app import first_admin
from conftest import HOST, Clock

pytestmark = pytest.mark.usefixtures("records")
PASSWORD = "four words of nonsense"


@pytest.fixture(autouse=True)
def people(records: None, settings: Settings) -> Iterator[None]:
    settings.MAESTRO_AUTH = "required"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for name in ("viewer", "operator", "admin"):
        user = User.objects.create_user(name, password=PASSWORD)
        user.groups.add(Group.objects.get(name=name))
    yield
    first_admin.withdraw()
    Login.objects.all().delete()
    User.objects.all().delete()


class Browser:
    """Asks for pages, and sends their forms with the token that stands in them."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.client = Client(
            headers={"host": HOST, "accept": "text/html"},
            REMOTE_ADDR=address,
            enforce_csrf_checks=True,
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=headers)

    def send(self, path: str, **values: str) -> Any:
        token = str(self.get("/login/").context["csrf_token"])
        return self.client.post(path, {**values, "csrfmiddlewaretoken": token})

    def log_in(self, name: str, password: str = PASSWORD, **more: str) -> Any:
        return self.send("/login/", username=name, password=password, **more)


@pytest.fixture
def browser() -> Browser:
    return Browser()


def test_a_page_leads_to_the_door_and_the_door_back_to_the_page(browser: Browser) -> None:
    refused = browser.get("/projects/?new")
    assert refused.headers["Location"] == "/login/?next=%2Fprojects%2F%3Fnew"
    door = browser.get(refused.headers["Location"])
    assert 'name="next" value="/projects/?new"' in door.content.decode()
    entered = browser.log_in("viewer", next="/projects/?new")
    assert (entered.status_code, entered.headers["Location"]) == (303, "/projects/?new")
    assert browser.get("/projects/").status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""],
)
def test_the_door_leads_to_no_other_site(browser: Browser, elsewhere: str) -> None:
    assert browser.log_in("viewer", next=elsewhere).headers["Location"] == "/"


def test_a_part_of_a_page_sends_the_whole_page_to_the_door(browser: Browser) -> None:
    shown = {"HX-Request": "true", "HX-Current-URL": f"http://{HOST}/sessions/ses_1/?view=chart"}
    answer = browser.get("/sessions/ses_1/", **shown)
    assert answer.headers["HX-Redirect"] == "/login/?next=%2Fsessions%2Fses_1%2F%3Fview%3Dchart"


def test_nothing_of_anybodys_work_stands_before_the_door(browser: Browser) -> None:
    for path in ("/login/", "/welcome/x/", "/nothing-here"):
        page = browser.get(path).content.decode()
        assert "Stop all" not in page
        assert "data-show" not in page


def test_a_wrong_password_says_so_and_no_more(browser: Browser) -> None:
    known, unknown = browser.log_in("viewer", "wrong"), browser.log_in("nobody", "wrong")
    for answer, name in ((known, "viewer"), (unknown, "nobody")):
        assert answer.status_code == 422
        assert "do not go together" in answer.content.decode()
        assert f'value="{name}"' in answer.content.decode()
        assert "wrong" not in answer.content.decode()
    assert browser.get("/").status_code == 302


def test_the_door_takes_no_form_of_another_site() -> None:
    stranger = Client(headers={"host": HOST}, enforce_csrf_checks=True)
    sent = {"username": "viewer", "password": PASSWORD}
    assert stranger.post("/login/", sent).status_code == 403
    assert stranger.post("/logout").status_code == 403


def test_after_five_failures_a_name_waits_and_nobody_else_does(
    browser: Browser, clock: Clock
) -> None:
    for _ in range(5):
        assert browser.log_in("viewer", "wrong").status_code == 422
    clock.forward(s=60)
    late = browser.log_in("viewer")
    assert (late.status_code, late.headers["Retry-After"]) == (429, "240")
    assert "Try again in 240 s" in late.content.decode()
    assert browser.log_in(" VIEWER ").status_code == 429
    assert browser.log_in("operator").status_code == 303
    assert Browser("192.168.1.7").log_in("viewer").status_code == 303
    clock.forward(s=240)
    assert browser.log_in("viewer").status_code == 303


def test_getting_in_forgives_the_failures_before(browser: Browser) -> None:
    for _ in range(2):
        for _ in range(4):
            browser.log_in("viewer", "wrong")
        assert browser.log_in("viewer").status_code == 303


def test_behind_the_proxy_addresses_are_told_apart(settings: Settings) -> None:
    settings.MAESTRO_PUBLIC_URL = "https://maestro.example"
    for address, expected in (("10.0.0.1", 429), ("10.0.0.2", 422)):
        browser = Browser()
        browser.client.defaults["HTTP_X_FORWARDED_FOR"] = f"1.2.3.4, {address}"
        for _ in range(5 if address == "10.0.0.1" else 1):
            browser.log_in("viewer", "wrong")
        assert browser.log_in("viewer", "wrong").status_code == expected


def test_a_login_is_a_cookie_that_no_script_and_no_other_site_gets(
    browser: Browser, settings: Settings
) -> None:
    cookies = SimpleCookie(browser.log_in("viewer").cookies)
    assert set(cookies) == {"maestro_login", "maestro_csrf"}
    for cookie in cookies.values():
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
        assert not cookie["secure"]


def test_logging_out_ends_it_here_and_nowhere_else(browser: Browser) -> None:
    other = Browser()
    browser.log_in("viewer"), other.log_in("viewer")
    assert browser.send("/logout").headers["Location"] == "/login/"
    assert browser.get("/").status_code == 302
    assert other.get("/").status_code == 200
    assert other.get("/logout").status_code == 405


def test_the_page_says_who_is_here_and_offers_what_they_may(browser: Browser) -> None:
    for name in ("viewer", "operator", "admin"):
        browser.log_in(name)
        page = browser.get("/").content.decode()
        assert f'data-level="{name}"' in page
        assert f"Log out {name}" in page
        browser.send("/logout")


def test_without_logins_nobody_is_told_who_they_are(browser: Browser, settings: Settings) -> None:
    settings.MAESTRO_AUTH = "none"
    page = browser.get("/").content.decode()
    assert "data-level" not in page
    assert "Log out" not in page


def test_a_refusal_is_a_page_that_says_what_it_takes(browser: Browser) -> None:
    browser.log_in("viewer")
    refused = browser.send("/stop-all")
    assert refused.status_code == 403
    assert "This takes the level operator; yours is viewer." in refused.content.decode()


def test_an_account_without_a_level_is_told_so_and_sees_nothing(browser: Browser) -> None:
    User.objects.create_user("newcomer", password=PASSWORD)
    browser.log_in("newcomer")
    page = browser.get("/")
    assert page.status_code == 403
    assert "Ask an admin to put you into a group" in page.content.decode()
    assert "Log out newcomer" in page.content.decode()
    assert "data-show" not in page.content.decode()


def test_the_admin_has_the_same_door(browser: Browser) -> None:
    answer = browser.get("/admin/")
    assert answer.headers["Location"] == "/login/?next=%2Fadmin%2F"
    browser.log_in("admin")
    assert browser.get("/admin/auth/user/").status_code == 200


def test_without_logins_the_admin_still_has_a_door(browser: Browser, settings: Settings) -> None:
    settings.MAESTRO_AUTH = "none"
    for name, status in (("operator", 302), ("admin", 200)):
        browser.log_in(name)
        assert browser.get("/admin/").status_code == status
    door = Browser().client.get("/admin/", follow=True)
    assert door.redirect_chain[-1][0] == "/login/?next=%2Fadmin%2F"


def test_a_login_makes_changes_by_json_and_a_form_needs_its_csrf_token(browser: Browser) -> None:
    browser.log_in("operator")
    body = '{"name": "One", "workingDir": "/srv"}'
    made = browser.client.post("/api/projects", body, content_type="application/json")
    assert made.status_code == 201
    foreign = {"origin": "http://evil.example"}
    refused = browser.client.post(
        "/api/projects", body, content_type="application/json", headers=foreign
    )
    assert refused.json()["code"] == "forbidden_origin"
    plain = browser.client.post("/api/projects", body, content_type="text/plain")
    assert plain.json()["code"] == "unsupported_media_type"
    assert browser.client.post("/stop-all").status_code == 403


# The first admin


def test_the_link_makes_the_first_admin_once(browser: Browser) -> None:
    User.objects.all().delete()
    link = f"/welcome/{first_admin.offer()}/"
    assert "Make the first admin" in browser.get(link).content.decode()
    assert User.objects.count() == 0
    entered = browser.send(link, username="ada", password1=PASSWORD, password2=PASSWORD)
    assert (entered.status_code, entered.headers["Location"]) == (303, "/")
    assert browser.get("/admin/").status_code == 200
    assert User.objects.get().is_superuser
    again = Browser().get(link)
    assert again.status_code == 404
    assert "used already" in again.content.decode()


@pytest.mark.parametrize(
    ("password1", "password2"), [("short", "short"), ("password1", "password1"), (PASSWORD, "x")]
)
def test_a_weak_or_mistyped_password_makes_no_admin(
    browser: Browser, password1: str, password2: str
) -> None:
    User.objects.all().delete()
    link = f"/welcome/{first_admin.offer()}/"
    refused = browser.send(link, username="ada", password1=password1, password2=password2)
    assert refused.status_code == 422
    assert "field__error" in refused.content.decode()
    assert not User.objects.exists()


def test_the_link_dies_after_an_hour_and_when_a_newer_one_is_made(
    browser: Browser, clock: Clock
) -> None:
    old, new = (f"/welcome/{first_admin.offer()}/" for _ in range(2))
    assert browser.get(old).status_code == 404
    assert browser.get(new).status_code == 200
    clock.forward(s=3600)
    assert browser.get(new).status_code == 404


def test_the_link_makes_no_second_admin(browser: Browser) -> None:
    link = f"/welcome/{first_admin.offer()}/"
    refused = browser.send(link, username="eve", password1=PASSWORD, password2=PASSWORD)
    assert refused.status_code == 409
    assert not User.objects.filter(username="eve").exists()

"""What is around every page, palette and keys; and the pages Activity and Settings, live."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.server import RunningServer, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def session_id(server: RunningServer) -> str:
    body = {"name": "Shop", "workingDir": str(server.data_dir)}
    project_id = server.post("/api/projects", body).body["id"]
    server.post("/api/tasks", {"projectId": project_id, "title": "Rotate tokens"})
    made = server.post("/api/sessions", {"projectId": project_id, "name": "Login worker"})
    return str(made.body["id"])


def say(server: RunningServer, session_id: str, message: str, kind: str = "progress") -> None:
    body = {"type": kind, "message": message}
    answer = server.post(f"/api/sessions/{session_id}/timeline", body)
    assert answer.status == 201, answer


def focused_row(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('[data-row]')?.id ?? ''"))


def test_the_palette_finds_and_runs_by_keys_alone(
    server: RunningServer, session_id: str, open_page: OpenPage
) -> None:
    say(server, session_id, "Fixture database is locked", "error")
    page = open_page("/")
    wait_until(lambda: _finds_event(page), 10, lambda: "no event was found")
    palette, field = page.locator("#palette"), page.locator("#palette-q")

    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    expect(palette).to_contain_text("Login worker")
    page.keyboard.type("rotate")
    expect(palette.locator("mark")).to_have_text("Rotate")
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()

    page.keyboard.press("Control+k")
    page.keyboard.type("dark the")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    page.keyboard.press("/")
    page.keyboard.type("locked")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/sessions/{session_id}/\?event="))


def _finds_event(page: Page) -> bool:
    return "locked" in page.request.get("/search/palette?q=locked").text().partition("Events")[2]


def test_the_keys_move_open_and_say_what_they_are(
    server: RunningServer, session_id: str, open_page: OpenPage
) -> None:
    say(server, session_id, "Half done")
    page = open_page("/activity/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("j")
    assert focused_row(page) == ""
    page.keyboard.press("Escape")

    for _ in range(2):
        page.keyboard.press("j")
    second = focused_row(page)
    page.keyboard.press("k")
    assert focused_row(page) != second != ""
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/sessions/{session_id}/"))

    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page).to_have_url(re.compile("/settings/"))
    page.locator("#t-name").press_sequentially("gp?")
    expect(page.locator("#t-name")).to_have_value("gp?")
    expect(page.locator("#keys")).to_be_hidden()


def test_activity_grows_while_it_is_watched_and_waits_for_who_reads_on(
    server: RunningServer, session_id: str, open_page: OpenPage
) -> None:
    for number in range(60):
        say(server, session_id, f"Step {number}")
    page = open_page("/activity/")
    rows = page.locator("#activity [data-row]")
    say(server, session_id, "Seen at once")
    expect(rows.first).to_contain_text("Seen at once")
    expect(page.locator("#lane-" + session_id)).to_contain_text("62 events")

    page.mouse.move(700, 500)
    page.mouse.wheel(0, 1200)
    expect(page.locator("#activity")).to_have_attribute("data-held", "")
    say(server, session_id, "Waits at the edge")
    expect(page.locator("[data-new-count]")).to_have_text("1 new")
    expect(rows.first).to_contain_text("Seen at once")
    page.locator("[data-new-pill] button").click()
    expect(rows.first).to_contain_text("Waits at the edge")

    page.locator("#f-type").select_option("error")
    expect(page).to_have_url(re.compile("type=error"))
    expect(page.locator("#activity")).to_contain_text("No entries match.")
    say(server, session_id, "It broke", "error")
    expect(rows).to_have_count(1)


def test_settings_make_a_token_and_ask_before_they_notify(
    server: RunningServer, session_id: str, open_page: OpenPage
) -> None:
    page = open_page("/settings/")
    page.evaluate(
        """() => {
            window.asked = 0;
            Notification.requestPermission = async () => { asked += 1; return "denied"; };
        }"""
    )
    page.locator("#t-name").fill("nightly")
    page.locator("#make-token").click()
    secret = page.locator("#secret").inner_text()
    answer = page.request.get("/api/projects", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status == 200
    assert [one["name"] for one in json.loads(answer.text())] == ["Shop"]
    assert page.evaluate("asked") == 0
    page.locator("#notify-setting").click()
    assert page.evaluate("asked") == 1


def test_a_question_notifies_those_who_asked_for_it(
    server: RunningServer, session_id: str, open_page: OpenPage
) -> None:
    page = open_page("/projects/")
    page.evaluate(
        """() => {
            window.told = [];
            window.Notification = class extends EventTarget {
                static permission = "granted";
                constructor(title, options) { super(); told.push([title, options.body]); }
            };
            localStorage.setItem("maestro_notify", "on");
            document.hasFocus = () => false;
        }"""
    )
    say(server, session_id, "Half done")
    say(server, session_id, "Keep the column?", "needs_input")
    wait_until(lambda: bool(page.evaluate("told.length")), 10, server.log)
    assert page.evaluate("told") == [["Login worker: Waiting for you", "Keep the column?"]]
    expect(page).to_have_title(re.compile(r"^\(1\) "))


def test_the_demo_runs_from_the_first_page(open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_role("button", name="Run the demo").click()
    expect(page).to_have_url(re.compile("/tree/"))
    expect(page.locator("#tree")).to_contain_text("Orchestrator")

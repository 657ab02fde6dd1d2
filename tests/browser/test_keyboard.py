"""The main job without a mouse: from Now to a session that was spawned, read, stopped and found."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.server import RunningServer

pytestmark = pytest.mark.browser
WITHIN_STOPS = 80
QUESTION = {"message": "Which colour?", "metadata": {"options": ["Blue", "Green"]}}


def tab_to(page: Page, wanted: Locator, *, key: str = "Tab") -> None:
    """Press Tab until this has the focus, which has to be seen there."""
    expect(wanted).to_be_visible()
    for _ in range(WITHIN_STOPS):
        page.keyboard.press(key)
        if wanted.evaluate("one => one === document.activeElement"):
            assert wanted.evaluate("one => one.matches(':focus-visible')")
            return
    raise AssertionError(f"{WITHIN_STOPS} times {key} do not lead to {wanted}")


def open_by_key(page: Page, wanted: Locator, *, key: str = "Tab") -> None:
    tab_to(page, wanted, key=key)
    page.keyboard.press("Enter")


def test_the_main_job_is_done_without_a_mouse(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    project = server.post("/api/projects", {"name": "Trial", "workingDir": str(work_dir)}).body
    for title in ("Dig", "Pave"):
        task = {"projectId": project["id"], "title": title, "initialPrompt": "sleep 60"}
        server.post("/api/tasks", task)
    digger = {"projectId": project["id"], "name": "Digger", "status": "working"}
    waiting = server.post("/api/sessions", digger).body["id"]
    server.post(f"/api/sessions/{waiting}/timeline", {"type": "needs_input", **QUESTION})
    page = open_page("/")
    page.evaluate("addEventListener('pointerdown', () => { throw new Error('a mouse') })")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    tab_to(page, page.locator("#cues").get_by_role("link", name="Digger"))
    page.keyboard.press("2")
    expect(page.locator("#toasts")).to_contain_text("Answer sent to Digger")
    assert "Green" in str(server.session(waiting)["timeline"][-1])

    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page).to_have_url(re.compile("/projects/$"))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    session_id = spawn_over(page, "Dig")

    open_by_key(page, page.locator("#type-filter summary"))
    open_by_key(page, page.locator("#type-filter nav a", has_text="Manifest written"))
    expect(page).to_have_url(re.compile("only=manifest_written"))
    expect(page.locator("#timeline .ev")).to_have_count(1)
    open_by_key(page, page.locator("#timeline .ev__time"))
    expect(page).to_have_url(re.compile("event="))
    expect(page.locator("#timeline .ev.is-selected")).to_have_count(1)

    open_by_key(page, page.get_by_role("link", name="Stop…"), key="Shift+Tab")
    dialog = page.get_by_role("dialog", name="Stop By hand?")
    open_by_key(page, dialog.get_by_role("button", name="Stop 1 session"))
    expect(page.locator("#session-status")).to_have_attribute("data-status", "stopped")
    server.wait_for_end(session_id)

    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-q")).to_be_focused()
    page.keyboard.type("Pave")
    expect(page.locator("#palette-results [aria-selected=true]")).to_contain_text("Pave")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Pave", level=1)).to_be_visible()


def spawn_over(page: Page, title: str) -> str:
    """Select a task on its project's page, spawn through the dialog; the session's id."""
    tab_to(page, page.get_by_role("checkbox", name=f"Select {title}"))
    page.keyboard.press("Space")
    spawn = page.locator("#selection").get_by_role("button", name="Spawn session")
    open_by_key(page, spawn)
    expect(page.locator("#spawn-submit")).to_be_focused()
    tab_to(page, page.locator("#spawn").get_by_label("Name"), key="Shift+Tab")
    page.keyboard.type("By hand")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/sessions/ses_\w+/"))
    return re.findall(r"ses_\w+", page.url)[0]

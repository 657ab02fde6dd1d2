"""Logging in, what a viewer is offered while the page lives, and being logged out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.server import RunningServer

pytestmark = pytest.mark.browser
PASSWORD = "four words of nonsense"
PEOPLE = f"""
from django.contrib.auth.models import Group, User
for name in ("viewer", "operator"):
    User.objects.create_user(name, password="{PASSWORD}").groups.add(Group.objects.get(name=name))
"""


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path / "data", MAESTRO_AUTH="required").start()
    assert running.manage("shell", "-c", PEOPLE).returncode == 0
    yield running
    running.stop()


@pytest.fixture
def page(browser: Browser, guarded: RunningServer) -> Iterator[Page]:
    context = browser.new_context(base_url=guarded.url)
    yield context.new_page()
    context.close()


def log_in(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")


def test_a_viewer_sees_what_happens_and_is_offered_nothing(
    page: Page, guarded: RunningServer
) -> None:
    token = guarded.manage("tokens", "create", "t", "--level", "operator").stdout.strip()
    by = {"Authorization": f"Bearer {token}"}
    project = guarded.post("/api/projects", {"name": "P", "workingDir": "/tmp"}, **by).body["id"]
    body = {"projectId": project, "name": "Digger", "status": "idle"}
    session = guarded.post("/api/sessions", body, **by).body["id"]
    page.goto(f"/sessions/{session}/")
    expect(page).to_have_url(f"{guarded.url}/login/?next=%2Fsessions%2F{session}%2F")
    log_in(page, "viewer")
    expect(page.locator("[data-connection][data-state=live]").first).to_be_attached()

    question = {
        "type": "needs_input",
        "message": "Which colour?",
        "metadata": {"options": ["Blue"]},
    }
    guarded.post(f"/api/sessions/{session}/timeline", question, **by)
    expect(page.locator(".ask__q")).to_have_text("Which colour?")
    for offered in ("Blue", "Send", "Stop…", "Pause spawning"):
        expect(page.get_by_role("button", name=offered, exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Admin")).to_have_count(0)

    page.get_by_role("button", name="Log out viewer").first.click()
    log_in(page, "operator")
    page.goto(f"/sessions/{session}/")
    page.get_by_role("button", name="Blue").click()
    expect(page.locator(".ask__q")).to_have_count(0)


def test_a_page_whose_login_is_over_leads_to_the_door_and_back(
    page: Page, guarded: RunningServer
) -> None:
    page.goto("/projects/")
    log_in(page, "viewer")
    expect(page.locator("[data-connection][data-state=live]").first).to_be_attached()
    page.context.clear_cookies()
    guarded.stop()
    guarded.start()
    expect(page).to_have_url(f"{guarded.url}/login/?next=%2Fprojects%2F", timeout=30_000)
    log_in(page, "viewer")
    expect(page).to_have_url(f"{guarded.url}/projects/")

"""The Django admin as an admin uses it, beside a file and a page of the dashboard that follow."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.server import RunningServer, wait_until

pytestmark = pytest.mark.browser
PASSWORD = "four words of nonsense"
ADMIN = f"""
from django.contrib.auth.models import User
User.objects.create_superuser("ada", password="{PASSWORD}")
"""


@pytest.fixture
def admin(server: RunningServer, open_page: OpenPage) -> Page:
    """A page in the admin, logged in."""
    assert server.manage("shell", "-c", ADMIN).returncode == 0
    page = open_page("/admin/")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    expect(page.get_by_role("heading", name="Site administration")).to_be_visible()
    return page


class Work:
    """A project with a queue session over two tasks, of which the first failed."""

    def __init__(self, server: RunningServer) -> None:
        body = {"name": "Bridge", "workingDir": "/tmp"}
        self.project = server.post("/api/projects", body).body["id"]
        self.tasks = [
            server.post("/api/tasks", {"projectId": self.project, "title": title}).body["id"]
            for title in ("Dig", "Pave")
        ]
        asked = {
            "projectId": self.project,
            "taskIds": self.tasks,
            "status": "idle",
            "strategy": "queue",
            "name": "Digger",
        }
        self.session = server.post("/api/sessions", asked).body["id"]
        queue = f"/api/sessions/{self.session}/queue"
        server.post(f"{queue}/next", {})
        assert server.post(f"{queue}/fail", {"reason": "It broke"}).status == 200


def file_says(server: RunningServer, path: str, key: str, value: Any) -> None:
    file: Path = server.data_dir / path
    wait_until(lambda: json.loads(file.read_text())[key] == value, 5, file.read_text)


def live(page: Page) -> Page:
    expect(page.locator("[data-connection][data-state=live]").first).to_be_attached()
    return page


def choose(admin: Page, path: str, row: str, action: str) -> None:
    """An action in a list, on the row that has these words."""
    admin.goto(path)
    admin.get_by_role("row", name=row).get_by_role("checkbox").check()
    admin.get_by_label("Action:").select_option(label=action)
    admin.get_by_role("button", name="Go").click()


def test_an_edit_reaches_the_file_and_an_open_page_and_a_rule_is_said_on_the_form(
    server: RunningServer, admin: Page, open_page: OpenPage
) -> None:
    work = Work(server)
    dig, pave = work.tasks
    shown = live(open_page(f"/tasks/{dig}/"))
    admin.goto(f"/admin/tasks_app/task/{dig}/change/")
    admin.get_by_label("Title:").fill("Dig the trench")
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator(".messagelist .success")).to_contain_text("Dig the trench")
    expect(shown.get_by_role("heading", name="Dig the trench")).to_be_visible()
    file_says(server, f"tasks/{dig}.json", "title", "Dig the trench")

    server.patch(f"/api/tasks/{pave}", {"dependencies": [dig]})
    admin.goto(f"/admin/tasks_app/task/{dig}/change/")
    admin.get_by_label("Dependencies:").fill(pave)
    admin.get_by_role("button", name="Save", exact=True).click()
    said = f"That would make a circle: {dig} waits for {pave} waits for {dig}."
    expect(admin.locator(".errorlist.nonfield")).to_have_text(said)
    assert server.get(f"/api/tasks/{dig}").body["dependencies"] == []


def test_a_requeue_and_a_stop_reach_the_files_and_an_open_page(
    server: RunningServer, admin: Page, open_page: OpenPage
) -> None:
    work = Work(server)
    shown = live(open_page(f"/sessions/{work.session}/?view=queue"))
    expect(shown.locator(f"#item-{work.tasks[0]}")).to_have_attribute("data-status", "failed")
    choose(admin, "/admin/queues_app/queueitem/", "failed", "Requeue selected items")
    expect(admin.locator(".messagelist .success")).to_have_text("Requeued 1 items.")
    expect(admin.get_by_role("row", name=work.tasks[0]).locator(".status")).to_have_text("queued")
    item = shown.locator(f"#item-{work.tasks[0]}")
    expect(item).to_have_attribute("data-status", "queued")
    wait_until(
        lambda: "failed" not in (server.data_dir / f"queues/que_{work.session}.json").read_text(), 5
    )

    choose(admin, "/admin/sessions_app/session/", "Digger", "Stop selected sessions")
    expect(admin.locator(".messagelist li")).to_have_text(f"Stopped {work.session}.")
    expect(shown.locator("#session-status")).to_have_attribute("data-status", "stopped")
    file_says(server, f"sessions/{work.session}.json", "status", "stopped")


def test_a_session_is_downloaded(server: RunningServer, admin: Page) -> None:
    work = Work(server)
    with admin.expect_download() as download:
        choose(admin, "/admin/sessions_app/session/", "Digger", "Export selected sessions as JSON")
    assert download.value.suggested_filename == f"{work.session}.json"
    found = json.loads(Path(download.value.path()).read_text())
    assert [event["type"] for event in found["timeline"]][-1] == "task_failed"


def test_a_token_is_shown_once_works_and_is_revoked(server: RunningServer, admin: Page) -> None:
    admin.goto("/admin/access_app/token/add/")
    admin.get_by_label("Name:").fill("nightly report")
    admin.get_by_role("button", name="Save", exact=True).click()
    secret = admin.get_by_label("Secret").input_value()
    by = {"Authorization": f"Bearer {secret}"}
    assert server.get("/api/projects", **by).status == 200

    choose(admin, "/admin/access_app/token/", "nightly report", "Revoke selected tokens")
    row = admin.get_by_role("row", name="nightly report")
    expect(row.locator(".status")).to_have_text("revoked")
    assert secret not in admin.content()
    refused = server.get("/api/projects", **by)
    assert (refused.status, refused.body["code"]) == (401, "unauthenticated")

"""A page whose server went away comes back by itself, and is right however long it was away."""

import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.server import RunningServer

pytestmark = pytest.mark.browser


def test_beyond_the_logs_reach_a_page_reads_its_content_anew_and_stays_itself(
    server: RunningServer, work_dir: Path, open_page: OpenPage
) -> None:
    made = [
        server.post("/api/projects", {"name": name, "workingDir": str(work_dir)}).body
        for name in ("Alpha", "Omega")
    ]
    page = open_page("/projects/")
    expect(page.locator("#connection, [data-connection]").first).to_have_attribute(
        "data-state", "live"
    )
    page.evaluate("window.sameDocument = true")
    for name in ("Beta", "Gamma", "Delta"):
        server.patch(f"/api/projects/{made[0]['id']}", {"name": name})
    expect(page.locator("#projects")).to_contain_text("Delta")

    server.stop()
    rename = (
        "from projects_app.services import update_project; "
        f"[update_project('{made[1]['id']}', name=name) for name in ('Psi', 'Chi', 'Rho')]"
    )
    assert server.manage("shell", "-c", rename).returncode == 0
    with sqlite3.connect(server.data_dir / "index.sqlite3") as database:
        database.execute(
            "DELETE FROM events_app_logentry WHERE seq < (SELECT max(seq) FROM events_app_logentry)"
        )
    server.start()

    expect(page.locator("#projects")).to_contain_text("Rho", timeout=10_000)
    server.patch(f"/api/projects/{made[0]['id']}", {"name": "Live again"})
    expect(page.locator("#projects")).to_contain_text("Live again")
    assert page.evaluate("window.sameDocument") is True


def test_a_page_comes_back_at_once_when_the_network_does(
    server: RunningServer, work_dir: Path, open_page: OpenPage
) -> None:
    """Its own waiting is put off for ever, so that only the network's return can bring it back."""
    page = open_page("/projects/")
    line = page.locator("[data-connection]").first
    expect(line).to_have_attribute("data-state", "live")
    page.evaluate("window.setTimeout = () => 0")
    server.stop()
    server.start()
    expect(line).not_to_have_attribute("data-state", "live")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(line).to_have_attribute("data-state", "live")
    server.post("/api/projects", {"name": "Seen again", "workingDir": str(work_dir)})
    expect(page.locator("#projects")).to_contain_text("Seen again")

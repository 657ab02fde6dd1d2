"""A queue in the page of its session, put in order on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.server import RunningServer

pytestmark = pytest.mark.browser


def test_on_a_phone_nothing_of_a_queue_is_cut_and_its_rows_are_moved_by_touch(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    session_id = spawn_queue(server, work_dir, ["Build", "Test", "Ship"])
    page = open_page(f"/sessions/{session_id}/?view=queue", width=380)
    rows = page.locator("#queue-items tr")
    expect(rows).to_have_count(3)
    table = page.locator("#queue .tablewrap")
    assert table.evaluate("one => one.scrollWidth - one.clientWidth") <= 0

    drag_by_touch(page, "Ship", above="Build")

    expect(rows.locator("td:nth-child(2)")).to_have_text(["Ship", "Build", "Test"])
    page.reload()
    expect(rows.locator("td:nth-child(2)")).to_have_text(["Ship", "Build", "Test"])


def spawn_queue(server: RunningServer, work_dir: Path, titles: list[str]) -> str:
    project = server.post("/api/projects", {"name": "P", "workingDir": str(work_dir)}).body["id"]
    tasks = [
        server.post("/api/tasks", {"projectId": project, "title": title}).body["id"]
        for title in titles
    ]
    body = {"projectId": project, "taskIds": tasks, "strategy": "queue", "spawnSource": "ui"}
    return str(server.post("/api/sessions/spawn", body).body["sessionId"])


def drag_by_touch(page: Page, title: str, *, above: str) -> None:
    start = page.locator(f'[data-grip][aria-label^="Move {title}:"]').bounding_box()
    end = page.locator("#queue-items tr", has_text=above).bounding_box()
    assert start
    assert end
    x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def touch(kind: str, *points: dict[str, float]) -> None:
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for step in range(1, 11):
        touch("touchMove", {"x": x, "y": y + (end["y"] + 4 - y) * step / 10})
    touch("touchEnd")

"""An orchestration watched from two browsers, and stopped from a third."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.server import RunningServer, wait_until

pytestmark = pytest.mark.browser

SEEN_WITHIN_MS = 5000
STARTED_WITHIN_MS = 20_000
WORKERS = ("Backend Worker", "Frontend Worker", "Test Worker")


def start_demo(server: RunningServer, *, speed: int) -> str:
    """Spawn the demo's orchestrator by the API, and return its session's id."""
    folder = server.data_dir.with_name("demo")
    folder.mkdir()
    project = {"name": "Demo", "workingDir": str(folder), "agent": "demo"}
    project_id = server.post("/api/projects", project).body["id"]
    epic = {"projectId": project_id, "title": "Rewrite the login"}
    spawned = server.post(
        "/api/sessions/spawn",
        {
            "projectId": project_id,
            "taskIds": [server.post("/api/tasks", epic).body["id"]],
            "role": "orchestrator",
            "sessionName": "Orchestrator",
            "agent": "demo",
            "env": {"MAESTRO_DEMO_SPEED": str(speed)},
        },
    )
    assert spawned.status == 201, spawned
    return str(spawned.body["sessionId"])


def sessions(server: RunningServer) -> list[dict[str, Any]]:
    return list(server.get("/api/sessions?fields=full").body)


def statuses(server: RunningServer) -> set[str]:
    return {session["status"] for session in sessions(server)}


def is_asking(session: dict[str, Any]) -> bool:
    return bool((session["needsInput"] or {}).get("active"))


def answer_questions(server: RunningServer) -> None:
    for session in sessions(server):
        if is_asking(session):
            server.post(f"/api/sessions/{session['id']}/input", {"text": "7 days"})


def answer_until_over(server: RunningServer) -> None:
    def is_over() -> bool:
        answer_questions(server)
        return statuses(server) == {"completed"}

    wait_until(is_over, 40, server.log)


def expect_status(page: Page, session: dict[str, Any], status: str) -> None:
    node = page.locator(f"#card-{session['id']}")
    expect(node).to_have_attribute("data-status", status, timeout=SEEN_WITHIN_MS)


def test_two_browsers_watch_a_run_on_now_and_on_its_sessions_page(
    server: RunningServer, open_page: OpenPage
) -> None:
    nows = [open_page("/") for _ in range(2)]
    root = start_demo(server, speed=5)
    watched = [open_page(f"/sessions/{root}/") for _ in range(2)]
    for page in (*nows, *watched):
        page.evaluate("window.sameDocument = true")
    for page in nows:
        for name in ("Orchestrator", *WORKERS):
            seen = page.locator("#lives-list, #recent").get_by_text(name).first
            expect(seen).to_be_visible(timeout=STARTED_WITHIN_MS)
    wait_until(lambda: any(is_asking(one) for one in sessions(server)), 40, server.log)
    for page in nows:
        asked = page.locator("#cues", has_text="Waiting for you")
        expect(asked).to_be_visible(timeout=SEEN_WITHIN_MS)
        expect(page).to_have_title(re.compile(r"^\(1\)"))

    answer_until_over(server)
    story = server.session(root)["timeline"]
    told = {event["id"] for event in story if event["type"] == "milestone"}
    assert told
    for page in watched:
        status = page.locator("#session-status")
        expect(status).to_have_attribute("data-status", "completed", timeout=SEEN_WITHIN_MS)
        for event_id in told:
            expect(page.locator(f"#timeline #{event_id}")).to_be_attached()
    for page in nows:
        expect(page.locator("#lives-list .live__name")).to_have_count(0, timeout=SEEN_WITHIN_MS)
        expect(page.locator("#all-clear")).to_be_visible()
    for page in (*nows, *watched):
        assert page.evaluate("window.sameDocument") is True


def test_two_browsers_see_every_child_start_and_end(
    server: RunningServer, open_page: OpenPage
) -> None:
    root = start_demo(server, speed=10)
    pages = [open_page(f"/sessions/{root}/tree/") for _ in range(2)]
    for page in pages:
        page.evaluate("window.sameDocument = true")

    wait_until(lambda: len(sessions(server)) == 4, 30, server.log)
    for page in pages:
        for name in WORKERS:
            label = page.locator("#chart-labels .lane", has_text=name)
            expect(label).to_be_visible(timeout=SEEN_WITHIN_MS)
            expect(page.locator("#hierarchy").get_by_role("link", name=name)).to_be_visible()
        expect(page.locator("#chart-plot .spawn")).to_have_count(3, timeout=SEEN_WITHIN_MS)
        expect(page.locator("#chart-plot .playhead")).to_have_count(1)

    answer_until_over(server)
    for page in pages:
        for session in sessions(server):
            expect_status(page, session, "completed")
        expect(page.locator("#tree-counts")).to_have_text("4 sessions, 0 live")
        expect(page.locator("#chart-plot .done-line").first).to_be_attached()
        expect(page.locator("#chart-plot .playhead")).to_have_count(0)
        assert page.evaluate("window.sameDocument") is True


def test_a_child_is_folded_and_stays_so_after_a_reload(
    server: RunningServer, open_page: OpenPage
) -> None:
    root = start_demo(server, speed=3)
    wait_until(lambda: len(sessions(server)) == 4, 30, server.log)
    page = open_page(f"/sessions/{root}/tree/")
    page.get_by_role("button", name="Fold Backend Worker", exact=True).click()
    unfold = page.get_by_role("button", name="Unfold Backend Worker")
    expect(unfold).to_be_visible(timeout=SEEN_WITHIN_MS)
    expect(page).to_have_url(re.compile(r"\?fold=ses_\w+$"))
    page.reload()
    expect(unfold).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    unfold.click()
    expect(page.get_by_role("button", name="Fold Backend Worker", exact=True)).to_be_visible()


def test_stop_all_stops_everything_and_every_browser_sees_it(
    server: RunningServer, open_page: OpenPage
) -> None:
    root = start_demo(server, speed=3)
    watching = open_page(f"/sessions/{root}/tree/")
    page = open_page("/projects/")
    page.get_by_role("link", name="Stop all").click()
    dialog = page.get_by_role("dialog", name="Stop all sessions?")
    wait_until(lambda: len(sessions(server)) == 4, 30, server.log)
    stop = dialog.get_by_role("button", name="Stop 4 sessions")
    expect(stop).to_be_visible(timeout=SEEN_WITHIN_MS)
    stop.click()

    expect(dialog).to_be_hidden()
    wait_until(lambda: statuses(server) == {"stopped"}, 10, server.log)
    for session in sessions(server):
        expect_status(watching, session, "stopped")
    expect(page.locator("#rail-controls-stop")).to_have_count(0)


def test_pausing_spawning_is_seen_in_every_browser(
    server: RunningServer, work_dir: Path, open_page: OpenPage
) -> None:
    server.wait_for_end(server.spawn_shell({"Warm up": "true"}, work_dir))
    page, phone = open_page("/projects/"), open_page("/", width=380)
    page.get_by_role("button", name="Pause spawning").click()
    expect(page.get_by_role("button", name="Resume spawning")).to_be_visible()
    start_demo(server, speed=10)
    expect(phone.locator("#line-note")).to_have_text("Paused: 1 session waits")
    expect(phone.locator("#line")).to_contain_text("1st in line")
    phone.get_by_role("button", name="Resume spawning").click()
    expect(phone.locator("#line-note")).to_have_count(0)
    wait_until(lambda: "working" in statuses(server), 20, server.log)
    server.post("/api/sessions/stop-all", {})

"""The main job as a person does it: project, tasks, spawn, and watching it in two browsers."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.server import RunningServer, wait_until

pytestmark = pytest.mark.browser

TASKS = {
    "Build": "echo compiling; sleep 1; echo ok > built.txt",
    "Break": "echo before; sleep 1; ls /nowhere; exit 3",
    "Ship": "sleep 1; cat built.txt > shipped.txt; echo shipped",
}
TASK_EVENTS = ("task_started", "task_completed", "task_failed")
SEEN_WITHIN_MS = 3000


def create_project(page: Page, work_dir: Path) -> None:
    page.goto("/projects/?new")
    page.get_by_label("Name").fill("Trial")
    page.get_by_label("Working folder").fill(str(work_dir))
    page.get_by_role("button", name="Create project").click()
    expect(page.get_by_role("heading", name="Trial", level=1)).to_be_visible()


def create_task(page: Page, title: str, script: str) -> None:
    form = page.locator("#new-task")
    if form.get_attribute("open") is None:
        page.get_by_role("link", name="New task").click()
    form.get_by_label("Title").fill(title)
    form.get_by_label("Prompt").fill(script)
    form.get_by_role("button", name="Create task").click()
    expect(page.locator("tr[data-task]", has_text=title)).to_be_visible()


def spawn_over_all(page: Page) -> str:
    """Select the tasks in order, spawn a shell session over them, and return its id."""
    for title in TASKS:
        page.get_by_role("checkbox", name=f"Select {title}").check()
    page.locator("#selection").get_by_role("button", name="Spawn session").click()
    page.locator("#spawn").get_by_label("Name").fill("Trial run")
    page.locator("#spawn").get_by_text("shell", exact=True).click()
    page.locator("#spawn-submit").click()
    expect(page).to_have_url(re.compile(r"/sessions/ses_\w+/"))
    return re.findall(r"ses_\w+", page.url)[0]


def test_a_person_spawns_an_agent_on_real_work_and_watches_it(
    server: RunningServer, work_dir: Path, open_page: OpenPage
) -> None:
    now = open_page("/")
    page = open_page("/")
    create_project(page, work_dir)
    for title, script in TASKS.items():
        create_task(page, title, script)
    session_id = spawn_over_all(page)
    chart = open_page(f"/sessions/{session_id}/?view=chart")

    seen: list[str] = []
    while len(seen) < 6:
        for event in server.session(session_id)["timeline"]:
            if event["type"] in TASK_EVENTS and event["id"] not in seen:
                seen.append(event["id"])
                row = page.locator(f"li.ev#{event['id']}")
                expect(row).to_be_visible(timeout=SEEN_WITHIN_MS)
                recent = now.get_by_text(event["message"], exact=False).first
                expect(recent).to_be_visible(timeout=SEEN_WITHIN_MS)
                mark = chart.locator(f"[data-event='{event['id']}']").first
                expect(mark).to_be_attached(timeout=SEEN_WITHIN_MS)

    session = server.wait_for_end(session_id)
    assert session["status"] == "failed"
    for watched in (page, chart):
        status = watched.locator("#session-status")
        expect(status).to_have_attribute("data-status", "failed", timeout=SEEN_WITHIN_MS)
    failed = page.locator("section.tgroup", has_text="Break")
    expect(failed).to_contain_text("exit code 3")
    expect(failed).to_contain_text("/nowhere")
    for title in TASKS:
        expect(chart.locator("[data-lane]", has_text=title).first).to_be_visible()
    assert (work_dir / "built.txt").read_text() == "ok\n"
    assert (work_dir / "shipped.txt").read_text() == "ok\n"
    expect(now.locator("#inbox")).to_contain_text("Trial run")


def test_pages_catch_up_by_themselves_after_the_server_was_killed(
    server: RunningServer, work_dir: Path, open_page: OpenPage
) -> None:
    script = "for i in 1 2 3 4 5 6; do echo line $i; sleep 0.5; done"
    session_id = server.spawn_shell({"Count": script, "Last": "echo the end"}, work_dir)
    page = open_page(f"/sessions/{session_id}/")
    now = open_page("/")
    page.evaluate("window.sameDocument = true")
    wait_until(lambda: len(server.session(session_id)["timeline"]) > 2, 20)

    server.kill()
    server.start()
    session = server.wait_for_end(session_id)

    assert session["status"] == "completed"
    status = page.locator("#session-status")
    expect(status).to_have_attribute("data-status", "completed", timeout=10_000)
    ended = [event for event in session["timeline"] if event["type"] == "task_completed"]
    for event in ended:
        expect(page.locator(f"li.ev#{event['id']}")).to_be_visible()
    expect(now.get_by_text("Session completed successfully").first).to_be_visible()
    assert page.evaluate("window.sameDocument") is True

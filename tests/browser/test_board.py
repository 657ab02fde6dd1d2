"""Tasks on the board and in the tree as a person moves, edits and selects them, in two browsers."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.server import RunningServer

pytestmark = pytest.mark.browser

SEEN_WITHIN_MS = 3000


def make_project(server: RunningServer, work_dir: Path, titles: Sequence[str]) -> str:
    project = server.post("/api/projects", {"name": "P", "workingDir": str(work_dir)}).body
    for title in titles:
        server.post("/api/tasks", {"projectId": project["id"], "title": title})
    return str(project["id"])


def statuses(server: RunningServer, project_id: str) -> dict[str, str]:
    tasks = server.get(f"/api/tasks?projectId={project_id}").body
    return {task["title"]: task["status"] for task in tasks}


def card(page: Page, title: str, column: str) -> Locator:
    return page.locator(f"#column-{column} .bcard", has_text=title)


def drag(page: Page, title: str, *, onto: str) -> None:
    start = page.locator(".bcard", has_text=title).bounding_box()
    end = page.locator(f"#column-{onto}").bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 60, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(start["x"] + 90, start["y"] + 40, steps=3)
    page.mouse.move(end["x"] + 80, end["y"] + 120, steps=5)
    page.mouse.up()


def test_a_dragged_card_is_moved_in_both_browsers_and_a_refused_one_goes_back(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    project_id = make_project(server, work_dir, ["Build", "Ship"])
    page, other = (open_page(f"/projects/{project_id}/?view=board") for _ in range(2))
    other.get_by_role("checkbox", name="Select Build").check()
    other.locator(".bcard", has_text="Ship").focus()

    drag(page, "Build", onto="done")

    expect(card(page, "Build", "done")).to_be_visible()
    expect(card(other, "Build", "done")).to_be_visible(timeout=SEEN_WITHIN_MS)
    expect(other.get_by_role("checkbox", name="Select Build")).to_be_checked()
    expect(other.locator(".bcard", has_text="Ship")).to_be_focused()
    assert statuses(server, project_id) == {"Build": "completed", "Ship": "todo"}

    drag(page, "Ship", onto="review")

    refusal = page.get_by_role("alert").filter(has_text="The task was not moved.")
    expect(refusal).to_contain_text("when its session reports it done")
    expect(card(page, "Ship", "todo")).to_be_visible()
    assert statuses(server, project_id)["Ship"] == "todo"


def test_a_card_is_carried_with_the_keys_and_the_page_says_where_it_is(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    project_id = make_project(server, work_dir, ["Build", "Ship"])
    page = open_page(f"/projects/{project_id}/?view=board")
    said = page.locator("#board-say")
    page.locator(".bcard", has_text="Build").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".bcard", has_text="Ship")).to_be_focused()

    page.keyboard.press("Space")
    expect(said).to_contain_text("Ship picked up from To do.")
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text("In progress, column 2 of 5.")
    page.keyboard.press("Escape")
    expect(said).to_have_text("Ship stays in To do.")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    # What others do meanwhile changes nothing for the hand that carries.
    server.post("/api/tasks", {"projectId": project_id, "title": "Meanwhile"})
    expect(card(page, "Meanwhile", "todo")).to_be_visible(timeout=SEEN_WITHIN_MS)
    page.keyboard.press("Space")

    expect(said).to_have_text("Ship is in In progress now.")
    expect(card(page, "Ship", "in_progress")).to_be_focused()
    assert statuses(server, project_id)["Ship"] == "in_progress"


def test_tasks_are_written_and_edited_in_place(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    project_id = make_project(server, work_dir, ["Build", "Ship"])
    page, other = (open_page(f"/projects/{project_id}/") for _ in range(2))

    page.get_by_role("link", name="Edit Ship").click()
    title = page.locator("#edit-title")
    expect(title).to_be_focused()
    title.fill("")
    page.keyboard.press("Enter")
    expect(page.locator("#edit-title-error")).to_be_visible()
    title.fill("Ship it")
    page.locator("#edit-form").get_by_label("Build").check()
    title.press("Enter")
    expect(page.locator("#edit-form")).to_have_count(0)
    expect(page.get_by_role("link", name="Edit Ship it")).to_be_focused()
    row = other.locator("tr[data-task]", has_text="Ship it")
    expect(row).to_contain_text("Build", timeout=SEEN_WITHIN_MS)

    page.get_by_role("link", name="Edit Build").click()
    page.locator("#edit-form").get_by_label("Ship it").check()
    title.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That would make a circle")
    title.press("Escape")
    expect(page.locator("#edit-form")).to_have_count(0)

    page.get_by_role("link", name="Board").click()
    page.get_by_role("link", name="Add a task to Blocked").click()
    expect(page.locator("#add-title")).to_be_focused()
    for written in ("One", "Two"):
        page.locator("#add-title").fill(written)
        page.keyboard.press("Enter")
        expect(card(page, written, "blocked")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#add-form")).to_have_count(0)


def test_many_are_selected_at_once_and_a_kept_filter_survives_a_reload(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    titles = ["Alpha", "Beta", "Gamma", "Delta"]
    project_id = make_project(server, work_dir, titles)
    page = open_page(f"/projects/{project_id}/")
    page.get_by_role("checkbox", name="Select Alpha").check()
    page.get_by_role("checkbox", name="Select Gamma").click(modifiers=["Shift"])
    expect(page.locator("[data-selected-count]")).to_have_text("3 tasks")
    page.locator("#set-status summary").click()
    page.locator("#set-status").get_by_role("button", name="Blocked").click()
    expect(page.locator("tr[data-status=blocked]")).to_have_count(3)
    page.get_by_role("checkbox", name="Select all tasks shown").check()
    expect(page.locator("[data-selected-count]")).to_have_text("4 tasks")

    page.get_by_label("Status", exact=True).select_option("blocked")
    expect(page).to_have_url(re.compile(r"\?status=blocked$"))
    expect(page.locator("tr[data-task]")).to_have_count(3)
    expect(page.locator("[data-selected-count]")).to_have_text("3 tasks")
    page.get_by_label("Find a task").press_sequentially("eta", delay=30)
    expect(page).to_have_url(re.compile(r"q=eta"))
    expect(page.locator("tr[data-task]")).to_have_count(1)
    expect(page.get_by_label("Find a task")).to_be_focused()
    page.get_by_role("button", name="Keep this filter").click()
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator("tr[data-task]")).to_have_count(4)

    page.reload()
    page.get_by_role("link", name="Blocked, “eta”").click()
    expect(page.locator("tr[data-task]")).to_have_text(re.compile("Beta"))

"""What a person has in hand survives a page that changes twenty times a second."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.server import RunningServer

pytestmark = pytest.mark.browser

A_SECOND = 20
LONG_MESSAGE = "so that the timeline is longer than the window " * 2
# What moves by itself is noted as it moves: looking at the end would miss a jump and its return.
WATCH = """() => {
  const pane = document.getElementById("timeline-pane");
  const row = [...pane.querySelectorAll(".ev")]
    .find((one) => one.getBoundingClientRect().bottom > pane.getBoundingClientRect().top + 60);
  window.seen = { focus: new Set(), top: new Set(), open: new Set(), chosen: new Set() };
  const look = () => {
    const shown = document.getElementById(row.id);
    window.seen.focus.add(document.activeElement?.id ?? "");
    window.seen.top.add(shown ? Math.round(shown.getBoundingClientRect().top) : "gone");
    window.seen.open.add(document.getElementById("type-filter").open);
    window.seen.chosen.add(String(getSelection()));
    window.looking = requestAnimationFrame(look);
  };
  look();
}"""
SEEN = """() => {
  cancelAnimationFrame(window.looking);
  return Object.fromEntries(Object.entries(window.seen).map(([name, all]) => [name, [...all]]));
}"""


@contextmanager
def events_coming(server: RunningServer, session_id: str) -> Iterator[list[int]]:
    """Twenty events a second, from beside the browser; the list says how many."""
    sent, over = [0], threading.Event()

    def post() -> None:
        start = time.monotonic()
        while not over.is_set():
            kind = ("progress", "milestone", "error")[sent[0] % 3]
            body = {"type": kind, "message": f"Event {sent[0]} {LONG_MESSAGE}"}
            server.post(f"/api/sessions/{session_id}/timeline", body)
            sent[0] += 1
            time.sleep(max(0.0, start + sent[0] / A_SECOND - time.monotonic()))

    thread = threading.Thread(target=post)
    thread.start()
    try:
        yield sent
    finally:
        over.set()
        thread.join()


def make_session(server: RunningServer, events: int) -> str:
    project = server.post("/api/projects", {"name": "P", "workingDir": "/tmp"}).body["id"]
    asked = {"projectId": project, "name": "Busy"}
    session_id = str(server.post("/api/sessions", asked).body["id"])
    told = [{"type": "milestone", "message": f"Before {n} {LONG_MESSAGE}"} for n in range(events)]
    server.post(f"/api/sessions/{session_id}/timeline", told)
    return session_id


def hold_on_to_things(page: Page) -> None:
    """An open menu, a selected word, a place far from the end, and the focus on a link."""
    page.locator("#type-filter summary").click()
    pane = page.locator("#timeline-pane")
    pane.evaluate("pane => { pane.scrollTop = pane.scrollHeight / 2; }")
    page.evaluate(
        """() => {
          const words = [...document.querySelectorAll(".ev .said")][100].firstChild;
          getSelection().setBaseAndExtent(words, 0, words, 6);
        }"""
    )
    page.locator("#export-open").focus()


def watch(server: RunningServer, open_page: OpenPage, lasting_s: float) -> None:
    session_id = make_session(server, 150)
    page = open_page(f"/sessions/{session_id}/")
    expect(page.locator("[data-connection]").first).to_have_attribute("data-state", "live")
    newest = page.locator(".ev").last
    expect(newest).to_contain_text("Before 149")
    hold_on_to_things(page)
    page.evaluate(WATCH)
    with events_coming(server, session_id) as sent:
        time.sleep(lasting_s)
    expect(page.locator("#timeline-pane")).to_contain_text(f"Event {sent[0] - 1} ")
    seen = page.evaluate(SEEN)
    assert sent[0] > lasting_s * A_SECOND / 4
    assert seen["open"] == [True]
    assert seen["chosen"] == ["Before"]
    assert len(seen["focus"]) == 1, seen["focus"]
    assert len(seen["top"]) == 1, seen["top"]
    expect(page.locator("[data-tail-count]")).to_have_text(f"{sent[0]} new")
    page.locator("[data-tail-pill] button").click()
    expect(page.locator(".ev").last).to_be_in_viewport()


def test_focus_selection_place_and_open_menus_survive_live_updates(
    server: RunningServer, open_page: OpenPage
) -> None:
    watch(server, open_page, 10)


@pytest.mark.soak
def test_they_survive_a_minute_of_it(server: RunningServer, open_page: OpenPage) -> None:
    watch(server, open_page, 60)


def test_the_end_is_followed_while_it_is_in_view(
    server: RunningServer, open_page: OpenPage
) -> None:
    session_id = make_session(server, 60)
    page = open_page(f"/sessions/{session_id}/")
    expect(page.locator("[data-connection]").first).to_have_attribute("data-state", "live")
    with events_coming(server, session_id) as sent:
        time.sleep(2)
    last = page.locator(".ev", has_text=f"Event {sent[0] - 1} ")
    expect(last).to_be_in_viewport()
    expect(page.locator("[data-tail-pill]")).to_be_hidden()

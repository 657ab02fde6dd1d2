"""A chart under a person's hands: zoom, pan, fold, focus; every state of it is in the URL."""

import json
import re
import time
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.server import RunningServer, wait_until

pytestmark = pytest.mark.browser

SESSION = "ses_night"
PATH = f"/sessions/{SESSION}/?view=chart"


def put_session(server: RunningServer) -> None:
    """As a file: two busy minutes, two idle hours, two busy minutes, told in 400 events."""
    start = int(time.time() * 1000) - 4 * 3_600_000
    began = (0, 7_320_000)
    events: list[dict[str, Any]] = []
    for first in began:
        events += [
            {
                "id": f"evt_{first + number}",
                "type": "progress" if number % 20 else "milestone",
                "timestamp": start + first + number * 600,
                "message": f"step {number}",
            }
            for number in range(200)
        ]
    moves = ((0, "working"), (120_000, "idle"), (7_320_000, "working"), (7_440_000, "completed"))
    base = {"createdAt": start, "updatedAt": start + 7_440_000}
    project = {"id": "proj_1", "name": "Night", "workingDir": "/tmp", **base}
    session = {
        "id": SESSION,
        "projectId": "proj_1",
        "name": "Nightly import",
        "status": "completed",
        "strategy": "simple",
        "completedAt": start + 7_440_000,
        "env": {},
        "taskIds": [],
        "events": [],
        "timeline": events,
        "transitions": [{"at": start + at, "from": None, "to": to} for at, to in moves],
        **base,
    }
    for folder, document in (("projects", project), ("sessions", session)):
        path = server.data_dir / folder / f"{document['id']}.json"
        path.write_text(json.dumps(document))
    wait_until(lambda: server.get(f"/api/sessions/{SESSION}").status == 200, 15)


def window(page: Page) -> tuple[int, int] | None:
    asked = parse_qs(page.evaluate("location.search").removeprefix("?"))
    return (int(asked["from"][0]), int(asked["to"][0])) if "from" in asked else None


def zoomed(page: Page, before: object) -> tuple[int, int] | None:
    wait_until(lambda: window(page) != before, 5, lambda: page.url)
    asked = window(page)
    drawn = page.locator("#chart-plot")
    # Edges to the pixel: the server draws the stretch that the URL names.
    stop = re.compile(f":{asked[0]} " if asked else "^16:")
    expect(drawn).to_have_attribute("data-stops", stop)
    return asked


def test_zoom_and_pan_by_buttons_keys_wheel_and_drag(
    server: RunningServer, open_page: OpenPage
) -> None:
    put_session(server)
    page = open_page(PATH)
    plot = page.locator("#chart-scroll")
    page.get_by_role("button", name="Zoom in").click()
    first = zoomed(page, None)
    assert first is not None
    plot.focus()
    page.keyboard.press("+")
    second = zoomed(page, first)
    assert second is not None
    assert second[1] - second[0] == pytest.approx((first[1] - first[0]) / 2, rel=0.01)
    page.keyboard.press("ArrowRight")
    third = zoomed(page, second)
    assert third is not None
    assert third[0] > second[0]
    page.reload()
    assert window(page) == third
    assert page.locator("#chart-plot").get_attribute("data-zoomed") is not None

    place = plot.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 300, place["y"] + 80)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    fourth = zoomed(page, third)
    assert fourth is not None
    assert fourth[1] - fourth[0] < third[1] - third[0]
    page.mouse.down()
    page.mouse.move(place["x"] + 420, place["y"] + 80, steps=4)
    page.mouse.up()
    fifth = zoomed(page, fourth)
    assert fifth is not None
    assert fifth[0] < fourth[0]
    page.keyboard.press("0")
    assert zoomed(page, fifth) is None


def test_an_idle_gap_folds_and_a_mark_says_what_it_is_on_focus(
    server: RunningServer, open_page: OpenPage
) -> None:
    put_session(server)
    page = open_page(PATH)
    page.get_by_role("button", name="Fold idle gaps").click()
    expect(page).to_have_url(re.compile("fold=1"))
    page.reload()
    expect(page.locator("#chart-plot .foldband")).to_have_count(1)
    page.locator("#chart-plot .evt[tabindex='0']").focus()
    tip = page.locator("#chart-tip")
    expect(tip).to_be_visible()
    said = tip.text_content()
    page.keyboard.press("ArrowRight")
    expect(tip).not_to_have_text(said or "")
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    expect(tip).to_have_text(focused)
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()


def test_a_score_fits_its_page_and_zooms_by_the_same_keys(
    server: RunningServer, open_page: OpenPage
) -> None:
    put_session(server)
    page = open_page(f"/sessions/{SESSION}/tree/", width=1280)
    page.wait_for_load_state("networkidle")
    plot = page.locator("#chart-scroll")
    assert plot.evaluate("box => box.scrollWidth - box.clientWidth") <= 0
    plot.focus()
    page.keyboard.press("+")
    part = zoomed(page, None)
    assert part is not None
    page.keyboard.press("0")
    assert zoomed(page, part) is None
    page.keyboard.press("f")
    expect(page).to_have_url(re.compile("fold=1"))


def test_a_report_prints_without_what_can_be_pressed(
    server: RunningServer, open_page: OpenPage
) -> None:
    put_session(server)
    page = open_page(f"/sessions/{SESSION}/report/?fold=1", width=760)
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.locator(".rail, .topline").first).to_be_hidden()
    expect(page.locator(".report svg.plot")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")

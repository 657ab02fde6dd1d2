"""A file edited in an editor while two browsers look at what it says."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.server import RunningServer, wait_until

pytestmark = pytest.mark.browser
SEEN_WITHIN_MS = 10_000  # half a second on a quiet machine


def test_two_browsers_show_a_name_edited_in_the_file_and_a_broken_edit_as_a_notice(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    project = server.post("/api/projects", {"name": "P", "workingDir": str(work_dir)}).body
    session = server.post("/api/sessions", {"projectId": project["id"], "name": "Before"}).body
    path = server.data_dir / "sessions" / f"{session['id']}.json"
    wait_until(path.exists, 10)
    page, other = (open_page(f"/sessions/{session['id']}/") for _ in range(2))
    overview = open_page("/")
    for one in (page, other):
        expect(one.get_by_role("heading", name="Before", level=1)).to_be_visible()

    path.write_text(path.read_text().replace('"Before"', '"Edited by hand"'))

    for one in (page, other):
        heading = one.get_by_role("heading", name="Edited by hand", level=1)
        expect(heading).to_be_visible(timeout=SEEN_WITHIN_MS)

    path.write_text("{ broken")
    notice = overview.locator("#quarantine")
    expect(notice).to_contain_text("1 file was set aside.", timeout=SEEN_WITHIN_MS)
    wait_until(lambda: path.exists() and "Edited by hand" in path.read_text(), 10)

"""What an agent asks while it works, answered where it is seen: a permission and a question."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenPage
from tests.live.test_claude import raw_types, standin_env
from tests.server import RunningServer, wait_until

pytestmark = pytest.mark.browser
SEEN_WITHIN_MS = 20_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path / "data", **standin_env(tmp_path)).start()
    yield running
    running.stop()


def answered_late(route: Route) -> None:
    """After the news of it: the page has heard by its socket that nothing is asked any more."""
    response = route.fetch()
    time.sleep(1)
    route.fulfill(response=response)


def test_a_permission_is_approved_in_the_inbox_and_a_question_answered_on_the_sessions_page(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    made = work_dir / "<b>made.txt"
    ask = 'maestro report needs-input "Which port?" --option 8080 --option 9090'
    tasks = {
        "Make": f"[[permit touch '{made}']] [[bash maestro queue complete]]",
        "Serve": f"[[bash {ask}]] [[stop]] [[bash maestro queue complete]] [[exit]]",
    }
    now, session_page = open_page("/"), None
    session_id = server.spawn_shell(tasks, work_dir, agent="claude", sessionName="Port worker")

    cue = now.locator(f"#cue-{session_id}")
    expect(cue).to_contain_text("May it use Bash?", timeout=SEEN_WITHIN_MS)
    expect(cue.locator("pre")).to_have_text(f"touch '{made}'")
    assert not made.exists()
    now.route("**/answer", answered_late)
    approve = cue.get_by_role("button", name="Approve")
    approve.focus()
    now.keyboard.press("Enter")
    expect(now.locator("#toasts")).to_contain_text("Answer sent to Port worker")
    expect(now.get_by_role("navigation", name="Main", exact=True)).to_have_count(1)
    expect(cue.get_by_text("May it use Bash?")).to_have_count(0)
    wait_until(made.exists, 20, server.log)

    session_page = open_page(f"/sessions/{session_id}/")
    expect(session_page.locator("#session-question")).to_contain_text(
        "Which port?", timeout=SEEN_WITHIN_MS
    )
    wait_until(lambda: raw_types(server.session(session_id))[-1] == "Stop", 20, server.log)
    session_page.keyboard.press("2")
    expect(session_page.locator("#toasts")).to_contain_text("Answer sent to Port worker")
    expect(session_page.locator("#session-question")).to_be_empty(timeout=SEEN_WITHIN_MS)
    expect(session_page.locator("#session-status")).to_have_text(
        "Completed", timeout=SEEN_WITHIN_MS
    )
    expect(session_page.locator("#usage")).to_contain_text("tokens")
    prompts = [
        event["data"]["prompt"]
        for event in server.session(session_id)["events"]
        if event["type"] == "UserPromptSubmit"
    ]
    assert prompts[1:] == ["9090"]


def test_a_denial_with_its_reason_reaches_the_agent_and_its_files_are_listed(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    forbidden = work_dir / "forbidden"
    write = f"[[write {work_dir}/kept.txt]]"
    does = f"[[permit touch {forbidden}]] {write} {write} [[bash maestro queue complete]] [[exit]]"
    tasks = {"One": does}
    session_id = server.spawn_shell(tasks, work_dir, agent="claude")
    page = open_page(f"/sessions/{session_id}/?panel=files")
    why = page.get_by_label("When you deny: why, or what to do instead")
    expect(why).to_be_visible(timeout=SEEN_WITHIN_MS)
    why.fill("Not here")
    why.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Answer sent")
    expect(page.locator("#files")).to_contain_text("kept.txt", timeout=SEEN_WITHIN_MS)
    expect(page.locator("#files")).to_contain_text("2×", timeout=SEEN_WITHIN_MS)
    server.wait_for_end(session_id)
    assert not forbidden.exists()
    messages = [event.get("message", "") for event in server.session(session_id)["timeline"]]
    assert "Denied: Not here" in messages

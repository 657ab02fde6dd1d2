"""A session's terminal in the page: typed into, across a server's restart, and replayed."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from shutil import which
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Locator, Page, Route, WebSocket, expect

from tests.browser.conftest import OpenPage
from tests.server import RunningServer, wait_until

pytestmark = pytest.mark.browser

ASKS = 'echo ready; while read line; do echo "got $line"; done'
COUNTS = "for i in $(seq 400); do printf 'line %03d \\033[32mgrün\\033[0m\\n' $i; sleep 0.02; done"
SHELL = "exec bash --norc -i <&0 >&0 2>&0"
STEPS = 'for i in 1 2 3 4; do echo "step $i"; maestro report progress "said $i"; sleep 0.5; done'


class Received:
    """The output that a page's terminal sockets brought, put together by their offsets."""

    def __init__(self, page: Page) -> None:
        self.output = bytearray()
        self.sockets = 0
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        address = urlparse(socket.url)
        if address.path.startswith("/ws/terminal/"):
            self.sockets += 1
            # It asks to go on exactly where the last one ended.
            assert int(parse_qs(address.query)["from"][0]) == len(self.output)
            socket.on("framereceived", self._came)

    def _came(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self.output += frame


def screen_of(page: Page) -> Locator:
    return page.locator("#terminal .xterm-rows")


def recorded(server: RunningServer, session_id: str) -> bytes:
    return (server.data_dir / "sessions" / session_id / "terminal.rec").read_bytes()


def poll(page: Page, is_so: Callable[[], bool]) -> None:
    """As wait_until, while the page's events go on arriving."""
    for _ in range(600):
        if is_so():
            return
        page.wait_for_timeout(50)
    raise AssertionError("not so within 30 s")


def test_a_session_spawned_from_the_dialog_is_typed_into(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    project = server.post("/api/projects", {"name": "P", "workingDir": str(work_dir)}).body
    task = {"projectId": project["id"], "title": "Ask", "initialPrompt": ASKS}
    server.post("/api/tasks", task)
    page = open_page(f"/projects/{project['id']}/")
    page.get_by_label("Select Ask").check()
    page.locator("#selection").get_by_role("button", name="Spawn session").click()
    page.locator("#spawn").get_by_text("shell", exact=True).click()
    page.locator("#spawn-submit").click()
    expect(page).to_have_url(re.compile(r"/sessions/ses_\w+/"))
    session_id = page.url.split("/sessions/")[1].split("/")[0]

    expect(screen_of(page)).to_contain_text("ready", timeout=20_000)
    page.locator("#terminal").click()
    page.keyboard.type("grün\n")

    expect(screen_of(page)).to_contain_text("got grün")
    page.keyboard.press("F6")
    expect(page.locator("#terminal-full")).to_be_focused()
    server.post(f"/api/sessions/{session_id}/stop", {})
    expect(page.locator("#replay")).to_be_visible(timeout=20_000)
    expect(page.locator("#terminal-words")).to_have_text("What it printed.")


def test_a_terminal_goes_on_where_it_was_when_the_server_comes_back(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    session_id = server.spawn_shell({"Count": COUNTS}, work_dir)
    page = open_page("/")
    received = Received(page)
    page.goto(f"/sessions/{session_id}/")
    expect(screen_of(page)).to_contain_text("line 050", timeout=20_000)

    server.kill()
    expect(page.locator("#terminal-words")).to_contain_text("Reconnecting")
    server.start()

    expect(screen_of(page)).to_contain_text("line 400", timeout=40_000)
    server.wait_for_end(session_id)
    poll(page, lambda: len(received.output) == len(recorded(server, session_id)))
    assert bytes(received.output) == recorded(server, session_id)
    assert received.sockets >= 2


def test_one_window_writes_and_another_takes_over(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    session_id = server.spawn_shell({"Ask": ASKS}, work_dir)
    one, other = (open_page(f"/sessions/{session_id}/") for _ in range(2))
    for page in (one, other):
        expect(screen_of(page)).to_contain_text("ready", timeout=20_000)
    one.locator("#terminal").click()
    one.keyboard.type("first\n")
    expect(other.locator("#terminal-words")).to_have_text("Another window types here.")
    other.locator("#terminal").click()
    other.keyboard.type("nothing\n")

    other.get_by_role("button", name="Take over").click()
    expect(other.locator("#terminal-words")).to_contain_text("Typing goes to the agent")
    other.keyboard.type("second\n")

    expect(screen_of(one)).to_contain_text("got second")
    expect(one.locator("#terminal-words")).to_have_text("Another window types here.")
    assert b"nothing" not in recorded(server, session_id)
    server.post(f"/api/sessions/{session_id}/stop", {})


@pytest.mark.skipif(not (which("vim") and which("less")), reason="needs vim and less")
def test_full_screen_programs_colours_wide_characters_and_a_large_paste(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    pasted = "".join(f"{number:06d} 漢字 paste\n" for number in range(5000))
    session_id = server.spawn_shell({"Shell": SHELL}, work_dir)
    page = open_page(f"/sessions/{session_id}/?full=1")
    expect(screen_of(page)).to_contain_text("bash", timeout=20_000)
    page.locator("#terminal").click()
    page.keyboard.type("printf '\\033[38;2;255;150;0mtrue\\033[0m 漢|\\n'\n")
    true_colour = page.locator("#terminal .xterm-rows span", has_text=re.compile("^true$"))
    expect(true_colour).to_have_css("color", "rgb(255, 150, 0)")

    page.keyboard.type("vim -u NONE -N big.txt\n")
    expect(screen_of(page)).to_contain_text("[New]")
    page.keyboard.type(":set paste\ni")
    paste_into_terminal(page, pasted)
    page.keyboard.press("Escape")
    page.keyboard.type(":wq\n")
    poll(page, lambda: (work_dir / "big.txt").exists())
    wait_until(lambda: (work_dir / "big.txt").stat().st_size >= len(pasted.encode()), 20)
    assert (work_dir / "big.txt").read_text().rstrip("\n") == pasted.rstrip("\n")

    page.keyboard.type("less big.txt\n")
    page.keyboard.type("G")
    expect(screen_of(page)).to_contain_text("004999 漢字 paste")
    page.keyboard.type("q")
    server.post(f"/api/sessions/{session_id}/stop", {})


def paste_into_terminal(page: Page, text: str) -> None:
    page.locator("#terminal textarea").evaluate(
        """(area, text) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            const paste = { clipboardData: data, bubbles: true, cancelable: true };
            area.dispatchEvent(new ClipboardEvent("paste", paste));
        }""",
        text,
    )


def test_a_finished_session_is_replayed_together_with_its_timeline(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    session_id = server.spawn_shell({"Steps": STEPS}, work_dir)
    server.wait_for_end(session_id)
    page = open_page(f"/sessions/{session_id}/")
    expect(screen_of(page)).to_contain_text("step 4")

    started = page.locator('#timeline .ev[data-type="task_started"]')
    started.locator("a").click()

    expect(screen_of(page)).not_to_contain_text("step 2")
    expect(started).to_have_class(re.compile("is-selected"))
    assert str(started.get_attribute("id")) in page.url
    page.locator("#replay-speed").select_option("4")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(screen_of(page)).to_contain_text("step 4")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()

    scrub(page, "min")
    expect(screen_of(page)).not_to_contain_text("step 4")
    scrub(page, "max")
    expect(screen_of(page)).to_contain_text("step 4")
    last = page.locator("#timeline .ev").last
    expect(last).to_have_class(re.compile("is-selected"))

    page.reload()
    expect(page.locator("#timeline .ev.is-selected")).to_have_count(1)


def test_what_was_asked_for_before_a_selection_does_not_undo_it(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    session_id = server.spawn_shell({"Steps": STEPS}, work_dir)
    server.wait_for_end(session_id)
    page = open_page(f"/sessions/{session_id}/")
    expect(page.locator("#replay-at")).not_to_have_attribute("max", "0", timeout=20_000)
    scrub(page, "min")
    held: list[Route] = []
    page.route("**/sessions/**", lambda route: held.append(route))
    page.evaluate("document.dispatchEvent(new CustomEvent('maestro:stale'))")
    poll(page, lambda: bool(held))
    scrub(page, "max")

    page.evaluate(
        """() => {
            window.drawn = new Promise((done) => {
                document.addEventListener("htmx:afterSettle", () => done(), { once: true });
            });
        }"""
    )
    held[0].continue_()
    page.evaluate("window.drawn")

    expect(page.locator("#timeline .ev").last).to_have_class(re.compile("is-selected"))
    expect(page.locator("#timeline .ev.is-selected")).to_have_count(1)


def test_letters_differ_from_their_ground_when_motion_is_reduced(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    session_id = server.spawn_shell({"Say": "printf '\\033[31mred\\033[0m plain\\n'"}, work_dir)
    server.wait_for_end(session_id)
    page = open_page("/")
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/sessions/{session_id}/")
    expect(screen_of(page)).to_contain_text("red plain")
    colours = [
        page.locator("#terminal .xterm-rows span", has_text=re.compile(f"^{word}$")).first.evaluate(
            "one => getComputedStyle(one).color"
        )
        for word in ("red", "plain")
    ]
    ground = page.locator(".term--screen").evaluate("one => getComputedStyle(one).backgroundColor")
    assert len({*colours, ground}) == 3


def scrub(page: Page, end: str) -> None:
    page.locator("#replay-at").evaluate(
        """(range, end) => {
            range.value = range[end];
            range.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        end,
    )


def test_the_server_is_told_how_far_the_screen_is(
    server: RunningServer, open_page: OpenPage, work_dir: Path
) -> None:
    waits = "until [ -e go ]; do sleep 0.1; done"
    session_id = server.spawn_shell({"Flood": f"{waits}; seq 1 400000"}, work_dir)
    said: list[dict[str, object]] = []
    page = open_page("/")

    def watch(socket: WebSocket) -> None:
        if "/ws/terminal/" in socket.url:
            socket.on("framesent", lambda frame: said.append(json.loads(frame)))

    page.on("websocket", watch)
    page.goto(f"/sessions/{session_id}/")
    expect(screen_of(page)).to_contain_text("until")
    (work_dir / "go").touch()

    expect(screen_of(page)).to_contain_text("399999", timeout=60_000)
    acknowledged = [int(str(frame["offset"])) for frame in said if frame["type"] == "ack"]
    assert acknowledged == sorted(acknowledged)
    assert len(acknowledged) > 5

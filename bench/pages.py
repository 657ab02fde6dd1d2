"""Long pages in a real browser: sessions of 10,000 events, 200 sessions, 500 tasks, 1,000 rows."""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.load.figures import machine, write_section
from tests.server import RunningServer

EVENTS = 10_000
SESSIONS = 200
LISTED = 1000
TASKS = 500
ROUNDS = 10
LIVE_EVENTS = 20
# Long tasks since the page began, and the moment at which a text first stood in it.
WATCH = """
window.longTasks = [];
new PerformanceObserver(list => window.longTasks.push(
  ...list.getEntries().map(entry => entry.duration))).observe({type: 'longtask', buffered: true});
window.appeared = {};
window.awaitText = text => {
  const look = () => document.body.textContent.includes(text);
  if (look()) window.appeared[text] = Date.now();
  const observer = new MutationObserver(() => {
    if (!look()) return;
    window.appeared[text] ??= Date.now();
    observer.disconnect();
  });
  observer.observe(document.body, {subtree: true, childList: true, characterData: true});
};
"""

# Makes a text appear in the page.
Change = Callable[[str], None]


@dataclass
class Found:
    """One page, opened and watched."""

    name: str
    size_kb: float
    html_ms: float
    usable_ms: float
    live_ms: list[float] = field(default_factory=list)
    long_tasks_ms: list[float] = field(default_factory=list)

    def line(self) -> str:
        return (
            f"| {self.name} | {self.size_kb:.0f} | {self.html_ms:.0f} | {self.usable_ms:.0f} | "
            f"{statistics.median(self.live_ms):.0f} | {max(self.live_ms):.0f} | "
            f"{max(self.long_tasks_ms, default=0):.0f} |"
        )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = RunningServer(Path(folder) / "data").start()
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("MAESTRO_CHROMIUM"), args=["--no-sandbox"]
        )
        try:
            rows = _measure(server, browser)
        finally:
            browser.close()
            server.stop()
    table = [
        "| page | HTML KB | HTML ms | usable ms | event in the page, p50 ms | worst ms "
        "| longest task while live, ms |",
        "|---|---|---|---|---|---|---|",
        *(row.line() for row in rows),
    ]
    note = (
        f"{machine()}; Chromium beside the server. HTML: median of {ROUNDS}. Usable: the page has "
        f"loaded and its socket is open. {LIVE_EVENTS} events at 10 a second, each from its post "
        "to the text in the page."
    )
    write_section("pages", [note, "", *table])
    print("\n".join([note, "", *table]))


def _measure(server: RunningServer, browser: Browser) -> list[Found]:
    body = {"name": "P", "workingDir": str(server.data_dir.parent)}
    project_id = server.post("/api/projects", body).body["id"]
    long_id = _session(server, project_id, "Long", EVENTS)
    root_id = _session(server, project_id, "Root", 20)
    for number in range(SESSIONS - 1):
        _session(server, project_id, f"Worker {number}", 20, parentSessionId=root_id)
    for number in range(LISTED - SESSIONS - 1):
        server.post("/api/sessions", {"projectId": project_id, "name": f"S {number}"})
    task_ids = [
        server.post("/api/tasks", {"projectId": project_id, "title": f"Task {n}"}).body["id"]
        for n in range(TASKS)
    ]
    asked = {"projectId": project_id, "taskIds": task_ids, "strategy": "queue", "name": "Queue"}
    queue_id = str(server.post("/api/sessions", asked).body["id"])
    says = partial(_say, server)
    renames = partial(_rename, server)
    pages: dict[str, tuple[str, Change]] = {
        f"session, {EVENTS:,} events": (f"/sessions/{long_id}/", partial(says, long_id)),
        f"its chart, {EVENTS:,} events": (
            f"/sessions/{long_id}/?view=chart",
            partial(says, long_id),
        ),
        f"orchestration, {SESSIONS} sessions": (
            f"/sessions/{root_id}/tree/",
            partial(says, root_id),
        ),
        f"queue, {TASKS} items": (
            f"/sessions/{queue_id}/?view=queue",
            partial(renames, "tasks", "title", task_ids[0]),
        ),
        f"project, {TASKS} tasks on the board": (
            f"/projects/{project_id}/?view=board",
            partial(renames, "tasks", "title", task_ids[0]),
        ),
        f"its {LISTED:,} sessions": (
            f"/projects/{project_id}/?view=sessions",
            partial(renames, "sessions", "name", queue_id),
        ),
        f"Now, {LISTED:,} live sessions": ("/", partial(says, root_id)),
    }
    return [_one(server, browser, name, *where) for name, where in pages.items()]


def _say(server: RunningServer, session_id: str, text: str) -> None:
    path = f"/api/sessions/{session_id}/timeline"
    server.post(path, {"type": "milestone", "message": text})


def _rename(server: RunningServer, kind: str, key: str, record_id: str, text: str) -> None:
    server.patch(f"/api/{kind}/{record_id}", {key: text})


def _session(server: RunningServer, project_id: str, name: str, events: int, **more: str) -> str:
    asked = {"projectId": project_id, "name": name, **more}
    session_id = str(server.post("/api/sessions", asked).body["id"])
    path = f"/api/sessions/{session_id}/timeline"
    for start in range(0, events, 500):
        count = min(500, events - start)
        server.post(path, [{"message": f"step {start + n} of {name}"} for n in range(count)])
    return session_id


def _one(server: RunningServer, browser: Browser, name: str, path: str, change: Change) -> Found:
    times = []
    for _ in range(ROUNDS):
        before = time.perf_counter()
        html = server.text(path)
        times.append((time.perf_counter() - before) * 1000)
    page = browser.new_page(base_url=server.url, viewport={"width": 1440, "height": 900})
    before = time.perf_counter()
    page.goto(path, wait_until="load")
    page.locator("[data-connection-text]", has_not_text="Connecting").first.wait_for()
    usable_ms = (time.perf_counter() - before) * 1000
    page.evaluate(WATCH)
    found = Found(name, len(html.encode()) / 1000, statistics.median(times), usable_ms)
    _live(page, change, found)
    page.close()
    return found


def _live(page: Page, change: Change, found: Found) -> None:
    sent = {}
    page.evaluate("window.longTasks.length = 0")
    for number in range(LIVE_EVENTS):
        text = f"Live {number} seen"
        page.evaluate("text => window.awaitText(text)", text)
        sent[text] = time.time() * 1000
        change(text)
        time.sleep(0.1)
    time.sleep(0.5)
    appeared = page.evaluate("window.appeared")
    found.live_ms = [appeared[text] - at for text, at in sent.items() if text in appeared]
    found.long_tasks_ms = page.evaluate("window.longTasks")


if __name__ == "__main__":
    main()

"""Takes the documentation's screenshots from the demo: `python tools/take_screenshots.py`."""

import os
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.server import RunningServer, wait_until  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"
SPEED = "2"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = RunningServer(Path(folder) / "data").start()
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("MAESTRO_CHROMIUM"), args=["--no-sandbox"]
        )
        try:
            _take_all(server, browser)
        finally:
            browser.close()
            server.stop()


def _take_all(server: RunningServer, browser: Browser) -> None:
    started = server.manage("demo", "--speed", SPEED)
    root_id = started.stdout.rsplit("/sessions/", 1)[1].split("/")[0]
    waiting = _wait_for_question(server)
    _take(browser, server, f"/sessions/{waiting}/", "session")
    _take(browser, server, f"/sessions/{waiting}/?view=chart", "chart")
    _take(browser, server, "/", "now")
    _take(browser, server, "/", "now-phone", width=380)
    _take(browser, server, f"/sessions/{root_id}/tree/", "orchestration")
    _take(browser, server, f"/sessions/{root_id}/tree/", "orchestration-dark", theme="dark")
    _take(browser, server, f"/projects/{server.session(root_id)['projectId']}/", "project")


def _wait_for_question(server: RunningServer) -> str:
    """The demo's worker that asks a person something."""
    found: list[str] = []

    def asks() -> bool:
        found[:] = [s["id"] for s in server.get("/api/sessions").body if s["needsInput"]]
        return bool(found)

    wait_until(asks, 90, server.log)
    time.sleep(1.0)
    return found[0]


def _take(
    browser: Browser,
    server: RunningServer,
    path: str,
    name: str,
    *,
    width: int = 1440,
    theme: str = "light",
) -> None:
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": width, "height": 900 if width > 400 else 780},
        color_scheme="dark" if theme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(path)
    page.wait_for_timeout(600)
    page.screenshot(path=FOLDER / f"{name}.png")
    context.close()


if __name__ == "__main__":
    main()

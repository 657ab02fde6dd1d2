"""Takes the documentation's screenshots from the demo: `python tools/take_screenshots.py`."""

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.server import RunningServer, wait_until  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"
SPEED = "2"
PERSON = {
    "DJANGO_SUPERUSER_USERNAME": "ada",
    "DJANGO_SUPERUSER_PASSWORD": "for one picture only",
    "DJANGO_SUPERUSER_EMAIL": "ada@maestro.example",
}


@dataclass(frozen=True)
class Camera:
    """Opens pages of one server, each in a browser context of its own, and keeps what they show."""

    server: RunningServer
    browser: Browser

    def take(self, path: str, name: str, *, width: int = 1440, theme: str = "light") -> None:
        context = self.context(width, theme)
        page = context.new_page()
        page.goto(path)
        self.keep(page, name)
        context.close()

    def context(self, width: int = 1440, theme: str = "light") -> BrowserContext:
        return self.browser.new_context(
            base_url=self.server.url,
            viewport={"width": width, "height": 900 if width > 400 else 780},
            color_scheme="dark" if theme == "dark" else "light",
        )

    def keep(self, page: Page, name: str) -> None:
        page.wait_for_timeout(800)
        page.screenshot(path=FOLDER / f"{name}.png")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = RunningServer(Path(folder) / "data", **PERSON).start()
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("MAESTRO_CHROMIUM"), args=["--no-sandbox"]
        )
        try:
            _take_all(Camera(server, browser))
        finally:
            server.post("/api/sessions/stop-all", {"reason": "the pictures are taken"})
            browser.close()
            server.stop()


def _take_all(camera: Camera) -> None:
    server = camera.server
    started = server.manage("demo", "--speed", SPEED)
    root_id = started.stdout.rsplit("/sessions/", 1)[1].split("/")[0]
    waiting = _first_session(server, lambda session: session["needsInput"])
    project_id = server.session(root_id)["projectId"]
    _take_while_it_waits(camera, root_id, waiting)
    _take_project(camera, project_id, server.session(waiting)["taskIds"])
    _take_what_has_ended(camera, _first_session(server, _is_done))
    camera.take(f"/sessions/{root_id}/tree/", "orchestration-dark", theme="dark")
    _take_doors(camera)


def _first_session(server: RunningServer, fits: Callable[[dict[str, Any]], Any]) -> str:
    found: list[str] = []

    def is_there() -> bool:
        found[:] = [s["id"] for s in server.get("/api/sessions").body if fits(s)]
        return bool(found)

    wait_until(is_there, 120, server.log)
    return found[0]


def _is_done(session: dict[str, Any]) -> bool:
    """The worker with an error in the middle."""
    return bool(session["name"] == "Test Worker" and session["status"] == "completed")


def _take_while_it_waits(camera: Camera, root_id: str, waiting: str) -> None:
    camera.take("/", "now")
    camera.take("/", "now-phone", width=380)
    camera.take(f"/sessions/{waiting}/", "session")
    camera.take(f"/sessions/{waiting}/?view=chart", "chart")
    camera.take(f"/sessions/{root_id}/tree/", "orchestration")
    camera.take(f"/sessions/{waiting}/?full=1", "terminal")


def _take_project(camera: Camera, project_id: str, task_ids: list[str]) -> None:
    for view, name in (("tree", "project"), ("board", "board"), ("graph", "graph")):
        camera.take(f"/projects/{project_id}/?view={view}", name)
    picked = urlencode([("task", task_id) for task_id in task_ids])
    camera.take(f"/projects/{project_id}/spawn?{picked}", "spawn")
    camera.take(f"/tasks/{task_ids[0]}/", "task")
    camera.take("/activity/?span=15m", "activity")
    camera.take("/search/?q=login", "search")
    camera.take("/settings/", "settings")


def _take_what_has_ended(camera: Camera, session_id: str) -> None:
    context = camera.context()
    page = context.new_page()
    page.goto(f"/sessions/{session_id}/")
    page.locator('li.ev[data-type="progress"] a.ev__time').first.click()
    camera.keep(page, "replay")
    context.close()


def _take_doors(camera: Camera) -> None:
    camera.take("/login/", "login")
    camera.server.manage("createsuperuser", "--noinput")
    context = camera.context()
    page = context.new_page()
    page.goto("/login/?next=/admin/sessions_app/session/")
    page.get_by_label("Name").fill(PERSON["DJANGO_SUPERUSER_USERNAME"])
    page.get_by_label("Password").fill(PERSON["DJANGO_SUPERUSER_PASSWORD"])
    page.get_by_role("button", name="Log in").click()
    camera.keep(page, "admin")
    context.close()


if __name__ == "__main__":
    main()

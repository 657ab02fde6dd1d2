"""Every page that people can open, in light and dark and at three widths: it fits, can be read and
used by everybody, keeps to itself, and is the same after a reload."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.visits import Visit, Visitor
from tests.server import RunningServer, wait_until

pytestmark = pytest.mark.browser

THEMES = ("light", "dark")
PASSWORD = "four words of nonsense"
HOSTILE = "<script>document.title='hacked'</script>" + "x" * 120
FAILS = "echo '<b>bold</b>'; printf '%0200d\\n' 7; exit 1"
OPTIONS = ["12 hours", "7 days", "Until the browser is closed, as it was before the rewrite"]
# What programs ask for, and the palette's list, which is a part of every page.
NOT_PAGES = ("/health", "/ws-status", "/metrics", "/api", "/admin/", "/search/palette")


class Site:
    """A server where people log in, with something of everything, and a browser for each theme."""

    def __init__(self, server: RunningServer, browser: Browser) -> None:
        self.server = server
        self.ids: dict[str, str] = {}
        self.visits: list[Visit] = []
        self.contexts = {theme: _context(browser, server, theme) for theme in THEMES}
        self._visitors = [
            Visitor(context.new_page(), server.url, theme)
            for theme, context in self.contexts.items()
        ]

    def visit(self, *addresses: str) -> None:
        for visitor in self._visitors:
            for address in addresses:
                self.visits.append(visitor.visit(address, again=visitor is self._visitors[0]))

    def complaints(self, about: str) -> list[str]:
        return [f"{visit}: {one}" for visit in self.visits for one in getattr(visit, about)]

    def make(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.server.post(f"/api/{path}", body, Authorization=f"Bearer {self._token}")
        assert answer.status in (200, 201), answer
        return dict(answer.body)

    def read(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"}
        return self.server.get(f"/api/{path}", **headers).body

    def make_admin(self, welcome: str) -> None:
        """By the page that the server's link leads to; then everybody here is that admin."""
        page = self.contexts["light"].new_page()
        page.goto(welcome)
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("The same again").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{self.server.url}/")
        cookies: Any = page.context.cookies()
        self.contexts["dark"].add_cookies(cookies)
        page.close()
        made = self.server.manage("tokens", "create", "tests", "--level", "admin")
        self._token = made.stdout.strip()


def _context(browser: Browser, server: RunningServer, theme: str) -> BrowserContext:
    return browser.new_context(
        base_url=server.url,
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )


@pytest.fixture(scope="module")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    server = RunningServer(folder / "data", MAESTRO_AUTH="required").start()
    try:
        yield _visited(Site(server, browser), folder / "work")
    finally:
        server.stop()


def _visited(site: Site, work_dir: Path) -> Site:
    """Pages without data first, then those with."""
    welcome = re.findall(r"/welcome/[^/\s]+/", site.server.log())[0]
    site.visit(welcome, "/login/?next=/projects/")
    site.make_admin(welcome)
    site.visit("/", "/projects/", "/activity/")
    work_dir.mkdir()
    _fill(site, work_dir)
    site.visit(*_addresses(site.ids))
    return site


def _fill(site: Site, work_dir: Path) -> None:
    """Long words, a failure, a question, and a demo that has ended: nothing moves any more."""
    place = {"workingDir": str(work_dir), "description": HOSTILE}
    project = site.make("projects", name="Trial", **place)["id"]
    parent = site.make("tasks", projectId=project, title=HOSTILE, initialPrompt=FAILS)["id"]
    child = {"parentId": parent, "dependencies": [parent], "priority": "high"}
    site.make("tasks", projectId=project, title="Waits for the other", **child)
    failed = _spawn(site, projectId=project, taskIds=[parent], strategy="queue", agent="shell")
    asking = {"projectId": project, "name": "Digger", "status": "working", "taskIds": [parent]}
    waiting = site.make("sessions", **asking)["id"]
    asked = {"message": f"Which of them? {HOSTILE}", "metadata": {"options": OPTIONS}}
    site.make(f"sessions/{waiting}/timeline", type="needs_input", **asked)
    demo = site.make("projects", name="Demo", workingDir=str(work_dir), agent="demo")["id"]
    epic = site.make("tasks", projectId=demo, title="Rewrite the login")["id"]
    fast = {"role": "orchestrator", "agent": "demo", "env": {"MAESTRO_DEMO_SPEED": "40"}}
    root = _spawn(site, projectId=demo, taskIds=[epic], **fast)
    wait_until(lambda: all(_is_over(site, one) for one in (failed, root)), 60, site.server.log)
    worker = site.read(f"sessions/{root}/children")[0]["id"]
    site.ids = {"project": project, "task": parent, "failed": failed, "waiting": waiting}
    site.ids |= {"demo": demo, "root": root, "worker": worker}


def _spawn(site: Site, **body: Any) -> str:
    return str(site.make("sessions/spawn", **body)["sessionId"])


def _is_over(site: Site, session_id: str) -> bool:
    return site.read(f"sessions/{session_id}")["status"] in ("completed", "failed", "stopped")


def _addresses(ids: dict[str, str]) -> list[str]:
    project, task = f"/projects/{ids['project']}/", f"/tasks/{ids['task']}/"
    failed, waiting, worker, root = (
        f"/sessions/{ids[name]}/" for name in ("failed", "waiting", "worker", "root")
    )
    return [
        *("/", "/projects/?new", "/activity/", "/search/?q=login", "/search/?q=zzz"),
        *("/settings/?check", "/api/docs/", "/admin/", "/admin/sessions_app/session/"),
        f"/admin/sessions_app/session/{ids['worker']}/change/",
        *(f"{project}?view={view}" for view in ("tree", "board", "graph", "sessions")),
        *(f"{project}?new", f"{project}?edit={ids['task']}", f"{project}spawn?task={ids['task']}"),
        *(task, f"{task}?edit", f"{task}?delete", f"/projects/{ids['demo']}/?view=board"),
        *(waiting, f"{waiting}?dialog=stop", f"{waiting}?panel=raw", f"{waiting}tree/"),
        *(f"{failed}?view={view}" for view in ("timeline", "chart", "queue")),
        *(worker, f"{worker}?view=chart", f"{worker}?panel=manifest", f"{worker}?only=error"),
        *(f"{root}tree/", f"{root}?panel=files", f"{root}?full=1", f"{root}report/"),
        f"{worker}report/",
    ]


def test_every_route_of_the_url_conf_is_visited_or_takes_forms_only(site: Site) -> None:
    """A page that is new needs an address in the list above."""
    visited = {resolve(visit.address.partition("?")[0]).route for visit in site.visits}
    request = site.contexts["light"].request
    missed = [
        route
        for route in set(_routes(get_resolver(), "")) - visited
        if not f"/{route.lstrip('^')}".startswith(NOT_PAGES)
        and request.get("/" + re.sub(r"<str:(\w+)>", "some_1", route)).status != 405
    ]
    assert missed == []


def _routes(resolver: URLResolver, before: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        elif route != "admin/":
            yield from _routes(entry, route)


def test_no_page_is_wider_than_its_window(site: Site) -> None:
    assert site.complaints("too_wide") == []


def test_no_page_has_an_error_in_its_console_or_a_request_that_failed(site: Site) -> None:
    assert site.complaints("noise") == []


def test_no_page_asks_another_machine(site: Site) -> None:
    assert site.complaints("foreign") == []


def test_axe_finds_nothing_serious_on_any_page(site: Site) -> None:
    assert site.complaints("findings") == []


def test_every_page_shows_the_same_after_a_reload(site: Site) -> None:
    assert site.complaints("changed") == []


def test_every_page_forbids_inline_scripts_and_eval(site: Site) -> None:
    for visit in site.visits:
        rules = dict(rule.split(" ", 1) for rule in visit.policy.split("; "))
        scripts = rules.get("script-src", rules["default-src"])
        assert "'unsafe-" not in scripts, (str(visit), scripts)
        assert rules["connect-src"] == "'self'", str(visit)

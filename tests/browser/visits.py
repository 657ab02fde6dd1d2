"""Opens an address in a real page and writes down all there is to complain about."""

from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from playwright.sync_api import Page, Response

WIDTHS = (1440, 768, 380)
HEIGHT = 900
AXE = next((Path(__file__).parent / "vendor").glob("axe-core-*/axe.min.js")).read_text()
# Swagger UI, whose markup and colours are not ours.
NOT_OURS = ("/api/docs/",)
# All of WCAG 2.2 AA: the size of targets is left out unless it is asked for.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = """async (tags) => {
    // Without `preload`, which would write an inline style to look into those of others.
    const how = { runOnly: tags, resultTypes: ["violations"], preload: false };
    const { violations } = await axe.run(how);
    const grave = violations.filter((one) => ["serious", "critical"].includes(one.impact));
    return grave.flatMap((one) => one.nodes.slice(0, 3).map((node) =>
        `${one.id} (${one.nodes.length}): ${node.target} ${node.any[0]?.message ?? ""}`));
}"""
# Without what time alone moves, and the terminal, which is played anew.
TEXT = """() => {
    const main = (document.querySelector("#main") ?? document.body).cloneNode(true);
    const moving = "[data-since], #terminal, #replay, #density, .chart:has(.playhead) svg";
    for (const one of main.querySelectorAll(`${moving}, noscript`)) one.remove();
    const lasted = /\\d+(\\.\\d+)?\\s(d|h|min|s|MiB|GiB)/g;
    return main.textContent.replace(lasted, "…").replace(/\\s+/g, " ").trim();
}"""
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
TOO_WIDE = """() => {
    const room = document.documentElement.clientWidth;
    const wide = document.documentElement.scrollWidth - room;
    if (wide <= 0) return "";
    const out = [...document.querySelectorAll("body *")].filter((one) =>
        one.getBoundingClientRect().left + one.scrollWidth > room + 1);
    return `${wide} px: ${out.slice(-3).map((one) => one.outerHTML.slice(0, 90)).join(" | ")}`;
}"""
IS_READY = """() => {
    const line = document.querySelector("[data-connection]");
    const swagger = document.querySelector("#swagger-ui");
    return swagger ? swagger.querySelector(".opblock") : !line || line.dataset.state === "live";
}"""


@dataclass
class Visit:
    """One address in one theme, and what is wrong with it there."""

    address: str
    theme: str
    policy: str = ""
    too_wide: list[str] = field(default_factory=list)
    noise: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.address} ({self.theme})"


class Visitor:
    """A page of which every line in its console and every request is heard."""

    def __init__(self, page: Page, origin: str, theme: str) -> None:
        self._page = page
        self._origin = origin
        self._theme = theme
        self._visit = Visit("", theme)
        page.on("console", lambda line: self._said(line.type, line.text))
        page.on("pageerror", lambda error: self._said("error", str(error)))
        page.on("request", lambda request: self._asked(request.url))
        page.on("requestfailed", lambda request: self._failed(request.url, request.failure or ""))

    def visit(self, address: str, *, again: bool) -> Visit:
        """Look at it at every width; then, if `again`, reload it at the first."""
        visit = self._visit = Visit(address, self._theme)
        self._resize(WIDTHS[0])
        response = self._page.goto(address)
        assert response is not None
        assert response.status == 200, f"{visit}: {response.status}"
        visit.policy = _policy(response)
        self._settle()
        before = self._page.evaluate(TEXT)
        if address not in NOT_OURS:
            self._page.evaluate(AXE)
            visit.findings = self._page.evaluate(RUN_AXE, TAGS)
        for width in WIDTHS:
            self._measure(width)
        if again:
            self._reload(before)
        return visit

    def _resize(self, width: int) -> None:
        self._page.set_viewport_size({"width": width, "height": HEIGHT})

    def _settle(self) -> None:
        self._page.wait_for_function(IS_READY)
        self._page.evaluate(PAINTED)

    def _measure(self, width: int) -> None:
        self._resize(width)
        self._page.evaluate(PAINTED)
        if wide := self._page.evaluate(TOO_WIDE):
            self._visit.too_wide.append(f"at {width} px by {wide}")

    def _reload(self, before: str) -> None:
        self._resize(WIDTHS[0])
        self._page.reload()
        self._settle()
        after = self._page.evaluate(TEXT)
        if after != before:
            self._visit.changed.append(_first_difference(before, after))

    def _said(self, kind: str, text: str) -> None:
        if kind == "error":
            self._visit.noise.append(text)

    def _asked(self, url: str) -> None:
        if not url.startswith((self._origin, "data:", "blob:")):
            self._visit.foreign.append(url)

    def _failed(self, url: str, why: str) -> None:
        if "ERR_ABORTED" not in why:  # what was still on its way when the page was left
            self._visit.noise.append(f"{why} {url}")


def _policy(response: Response) -> str:
    return response.headers.get("content-security-policy", "")


def _first_difference(before: str, after: str) -> str:
    pairs = zip(before, after, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    part = slice(max(0, same - 60), same + 60)
    return f"{before[part]!r} became {after[part]!r}"

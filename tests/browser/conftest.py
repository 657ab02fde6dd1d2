"""Chromium, driven by Playwright, on pages of a real server."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.server import RunningServer

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=os.environ.get("MAESTRO_CHROMIUM"),
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser, server: RunningServer) -> Iterator[OpenPage]:
    """Opens pages in contexts of their own; afterwards their consoles must be clean."""
    pages: list[Page] = []
    said: list[str] = []

    def open_one(path: str = "/", *, width: int = 1440, theme: str = "light") -> Page:
        context = browser.new_context(
            base_url=server.url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
        )
        page = context.new_page()
        page.on("console", lambda line: said.append(f"{line.type}: {line.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.goto(path)
        pages.append(page)
        return page

    yield open_one
    for page in pages:
        page.context.close()
    problems = [line for line in said if line.startswith("error") and not _says_it_is_away(line)]
    assert problems == []


def _says_it_is_away(line: str) -> bool:
    """The browser's own line for a killed server or a refused form: the page says it in its way."""
    own = ("WebSocket", "net::ERR_CONNECTION", "status of 422")
    return any(words in line for words in own)

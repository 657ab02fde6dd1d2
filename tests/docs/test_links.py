"""What pages point at is there: links, anchors, pictures, files, commands; diagrams are whole."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, NAMES, PAGES, ROOT, blocks_of, terms_of, text_of, without_code

DIAGRAMS = ("gantt", "graph", "flowchart", "sequenceDiagram", "stateDiagram-v2", "mindmap")
TOP_LEVEL = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] not in "._"}
A_FILE = re.compile(r"[\w-]+/[\w./-]+\.(?:py|js|css|html|md|toml|json|yaml|svg|cast)|tools/setup")


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text()))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not _leads(page, link)] == []


def _leads(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not anchor:
        return target.exists()
    return target.suffix == ".md" and target.exists() and anchor in _anchors(target)


@cache
def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", without_code(page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_file_that_is_named_exists(page: Path) -> None:
    words = re.findall(r"`([^`\n]+)`", without_code(page.read_text()))
    files = [word.partition("::")[0] for word in words]
    ours = [file for file in files if A_FILE.fullmatch(file) and file.split("/")[0] in TOP_LEVEL]
    missing = [file for file in ours if not (ROOT / file).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_fence_is_closed_and_every_diagram_is_of_a_known_kind(page: Path) -> None:
    text = page.read_text()
    assert len(re.findall(r"^\s*```", text, re.MULTILINE)) % 2 == 0
    for diagram in blocks_of(text, "mermaid"):
        assert diagram.split()[0] in DIAGRAMS
        assert _is_balanced(diagram)


def _is_balanced(diagram: str) -> bool:
    """Labels with slashes or parentheses have to be quoted, and what is opened is closed."""
    plain = re.sub(r'"[^"\n]*"', "", diagram)
    pairs = [plain.count(opening) == plain.count(closing) for opening, closing in ("[]", "{}")]
    return all(pairs) and '"' not in plain and not re.search(r"\w\[/", plain)


def test_every_page_is_in_the_index() -> None:
    lists = ("README.md", "concepts/README.md", "decisions/README.md")
    index = "".join(map(text_of, lists))
    pages = [page for page in DOCS.rglob("*.md") if page.name != "README.md"]
    assert [page.name for page in pages if f"{page.name})" not in index] == []


def test_every_picture_is_shown_and_taken_by_the_tool() -> None:
    taken = set(re.findall(r'"([a-z-]+)"\)?[,)]', (ROOT / "tools/take_screenshots.py").read_text()))
    kept = {picture.stem for picture in (DOCS / "screenshots").glob("*.png")}
    linked = "".join(page.read_text() for page in PAGES)
    assert kept - taken == set()
    assert [name for name in kept if f"screenshots/{name}.png)" not in linked] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_the_commands_of_make_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    used = set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE))
    assert used - targets == set()


def test_the_licence_is_named_where_it_counts() -> None:
    (name,) = re.findall(r"^(\w+) License$", (ROOT / "LICENSE").read_text(), re.MULTILINE)
    for project in ("pyproject.toml", "maestro_cli/pyproject.toml"):
        assert f'license = "{name}"' in (ROOT / project).read_text()
    assert terms_of("../CONTRIBUTING.md") >= {"maestro_cli/__init__.py"}

"""The pages of the documentation as tests read them: all of them, and what is in one."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def text_of(name: str) -> str:
    return (DOCS / name).read_text()


def terms_of(name: str) -> set[str]:
    """What a page says in code."""
    return set(re.findall(r"`([^`\n]+)`", text_of(name)))


def without_code(text: str) -> str:
    """Prose alone: what is between fences are examples."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def blocks_of(text: str, language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [block for name, block in found if name == language]


def part_of(name: str, mark: str) -> str:
    """What a page has between `<!-- mark -->` and `<!-- /mark -->`."""
    found = re.search(rf"<!-- {mark} -->\n(.*)<!-- /{mark} -->", text_of(name), re.DOTALL)
    assert found, f"{name} has no part {mark}"
    return found[1]

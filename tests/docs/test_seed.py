"""docs/seed.md leaves nothing of the seed's overview out, and everything it names is there."""

import re

import pytest

from tests.docs.pages import ROOT, terms_of, text_of

PAGE = "seed.md"
# The overview's headings with what it draws under them, as it has them.
SECTIONS = (
    "System Architecture",
    "High-Level Component Diagram",
    "Session Timeline Visualization",
    "Session Status State Machine",
    "Queue Strategy Timeline",
    "Parent-Child Session Timeline",
    "Data Flow Diagrams",
    "Timeline Event Types and Flow",
    "Session Storage Structure",
    "Real-Time Update Flow",
    "Performance Characteristics",
    "Summary",
    "Related Documentation",
)
DRAWN = (
    *("Complete Session Timeline Example", "Timeline Event Flow"),
    *("Queue Processing Visualization", "Queue Item Status Flow"),
    *("Orchestrator-Worker Pattern Timeline", "Parent-Child Session Hierarchy"),
    *("Session Creation Data Flow", "Timeline Event Data Flow"),
    *("Event Type Classification", "Timeline Event Density by Strategy"),
    *("File System Layout", "Session JSON with Timeline", "WebSocket Message Timeline"),
    *("Timeline Growth", "WebSocket Event Frequency"),
)
COMPONENTS = (
    *("User/Developer", "React Application", "Zustand Stores", "xterm.js Terminals"),
    *("WebSocket Client", "REST API", "WebSocket Server", "Services Layer", "Repositories Layer"),
    *("Event Bus", "Sessions JSON", "Tasks JSON", "Queues JSON", "Manifest Files"),
    *("CLI Commands", "Session Hooks", "Claude Agent"),
)
DOCUMENTS = (
    *("SESSION-STATUS-FLOW", "SESSION-LIFECYCLE", "SESSION-TIMELINE", "COMPONENT-FLOWS"),
    *("WEBSOCKET-EVENTS", "QUEUE-STRATEGY", "PARENT-CHILD-SESSIONS"),
)
NAMED = sorted(term for term in terms_of(PAGE) if re.match(r"[\w.-]+/[\w./-]+\.\w+(::|$)", term))


def test_every_section_of_the_seed_has_one() -> None:
    headings = re.findall(r"^#{2,3} (.+)$", text_of(PAGE), re.MULTILINE)
    assert [section for section in SECTIONS if section not in headings] == []


@pytest.mark.parametrize("thing", [*DRAWN, *COMPONENTS, *DOCUMENTS])
def test_what_the_seed_draws_and_names_leads_somewhere(thing: str) -> None:
    paragraphs = re.split(r"\n(?=\|)|\n\n", text_of(PAGE))
    about = [words for words in paragraphs if thing in words and not words.startswith("#")]
    assert about
    assert any("](" in words or "`" in words for words in about)


def test_it_names_files_and_tests() -> None:
    assert len(NAMED) > 40
    assert sum("::" in name for name in NAMED) > 25


@pytest.mark.parametrize("name", NAMED)
def test_what_it_names_is_there(name: str) -> None:
    path, _, function = name.partition("::")
    assert (ROOT / path).is_file()
    if function:
        assert re.search(rf"^(async )?def {function}\(", (ROOT / path).read_text(), re.MULTILINE)

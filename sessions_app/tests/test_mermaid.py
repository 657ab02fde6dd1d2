"""The Mermaid gantt: the seed's sections, tags and times, and nothing that a title could do."""

import re
from typing import Any

import pytest

from sessions_app.mermaid import inert, mermaid_gantt
from sessions_app.tests.row_documents import (
    QUEUE_TITLES,
    WORKER_TITLES,
    at,
    moved,
    queue_session,
    session,
    timeline,
    worker_session,
)
from sessions_app.tree_rows import SessionNode

HEAD = re.compile(
    r"gantt\n    title [^:#;\n]+: [^:#;\n]+\n"
    r"    dateFormat  (HH:mm:ss|YYYY-MM-DD HH:mm:ss)\n    axisFormat  %H:%M:%S\n"
)
LINE = re.compile(
    r"    (section [^:;#\n]+"
    r"|(?P<words>[^:;#,\n]+):(?P<tag>milestone|active|done|crit), (?P<id>n\d+), "
    r"(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d, \d+m?s)"
)


def lines_of(chart: str) -> list[str]:
    """Those below the head; every one of them is of the notation."""
    head = HEAD.match(chart)
    assert head, chart
    lines = [line for line in chart[head.end() :].split("\n") if line]
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    ids = [match["id"] for line in lines if (match := LINE.fullmatch(line)) and match["id"]]
    assert len(ids) == len(set(ids))
    return [re.sub(r"\s+:", " :", line.strip()) for line in lines]


def sections_of(lines: list[str]) -> list[str]:
    return [line.removeprefix("section ") for line in lines if line.startswith("section ")]


def chart_of(document: dict[str, Any], titles: dict[str, str], queue: Any = None) -> list[str]:
    return lines_of(mermaid_gantt(SessionNode(document, titles, queue), now_ms=at(200)))


def without_ids(lines: list[str]) -> list[str]:
    return [re.sub(r", n\d+", "", line) for line in lines]


def test_a_worker_session_reads_as_the_seeds_own_chart() -> None:
    lines = chart_of(worker_session(), WORKER_TITLES)
    assert sections_of(lines) == [
        "Session Lifecycle",
        "Task 1 (Task 1)",
        "Task 2 (Task 2)",
        "Completion",
    ]
    plain = without_ids(lines)
    for expected in (
        "Session Created (spawning) :milestone, 14:30:00, 0s",
        "Task 1 Started (working) :milestone, 14:30:05, 0s",
        "Task 1 Processing :active, 14:30:05, 45s",
        "Progress 25 % :crit, 14:30:15, 0s",
        "Task 1 Completed :milestone, 14:30:50, 0s",
        "Error Error encountered :crit, 14:31:10, 0s",
        "Recovery :active, 14:31:10, 6s",
        "Session Completed :milestone, 14:31:25, 0s",
    ):
        assert expected in plain


def test_a_queue_says_when_it_was_done() -> None:
    document, queue = queue_session()
    plain = without_ids(chart_of(document, QUEUE_TITLES, queue))
    assert "Task 2 Queued :done, 14:30:00, 35s" in plain
    assert "All tasks completed :milestone, 14:31:39, 0s" in plain


def test_a_tree_has_a_section_for_each_session() -> None:
    parent = session(id="ses_p", name="Lead", role="orchestrator")
    child = worker_session() | {"id": "ses_c", "name": "Backend", "role": "worker"}
    node = SessionNode(parent, {}, children=(SessionNode(child, WORKER_TITLES),))
    lines = lines_of(mermaid_gantt(node, now_ms=at(200)))
    assert sections_of(lines) == ["Orchestrator (Lead)", "Worker (Backend)"]
    assert "Spawn Backend :crit, 14:30:00, 0s" in without_ids(lines)


def test_a_chart_that_passes_midnight_has_dates() -> None:
    late = 10 * 60 * 60
    document = session(
        status="completed",
        completedAt=at(late),
        timeline=timeline((0, "session_started"), (late, "session_stopped")),
        transitions=[moved(0, "spawning"), moved(5, "idle"), moved(late, "completed")],
    )
    lines = without_ids(chart_of(document, {}))
    assert "Session Completed :milestone, 2024-02-07 00:30:00, 0s" in lines


HOSTILE = [
    "a: b, c; d # e",
    "x\nsection Mine\nclick n1 href evil",
    "x\r\u2028\u2029\x85\x0b section y",
    "%%{init: {'theme': 'dark'}}%%",
    "%% a comment",
    "<script>alert(1)</script>",
    ":crit, n1, 00:00:00, 5s",
    "\x00\x1b[31m",
    "",
    "; : ,",
    "section y",
    "x" * 5000,
]


@pytest.mark.parametrize("words", HOSTILE)
def test_whatever_is_in_a_title_is_only_text(words: str) -> None:
    document = worker_session() | {"name": words}
    for event in document["timeline"]:
        event["message"] = words
        event.setdefault("metadata", {})["phase"] = words
    lines = chart_of(document, {"tsk_1": words, "tsk_2": words})
    assert len(sections_of(lines)) == 4
    assert not any(line.startswith(("click", "%%", "title", "dateFormat")) for line in lines)
    assert not set(inert(words)) & set(":,;#<>{}\n\r")
    assert "%%" not in inert(words)
    assert 0 < len(inert(words)) <= 80

"""The diagrams of docs/concepts are what the code does: its tables, and replays of sessions."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from conftest import HOST, Api, Clock
from queues_app.rules import ENDED, ItemStatus
from sessions_app.rules import FINAL, MOVES, EventType
from tests.docs.pages import blocks_of, part_of, text_of
from tests.test_scenarios import SCENARIOS, OrchestraReplay, Replay

ARROW = re.compile(r"^    (\S+) --> (\w+|\[\*\])", re.MULTILINE)


def drawn_moves(page: str) -> set[tuple[str, str]]:
    diagrams = [block for block in blocks_of(text_of(page), "mermaid") if "stateDiagram" in block]
    assert len(diagrams) == 1
    return set(ARROW.findall(diagrams[0]))


def test_the_status_diagram_is_the_table_of_moves() -> None:
    moves = {(current.value, to.value) for current, after in MOVES.items() for to in after}
    ends = {(status.value, "[*]") for status in FINAL}
    assert drawn_moves("concepts/session-status.md") == moves | ends | {("[*]", "spawning")}


def test_the_diagram_of_items_has_their_statuses_and_ends() -> None:
    drawn = drawn_moves("concepts/queues.md")
    assert {name for move in drawn for name in move} == {*ItemStatus, "[*]"}
    assert {before for before, after in drawn if after == "[*]"} == ENDED


def test_the_map_of_event_types_has_all_of_them() -> None:
    (drawn,) = [b for b in blocks_of(text_of("concepts/timeline.md"), "mermaid") if "mindmap" in b]
    assert set(re.findall(r"^      (\w+)$", drawn, re.MULTILINE)) == {*EventType}


@pytest.mark.parametrize("name", ["simple", "queue", "with_progress"])
def test_each_example_of_density_is_drawn_event_by_event(name: str) -> None:
    sections = part_of("concepts/timeline.md", "density").split("    section ")[1:]
    drawn = dict(zip(("simple", "queue", "with_progress"), sections, strict=True))[name]
    events = re.findall(r"^    (\w+)[^:]*:\w+, \w+, (\d\d), 0s$", drawn, re.MULTILINE)
    assert [[int(second), event] for event, second in events] == SCENARIOS["density"][name]


def replay_of(name: str) -> Callable[[Api, Clock], str]:
    def play(api: Api, clock: Clock) -> str:
        replay = Replay(api, SCENARIOS[name])
        for step in SCENARIOS[name]["steps"]:
            clock.set(s=step["t"])
            replay.do(step)
        return export(f"{replay.session_id}/export?format=mermaid")

    return play


def replay_of_orchestrator(api: Api, clock: Clock) -> str:
    replay = OrchestraReplay(api, clock)
    replay.run()
    return export(f"{replay.ids['O']}/export?format=mermaid&tree=true")


def export(path: str) -> str:
    answer = Client(headers={"host": HOST}).get(f"/api/sessions/{path}")
    assert answer.status_code == 200
    return re.sub(r" \(ses_\w+\)", "", answer.content.decode())


@pytest.mark.parametrize(
    ("page", "mark", "play"),
    [
        ("concepts/timeline.md", "worker_session", replay_of("worker_session")),
        ("concepts/queues.md", "queue_session", replay_of("queue_session")),
        ("concepts/parent-child.md", "orchestrator", replay_of_orchestrator),
    ],
)
def test_a_gantt_of_the_documentation_is_what_the_server_exports(
    api: Api, clock: Clock, page: str, mark: str, play: Callable[[Api, Clock], str]
) -> None:
    assert part_of(page, mark) == f"```mermaid\n{play(api, clock)}```\n"

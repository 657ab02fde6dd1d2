"""The session chart's drawing: what it shows, what it merges, and that it stays small and inert."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from charts_app.frame import Chart
from charts_app.scale import TimeScale, Zoom
from charts_app.session_chart import draw_session
from charts_app.svg import DEFS_SVG, fitted, text_width
from sessions_app.rows import build_rows
from sessions_app.tests.row_documents import (
    QUEUE_TITLES,
    START,
    WORKER_TITLES,
    Document,
    at,
    crowded_session,
    moved,
    orchestrator,
    progress,
    queue_session,
    session,
    timeline,
    worker_session,
)

SEED_EVENTS: list[tuple[int, Document]] = [
    (0, {"type": "session_started", "message": "Session created"}),
    (5, {"type": "task_started", "taskId": "tsk_123"}),
    (20, {"type": "progress", "taskId": "tsk_123", "metadata": {"progress": 0.3}}),
    (35, {"type": "progress", "taskId": "tsk_123", "metadata": {"progress": 0.6}}),
    (50, {"type": "task_completed", "taskId": "tsk_123"}),
    (55, {"type": "task_started", "taskId": "tsk_456"}),
    (80, {"type": "task_completed", "taskId": "tsk_456"}),
    (85, {"type": "session_stopped", "message": "Session completed successfully"}),
]
SEED_SESSION = session(
    id="ses_abc123",
    status="completed",
    taskIds=["tsk_123", "tsk_456"],
    createdAt=1707260400000,
    completedAt=1707260485000,
    timeline=[
        {"id": f"evt_{number}", "timestamp": 1707260400000 + 1000 * seconds, **more}
        for number, (seconds, more) in enumerate(SEED_EVENTS, start=1)
    ],
)
HOSTILE = """"><script>alert(1)</script><img src=x onerror='alert(1)'>\x00\ud800\u202e]]>"""


def drawn(
    document: Document,
    *,
    now: float = 200,
    width: int = 940,
    queue: Document | None = None,
    titles: dict[str, str] = WORKER_TITLES,
    zoom: Zoom | None = None,
    narrow: bool = False,
) -> Chart:
    rows = build_rows(document, titles=titles, queue=queue, now_ms=at(now))
    return draw_session(rows, width=width, now_ms=at(now), zoom=zoom, narrow=narrow)


def parsed(chart: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(chart.svg)


def classes(chart: Chart) -> set[str]:
    found = {element.get("class", "") for element in parsed(chart).iter()}
    return {name for names in found for name in names.split()}


def texts(chart: Chart) -> list[str]:
    return [element.text or "" for element in parsed(chart).iter("text")]


def last_minute(document: Document) -> float:
    last_ms: int = document["timeline"][-1]["timestamp"]
    return (last_ms - START) / 1000 + 60


class TestScenarios:
    def test_a_worker_session_has_a_lane_for_its_lifecycle_and_each_task(self) -> None:
        chart = drawn(worker_session())
        assert [lane.title for lane in chart.lanes] == ["Lifecycle", "Task 1", "Task 2"]
        assert [lane.sub for lane in chart.lanes] == [
            "Completed, 1:25",
            "Completed, 0:45",
            "Completed, 0:30",
        ]
        assert chart.height == 32 + 92 + 68 + 68

    def test_its_words_numbers_and_marks_are_drawn(self) -> None:
        chart = drawn(worker_session())
        shown = texts(chart)
        for word in ("14:30:00", ":10", "14:31:00", "working", "25\u00a0%", "recovery"):
            assert word in shown
        assert "All tasks done" in shown
        assert {"bar--done", "bar--recovery", "m-red", "mark--task_completed"} <= classes(chart)

    def test_a_queue_session_shows_queue_and_queued_time(self) -> None:
        document, queue = queue_session()
        chart = drawn(document, queue=queue, titles=QUEUE_TITLES)
        assert [lane.id for lane in chart.lanes][:2] == ["lifecycle", "queue"]
        assert [lane.title for lane in chart.lanes[2:]] == list(QUEUE_TITLES.values())
        assert "3 queued" in texts(chart)
        assert "queued" in {entry.key for entry in chart.legend}

    def test_an_orchestrator_shows_its_phases_and_its_childrens_reports(self) -> None:
        chart = drawn(orchestrator())
        assert [lane.title for lane in chart.lanes] == ["Lifecycle", "Phases", "Session"]
        assert {"Planning", "Monitor Workers", "1/3", "3/3"} <= set(texts(chart))

    def test_the_seeds_own_session_draws(self) -> None:
        titles = {"tsk_123": "Implement authentication", "tsk_456": "Write tests"}
        chart = drawn(SEED_SESSION, titles=titles)
        assert [lane.title for lane in chart.lanes[1:]] == list(titles.values())
        assert "30\u00a0%" in texts(chart)

    def test_an_empty_session_draws_a_lifecycle_that_spawns(self) -> None:
        chart = drawn(session(status="spawning"), now=2)
        assert [lane.sub for lane in chart.lanes] == ["Spawning, 0:02"]
        assert {"bar--spawning", "playhead"} <= classes(chart)

    def test_a_finished_session_has_an_end_and_no_playhead(self) -> None:
        chart = drawn(worker_session())
        assert "playhead" not in classes(chart)
        assert "session_stopped" in {entry.key for entry in chart.legend}


def live_session(**more: object) -> Document:
    task = {"taskId": "tsk_1"}
    entries = timeline((0, "session_started"), (5, "task_started", task), (20, "needs_input", task))
    return session(timeline=entries, taskIds=["tsk_1"], needsInput={"active": True}) | more


def test_a_live_session_ends_at_the_playhead() -> None:
    chart = drawn(live_session(), now=60)
    head = re.search(r'class="playhead" d="M([\d.]+)', chart.svg)
    bars = re.findall(r'class="bar bar--waiting" x="([\d.]+)" y="\d+" width="([\d.]+)"', chart.svg)
    assert head is not None
    assert len(bars) == 2
    for x, width in bars:
        assert float(x) + float(width) == pytest.approx(float(head[1]), abs=0.2)
    assert {"14:31:00", "waiting"} <= set(texts(chart))


def test_marks_are_named_and_carry_their_event() -> None:
    root = parsed(drawn(worker_session()))
    marks = [element for element in root.iter() if element.get("class") == "evt"]
    for mark in marks:
        assert mark.get("role") == "img"
        assert mark.get("tabindex") == "-1"
        assert mark.get("aria-label")
    names = {mark.get("data-event"): mark.get("aria-label") for mark in marks}
    assert names["evt_8"] == "Error, Error encountered, 14:31:10"
    assert names["evt_3"] == "Progress 25\u00a0%, 14:30:15"
    # The start's barline, nine events of tasks, the milestone and the end: nothing is lost.
    assert {f"evt_{number}" for number in range(1, 13)} <= set(names)


def test_lanes_can_be_found_by_their_id() -> None:
    lanes = {e.get("data-lane") for e in parsed(drawn(worker_session())).iter()} - {None}
    assert lanes == {"lifecycle", "tsk_1", "tsk_2"}


def test_hostile_text_is_inert() -> None:
    task = {"taskId": HOSTILE}
    document = session(
        timeline=timeline(
            (1, HOSTILE, {"message": HOSTILE}),
            (5, "task_started", task),
            (30, "milestone", task | {"message": HOSTILE, "metadata": {"phase": HOSTILE}}),
            (90, "milestone", {"message": HOSTILE}),
        ),
        taskIds=[HOSTILE],
    )
    document["timeline"][1]["id"] = HOSTILE
    chart = drawn(document, titles={HOSTILE: HOSTILE})
    tags = {element.tag.split("}")[-1] for element in parsed(chart).iter()}
    assert tags <= {"svg", "g", "path", "rect", "circle", "text", "title", "use"}
    attributes = {name for element in parsed(chart).iter() for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on") or name == "style"}
    assert "\u202e" not in chart.svg


def test_no_style_attribute_and_only_known_references() -> None:
    document, queue = queue_session()
    markup = drawn(document, queue=queue).svg + DEFS_SVG
    assert "style=" not in markup
    assert set(re.findall(r'href="([^"]+)"', markup)) <= {
        "#ev-task_started",
        "#ev-task_completed",
        "#ev-milestone",
    }


class TestSize:
    @pytest.mark.parametrize("tasks", [1, 6, 39, 620, 2400])
    @pytest.mark.parametrize("width", [340, 940, 2400])
    def test_ten_thousand_events_stay_small(self, tasks: int, width: int) -> None:
        document = crowded_session(tasks=tasks)
        chart = drawn(document, now=last_minute(document), width=width)
        assert chart.shapes <= 1200
        assert len(chart.svg.encode()) <= 250_000
        assert len(chart.lanes) <= 40

    @pytest.mark.parametrize("kind", ["error", "milestone", "needs_input", "odd_type", "progress"])
    def test_ten_thousand_of_one_kind_stay_small(self, kind: str) -> None:
        entries = [(i / 2, kind, {"message": "&" * 200, "taskId": "tsk_1"}) for i in range(9_998)]
        document = session(timeline=timeline((0, "task_started", {"taskId": "tsk_1"}), *entries))
        chart = drawn(document, now=5000, width=2400)
        assert chart.shapes <= 1200
        assert len(chart.svg.encode()) <= 250_000

    def test_alternating_outcomes_stay_small(self) -> None:
        entries = []
        for number in range(3_300):
            task = {"taskId": f"tsk_{number % 30}"}
            ending = "task_failed" if number % 2 else "task_completed"
            asked = (number * 3 + 1, "needs_input", task)
            entries += [(number * 3, "task_started", task), asked, (number * 3 + 2, ending, task)]
        chart = drawn(session(timeline=timeline(*entries)), now=10_000, width=2400)
        assert chart.shapes <= 1200
        assert len(chart.svg.encode()) <= 250_000

    def test_many_tasks_fold_and_say_how_many(self) -> None:
        document = crowded_session(tasks=620)
        chart = drawn(document, now=last_minute(document))
        titles = [lane.title for lane in chart.lanes]
        folded = next(title for title in titles if title.endswith("more tasks"))
        shown = sum(lane.task_id is not None for lane in chart.lanes)
        assert shown + int(folded.split()[0]) == 620
        assert {"mrest", "density"} <= classes(chart)

    def test_failed_tasks_keep_a_lane_of_their_own(self) -> None:
        document = crowded_session(tasks=620)
        chart = drawn(document, now=last_minute(document))
        assert sum(lane.sub.startswith("Failed") for lane in chart.lanes) == 11


def test_close_labels_keep_the_last() -> None:
    ticks = [(10 + step, "progress", progress("tsk_1", step / 10)) for step in range(3)]
    entries = timeline((5, "task_started", {"taskId": "tsk_1"}), *ticks)
    chart = drawn(session(timeline=entries), now=100)
    numbers = [text for text in texts(chart) if text.endswith("%")]
    assert numbers == ["20\u00a0%"]
    assert chart.svg.count('class="tick"') == 3


def test_a_merged_mark_says_how_many_it_is() -> None:
    task = {"taskId": "tsk_1"}
    errors = [(50 + step / 10, "error", task) for step in range(5)]
    chart = drawn(session(timeline=timeline((5, "task_started", task), *errors)), now=100)
    assert 'aria-label="5 errors, from 14:30:50"' in chart.svg
    assert "5" in texts(chart)


def test_a_zoom_shows_its_stretch_only() -> None:
    chart = drawn(worker_session(), zoom=Zoom(at(60), at(80)))
    names = "".join(re.findall(r'aria-label="([^"]*)"', chart.svg))
    assert "Error encountered" in names
    assert "Session created" not in names
    assert "Progress 25" not in names


def test_a_narrow_drawing_is_taller_and_has_no_words() -> None:
    chart = drawn(worker_session(), narrow=True)
    assert [lane.height for lane in chart.lanes] == [112, 88, 88]
    assert "working" not in texts(chart)
    assert "tick" in classes(chart)


def test_working_is_one_bar_over_gaps_too_short_to_see() -> None:
    moves = [moved(0, "spawning")]
    for number in range(20):
        start = 100 + number * 200
        moves += [moved(start, "working"), moved(start + 199.9, "idle")]
    chart = drawn(session(transitions=moves), now=4200)
    assert "working, 20 spans" in texts(chart)
    assert chart.svg.count("bar--working") == 1


class TestScale:
    def test_labels_are_at_least_fifty_six_pixels_apart(self) -> None:
        for seconds in (7, 61, 600, 5_000, 40_000, 400_000, 40_000_000):
            ticks = TimeScale(START, START + seconds * 1000, 940).ticks()
            places = [tick.x for tick in ticks[1:]]
            gaps = [after - before for before, after in pairwise(places)]
            assert all(gap >= 55.9 for gap in gaps), seconds

    def test_a_change_of_the_minute_is_major_and_in_full(self) -> None:
        ticks = TimeScale(START, START + 100_000, 940).ticks()
        assert [(t.label, t.major) for t in ticks if t.major] == [("14:31:00", True)]
        assert ticks[0].label == "14:30:00"

    def test_local_time_is_east_of_utc(self) -> None:
        ticks = TimeScale(START, START + 100_000, 940, offset_min=330).ticks()
        assert ticks[0].label == "20:00:00"


def test_text_is_cut_to_what_fits() -> None:
    assert fitted("Implement", width=500, size=12) == "Implement"
    cut = fitted("Implement authentication", width=60, size=12)
    assert cut.endswith("…")
    assert text_width(cut, 12) <= 60
    assert fitted("Implement", width=10, size=12) == ""

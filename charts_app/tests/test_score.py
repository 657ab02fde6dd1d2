"""The score's drawing: what stands on each stave, what ties them, and that it stays small."""

import re
from xml.etree import ElementTree

import pytest

from charts_app.frame import Chart
from charts_app.merge import Box, joined_boxes, uncovered
from charts_app.scale import Zoom
from charts_app.score import draw_score
from charts_app.svg import DEFS_SVG
from sessions_app.tests.row_documents import at, session, timeline
from sessions_app.tests.tree_documents import (
    big_orchestration,
    deep_orchestration,
    live_orchestration,
    node,
    parent_document,
    seed_orchestration,
    worker_document,
)
from sessions_app.tree_rows import SessionNode, build_tree_rows

HOSTILE = """"><script>alert(1)</script><img src=x onerror='alert(1)'>\x00\ud800\u202e]]>"""


def drawn(
    root: SessionNode,
    *,
    now: float = 200,
    width: int = 964,
    zoom: Zoom | None = None,
    narrow: bool = False,
    folded: tuple[str, ...] = (),
) -> Chart:
    tree = build_tree_rows(root, now_ms=at(now), folded=folded)
    return draw_score(tree, width=width, now_ms=at(now), zoom=zoom, narrow=narrow)


def parsed(chart: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(chart.svg)


def texts(chart: Chart) -> list[str]:
    return [element.text or "" for element in parsed(chart).iter("text")]


def of_class(chart: Chart, name: str) -> list[ElementTree.Element]:
    return [e for e in parsed(chart).iter() if name in e.get("class", "").split()]


def lane_marks(chart: Chart, session_id: str) -> list[str]:
    """The names of all marks in one session's lane."""
    groups = [e for e in parsed(chart).iter("g") if e.get("data-session") == session_id]
    return [e.get("aria-label", "") for g in groups for e in g.iter("g") if e.get("role") == "img"]


def ends_of(d: str) -> tuple[list[float], list[float]]:
    """The places and heights in a path of M, V and L."""
    points = re.findall(r"[ML]([-\d.]+) ([-\d.]+)|V([-\d.]+)", d)
    return (
        [float(x) for x, _, _ in points if x],
        [float(y or v) for _, y, v in points],
    )


class TestTheSeedsPicture:
    def test_a_lane_for_each_session_names_it_and_its_status(self) -> None:
        lanes = drawn(seed_orchestration()).lanes
        assert [(lane.title, lane.sub, lane.depth) for lane in lanes] == [
            ("Orchestrator", "Completed, 1:25", 0),
            ("Backend Worker", "Completed, 0:43", 1),
            ("Frontend Worker", "Completed, 0:58", 1),
            ("Test Worker", "Completed, 1:03", 1),
        ]
        assert [lane.session_id for lane in lanes] == ["ses_orch", "ses_w1", "ses_w2", "ses_w3"]
        assert [lane.css for lane in lanes][:2] == ["lane--orch", "lane--stave is-child"]
        assert [lane.height for lane in lanes] == [104, 100, 100, 100]

    def test_phases_are_named_and_counted_workers_stand_on_the_parents_stave(self) -> None:
        chart = drawn(seed_orchestration())
        tempo = [element.text for element in of_class(chart, "tempo")]
        assert {"Planning", "Monitor Workers"} <= set(tempo)
        assert {"1/3", "2/3", "3/3", "50\u00a0%"} <= set(texts(chart))
        names = lane_marks(chart, "ses_orch")
        assert "Phase Spawning, Planning complete, 14:30:15" in names
        assert "Phase Monitor Workers, 1\u00a0min 4\u00a0s, from 14:30:21" in names

    def test_a_phase_is_named_once(self) -> None:
        chart = drawn(seed_orchestration())
        assert texts(chart).count("Planning") == 1
        assert texts(chart).count("Monitor Workers") == 1

    def test_tasks_stand_on_the_workers_stave(self) -> None:
        names = lane_marks(drawn(seed_orchestration()), "ses_w1")
        assert "Login API, completed after 20\u00a0s, from 14:30:18" in names
        assert "Spawning, 3\u00a0s, from 14:30:15" in names
        assert {"completed, 43\u00a0s", "Token rotation"} <= set(texts(drawn(seed_orchestration())))

    def test_an_arrow_leads_from_the_parents_bar_to_each_first_barline(self) -> None:
        chart = drawn(seed_orchestration())
        arrows = [ends_of(e.get("d", "")) for e in of_class(chart, "spawn")]
        places = [x for (x,), _ in arrows]
        parent, first = 32 + 60, 32 + 104 + 58
        assert places == sorted(places)
        assert [heights for _, heights in arrows] == [
            [parent, first - 22],
            [parent, first + 100 - 22],
            [parent, first + 200 - 22],
        ]

    def test_arrows_lie_under_all_bars_and_over_the_staves(self) -> None:
        chart = drawn(seed_orchestration())
        layers = [e.get("class") for e in parsed(chart)]
        assert layers == ["layer-back", "layer-links", "layer-bars", "layer-marks"]
        assert chart.svg.index("spawn-halo") < chart.svg.index('class="spawn"')

    def test_ends_are_dotted_up_to_the_number_that_counts_them(self) -> None:
        (line,) = of_class(drawn(seed_orchestration()), "done-line")
        places, heights = ends_of(line.get("d", ""))
        assert len(places) == 6
        assert heights[1::2] == [32 + 60 + 18] * 3
        for start, end in zip(places[::2], places[1::2], strict=True):
            assert start == pytest.approx(end, abs=0.1)

    def test_a_bracket_ties_the_children(self) -> None:
        (bracket,) = of_class(drawn(seed_orchestration()), "bracket")
        first, last = 32 + 104 + 58, 32 + 104 + 200 + 58
        assert bracket.get("d", "").startswith(f"M2 {first - 22}c")
        assert f"V{last + 23}c" in bracket.get("d", "")

    def test_a_childs_stave_begins_and_ends_with_it(self) -> None:
        staves = [e.get("d", "") for e in of_class(drawn(seed_orchestration()), "stave")]
        starts = [float(d.split()[0][1:]) for d in staves]
        assert starts == sorted(starts)
        assert all("H964" not in d for d in staves)


class TestLive:
    def test_a_live_stave_runs_to_the_edge_and_its_bar_to_the_playhead(self) -> None:
        chart = drawn(live_orchestration(), now=78)
        (head,) = of_class(chart, "playhead")
        now_x = float(head.get("d", "").split()[0][1:])
        for bar in of_class(chart, "bar--live"):
            right = float(bar.get("x", "")) + float(bar.get("width", ""))
            assert right == pytest.approx(now_x, abs=0.2)
        staves = [e.get("d", "") for e in of_class(chart, "stave")]
        assert ["H964" in d for d in staves] == [True, False, False, False, True, True]

    def test_who_waits_has_a_fermata_and_says_so(self) -> None:
        chart = drawn(live_orchestration(), now=78)
        assert chart.lanes[-1].sub == "Waiting for you, 18\u00a0s"
        assert chart.lanes[-1].glyph == "st-waiting"
        assert "waiting" in texts(chart)
        assert len(of_class(chart, "bar--waiting")) == 1

    def test_two_of_four_have_reported(self) -> None:
        chart = drawn(live_orchestration(), now=78)
        assert {"1/4", "2/4"} <= set(texts(chart))
        (line,) = of_class(chart, "done-line")
        assert line.get("d", "").count("M") == 2

    def test_a_stale_session_says_so(self) -> None:
        root = live_orchestration()
        silent = dict(root.children[2].document) | {"stale": {"since": at(20)}}
        chart = drawn(node(dict(root.document), node(silent)), now=78)
        assert (chart.lanes[1].sub, chart.lanes[1].glyph) == ("Stale, 0:59", "st-stale")


class TestFolded:
    def test_a_folded_session_is_one_rest_with_its_number_of_events(self) -> None:
        chart = drawn(live_orchestration(), now=78, folded=("ses_sub",))
        lane = next(lane for lane in chart.lanes if lane.session_id == "ses_sub")
        assert (lane.css, lane.height) == ("lane--fold is-child is-child2", 48)
        assert lane.folded
        (name,) = lane_marks(chart, "ses_sub")
        assert name == "Visual diff, folded: 4 events, completed after 23\u00a0s, from 14:30:33"
        assert "4 events" in texts(chart)

    def test_what_lies_below_is_counted(self) -> None:
        chart = drawn(live_orchestration(), now=78, folded=("ses_w2",))
        assert "Completed, 1 below" in [lane.sub for lane in chart.lanes]
        assert "9 events in 2 sessions" in texts(chart)

    def test_a_folded_parent_has_no_number_to_report_to(self) -> None:
        chart = drawn(live_orchestration(), now=78, folded=("ses_orch",))
        assert not of_class(chart, "done-line")


class TestLevels:
    def test_each_level_is_indented(self) -> None:
        lanes = drawn(deep_orchestration(), now=78).lanes
        assert [lane.css.split()[1:] for lane in lanes] == [
            [],
            ["is-child"],
            ["is-child", "is-child2"],
            ["is-child", "is-child3"],
        ]

    def test_arrows_lead_from_each_ones_own_parent(self) -> None:
        arrows = of_class(drawn(deep_orchestration(), now=78), "spawn")
        centres = [32 + 60, 32 + 104 + 58, 32 + 204 + 58]
        assert [ends_of(e.get("d", ""))[1][0] for e in arrows] == centres

    def test_a_phase_is_named_above_a_task_that_runs_through_it(self) -> None:
        chart = drawn(deep_orchestration(), now=78)
        assert {"Planning", "tsk_0"} <= set(texts(chart))
        assert not [
            name
            for name in lane_marks(chart, "ses_orch")
            if name.startswith("Phase") and "min" in name
        ]

    def test_a_failed_session_shows_its_error_and_its_end(self) -> None:
        chart = drawn(deep_orchestration(), now=78)
        assert "Error, No such host, 14:30:45" in lane_marks(chart, "ses_2")
        assert [e.text for e in of_class(chart, "tempo--red")] == ["failed, 30\u00a0s"]


class TestSize:
    @pytest.mark.parametrize("sessions", [13, 39, 41, 200])
    @pytest.mark.parametrize("width", [340, 964, 2400])
    def test_many_sessions_stay_small(self, sessions: int, width: int) -> None:
        chart = drawn(big_orchestration(sessions), now=4400, width=width)
        assert len(chart.lanes) <= 40
        assert chart.shapes <= 1200
        assert len(chart.svg.encode()) <= 250_000

    def test_two_hundred_say_how_many_have_no_lane(self) -> None:
        chart = drawn(big_orchestration(), now=4400)
        assert chart.lanes[-1].title == "159 more sessions"
        assert chart.lanes[-1].session_id is None

    def test_who_is_live_or_failed_keeps_a_lane(self) -> None:
        subs = [lane.sub for lane in drawn(big_orchestration(), now=4400).lanes]
        assert sum(sub.startswith("Working") for sub in subs) == 1 + 3
        assert sum(sub.startswith("Failed") for sub in subs) == 5

    def test_forty_busy_live_sessions_stay_small(self) -> None:
        busy = []
        for number in range(60):
            task = {"taskId": "tsk_1"}
            kinds = ("progress", "error", "milestone", "needs_input", "odd")
            entries = [(2 + i / 2, kinds[i % 5], task | {"message": "&" * 200}) for i in range(300)]
            spoken = timeline((1, "task_started", task), *entries)
            busy.append(node(session(id=f"ses_{number}", timeline=spoken)))
        chart = drawn(node(parent_document([], ends=None), *busy), now=200, width=2400)
        assert chart.shapes <= 1200
        assert len(chart.svg.encode()) <= 250_000
        assert [lane.title for lane in chart.lanes if lane.folded is None] == ["24 more sessions"]


def test_hostile_names_are_inert() -> None:
    child = worker_document(
        (HOSTILE, HOSTILE), spawned=10, tasks=[(HOSTILE, 12, 60)], ends=70, final="failed"
    )
    root = session(
        id="ses_0",
        name=HOSTILE,
        timeline=timeline(
            (5, "milestone", {"message": HOSTILE, "metadata": {"phase": HOSTILE}}),
            (70, "progress", {"metadata": {"childSessionId": HOSTILE, "done": 1, "total": 1}}),
        ),
    )
    for folded in ((), (HOSTILE,)):
        chart = drawn(node(root, node(child)), now=100, folded=folded)
        tags = {element.tag.split("}")[-1] for element in parsed(chart).iter()}
        assert tags <= {"svg", "g", "path", "rect", "circle", "text", "title", "use"}
        attributes = {name for element in parsed(chart).iter() for name in element.attrib}
        assert not {name for name in attributes if name.startswith("on") or name == "style"}
        assert "\u202e" not in chart.svg + "".join(lane.title for lane in chart.lanes)


def test_marks_are_named_and_carry_their_event_and_their_session() -> None:
    root = parsed(drawn(seed_orchestration()))
    lanes = [e for e in root.iter("g") if e.get("data-session")]
    assert {lane.get("data-session") for lane in lanes} == {
        "ses_orch",
        "ses_w1",
        "ses_w2",
        "ses_w3",
    }
    marks = [e for e in root.iter() if e.get("class") == "evt"]
    assert len(marks) == sum(e.get("class") == "evt" for lane in lanes for e in lane.iter())
    for mark in marks:
        assert mark.get("tabindex") == "-1"
        assert mark.get("aria-label")


def test_every_event_of_the_seeds_picture_can_be_reached() -> None:
    chart = drawn(seed_orchestration())
    for child in (seed_orchestration(), *seed_orchestration().children):
        lanes = [
            e for e in parsed(chart).iter("g") if e.get("data-session") == child.document["id"]
        ]
        reached = {e.get("data-event") for lane in lanes for e in lane.iter()}
        entries = child.document["timeline"]
        assert isinstance(entries, list)
        assert {entry["id"] for entry in entries} <= reached


def test_no_style_attribute_and_every_reference_is_defined() -> None:
    markup = drawn(live_orchestration(), now=78).svg
    assert "style=" not in markup
    assert set(re.findall(r"url\(#([^)]+)\)", markup)) == {"arrow"}
    assert '<marker id="arrow"' in DEFS_SVG


def test_the_legend_names_what_ties_the_staves() -> None:
    keys = {entry.key for entry in drawn(seed_orchestration()).legend}
    assert {"spawns", "reports", "spawning", "finished", "progress", "milestone"} <= keys
    assert "folded" not in keys


def test_a_zoom_shows_its_stretch_only() -> None:
    chart = drawn(seed_orchestration(), zoom=Zoom(at(40), at(60)))
    assert not of_class(chart, "spawn")
    assert "1/3" in texts(chart)
    assert "2/3" not in texts(chart)


def test_a_narrow_score_is_taller_and_has_no_words() -> None:
    chart = drawn(live_orchestration(), now=78, narrow=True, folded=("ses_sub",))
    assert [lane.height for lane in chart.lanes] == [124, 120, 120, 68, 120, 120]
    assert not of_class(chart, "tempo")
    assert of_class(chart, "tick")


def test_attempts_that_overlap_keep_only_the_last_name() -> None:
    both = worker_document(
        ("ses_1", "A"), spawned=0, tasks=[("tsk_1", 5, 60), ("tsk_2", 20, 80)], ends=81
    )
    shown = texts(drawn(node(both)))
    assert "Token rotation" in shown
    assert "Login API" not in shown


class TestBoxes:
    def test_joined_boxes_count_what_they_join(self) -> None:
        boxes = [Box(0, 10, "done"), Box(5, 7, "done"), Box(12, 20, "done", 4), Box(30, 31, "done")]
        joined = [(b.left, b.right, b.count) for b in joined_boxes(boxes, limit=3)]
        assert joined == [(0, 20, 6), (30, 31, 1)]

    def test_what_a_cover_hides_is_left_out(self) -> None:
        covers = [Box(10, 20, "named"), Box(40, 60, "named")]
        shown = uncovered([Box(0, 50, "working"), Box(70, 71, "working")], covers, limit=3)
        assert [(b.left, b.right) for b in shown] == [(0, 10), (20, 40)]

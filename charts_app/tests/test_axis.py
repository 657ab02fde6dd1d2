"""What a chart shows of time: a zoom, folded idle time, and a live axis that grows in steps."""

from dataclasses import replace

import pytest

from charts_app.axis import Axis
from charts_app.frame import Chart
from charts_app.scale import Gap, TimeScale, Zoom, session_scale
from charts_app.session_chart import draw_session
from sessions_app.row_types import Mark, SessionRows
from sessions_app.rows import build_rows
from sessions_app.tests.row_documents import Document, at, event, moved, session

HOUR = 3600


def with_a_gap(**more: object) -> SessionRows:
    """Two minutes of work, two hours of nothing, two minutes of work."""
    end = 2 * HOUR + 240
    task: Document = {"taskId": "tsk_1"}
    told = [
        event(1, 0, "task_started", **task),
        event(2, 120, "task_completed", **task),
        event(3, end - 120, "task_started", **task),
        event(4, end, "task_completed", **task),
    ]
    moves = [moved(0, "working"), moved(120, "idle"), moved(end - 120, "working")]
    document = session(status="completed", completedAt=at(end), timeline=told, transitions=moves)
    return build_rows(document | more, titles={}, queue=None, now_ms=at(end))


def drawn(rows: SessionRows, *, fold: bool = False, zoom: Zoom | None = None) -> Chart:
    return draw_session(rows, width=940, now_ms=at(9999), fold=fold, zoom=zoom)


def test_an_idle_gap_is_offered_and_folds_only_when_asked() -> None:
    plain, folded = drawn(with_a_gap()), drawn(with_a_gap(), fold=True)
    assert (plain.axis.gaps, folded.axis.gaps) == (1, 1)
    assert "foldband" not in plain.svg
    assert folded.svg.count('class="foldband"') == 1
    assert "idle 2\u00a0h<" in folded.svg
    worked = [scale.x(at(120)) - scale.x(at(0)) for scale in (plain.axis.scale, folded.axis.scale)]
    assert worked[1] > 20 * worked[0]


def test_what_was_said_while_idle_splits_a_gap() -> None:
    rows = with_a_gap()
    lone = (*rows.lifecycle.marks, rows.tasks[0].marks[0]._replace(at_ms=at(HOUR)))
    halves = drawn(_with_marks(rows, lone), fold=True)
    assert len(halves.axis.scale.gaps) == 2


def _with_marks(rows: SessionRows, marks: tuple[Mark, ...]) -> SessionRows:
    return replace(rows, lifecycle=replace(rows.lifecycle, marks=marks))


def test_places_and_moments_lead_to_each_other_over_a_fold() -> None:
    scale = TimeScale(0, 100_000, 532, gaps=(Gap(20_000, 80_000),))
    for moment in (0, 10_000, 20_000, 50_000, 80_000, 100_000):
        assert scale.ms(scale.x(moment)) == pytest.approx(moment, abs=2)
    assert scale.x(80_000) - scale.x(20_000) == 26
    assert scale.x(100_000) == 532 - 16


def test_a_zoomed_chart_draws_its_stretch_finer() -> None:
    told = [event(n, n, "progress", metadata={"progress": n / 2000}) for n in range(2000)]
    rows = build_rows(session(timeline=told), titles={}, queue=None, now_ms=at(2000))
    whole = draw_session(rows, width=900, now_ms=at(2000))
    part = draw_session(rows, width=900, now_ms=at(2000), zoom=Zoom(at(500), at(540)))
    assert "density" in whole.svg
    assert part.svg.count('class="tick"') >= 35
    assert max(len(chart.svg) for chart in (whole, part)) < 300_000


def test_a_live_axis_keeps_still_between_its_steps() -> None:
    ends = [
        session_scale(0, seconds * 1000, live=True, width=900).end_ms for seconds in range(60, 160)
    ]
    assert len(set(ends)) <= 6
    assert all(end > seconds * 1000 for end, seconds in zip(ends, range(60, 160), strict=True))


def axis(*, start: int = 0, end: int = 1000_000, live: bool = False, zoomed: bool = False) -> Axis:
    scale = TimeScale(start, end, 900)
    return Axis(scale, 0, 1000_000, 900_000, live=live, zoomed=zoomed, folded=False, gaps=0)


def test_zooming_in_keeps_the_middle_or_the_live_end() -> None:
    assert axis().zoomed_by(0.5) == Zoom(250_000, 750_000)
    live = axis(live=True).zoomed_by(0.5)
    assert live == Zoom(450_000, 950_000)


def test_zooming_out_ends_at_the_whole() -> None:
    assert axis(start=0, end=400_000, zoomed=True).zoomed_by(2) == Zoom(0, 800_000)
    assert axis(start=300_000, end=900_000, zoomed=True).zoomed_by(2) is None

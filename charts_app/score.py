"""The score: an orchestration's sessions as staves under each other, and what ties them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from charts_app import svg
from charts_app.axis import axis_of
from charts_app.canvas import LaneDrawing, View
from charts_app.frame import (
    MAX_LANES,
    Chart,
    Lane,
    LaneLabel,
    draw_chart,
    place,
    status_words,
)
from charts_app.lifecycle import STEP_WORDS, draw_phases
from charts_app.merge import MARK_GAP, MIN_BAR, Box, joined_boxes, uncovered
from charts_app.rests import draw_rest, rest_shape
from charts_app.scale import Zoom
from charts_app.stave import (
    LINES,
    TEMPO_SIZE,
    draw_active,
    draw_barlines,
    draw_fermatas,
    draw_idle,
    draw_waits,
    segment_boxes,
    tempo,
    waiting_boxes,
    working_boxes,
)
from charts_app.task_lane import CLEAR_RISE, LineContent, NamedBar, draw_content
from charts_app.ties import ties
from charts_app.wording import clock, counted, in_figures, in_words
from sessions_app.row_types import Mark, SegmentKind, SessionRows, Span
from sessions_app.tree_rows import SessionGroup, TreeRows

# The sessions that find no place have a lane for each of these.
MORE = {"live": ("st-working", "live"), "failed": ("st-failed", "failed"), "done": ("", "ended")}


def draw_score(
    tree: TreeRows,
    *,
    width: int,
    now_ms: int,
    zoom: Zoom | None = None,
    fold: bool = False,
    timezone_offset_min: int = 0,
    narrow: bool = False,
) -> Chart:
    """Draws the sessions `width` pixels wide, at most 40 lanes of them.

    A mark's session is the `data-session` of the lane around it.
    """
    axis = axis_of(
        tree.span,
        [group.rows for group in tree.groups],
        width=width,
        now_ms=now_ms,
        zoom=zoom,
        fold=fold,
        offset_min=timezone_offset_min,
    )
    now = axis.now_ms
    shown, left_out = _fit(tree.groups)
    lanes = [_session_lane(group, now, narrow=narrow) for group in shown]
    lanes += _more_lanes(left_out, narrow=narrow)
    first, last = (clock(at, timezone_offset_min) for at in (tree.span.start_ms, now))
    return draw_chart(
        lanes,
        axis,
        narrow=narrow,
        name=f"{counted(tree.sessions, 'session')} from {first} to {last}",
        backdrop=ties(tree, folded={group.session_id for group in shown if group.folded}),
    )


def _fit(groups: Sequence[SessionGroup]) -> tuple[list[SessionGroup], list[SessionGroup]]:
    """Where there are too many: who waits, failed, is live or was unfolded keeps a lane."""
    if len(groups) <= MAX_LANES:
        return list(groups), []
    root, *others = groups
    others.sort(key=_importance)
    kept = {group.session_id for group in [root, *others[: MAX_LANES - len(MORE) - 1]]}
    return (
        [group for group in groups if group.session_id in kept],
        [group for group in groups if group.session_id not in kept],
    )


def _importance(group: SessionGroup) -> tuple[bool, bool, bool, bool]:
    kind = _kind(group)
    return not group.rows.waiting, kind != "failed", kind != "live", group.folded


def _kind(group: SessionGroup) -> str:
    if group.rows.span.live:
        return "live"
    return "failed" if group.rows.status == "failed" else "done"


def _session_lane(group: SessionGroup, now_ms: int, *, narrow: bool) -> Lane:
    kind = "fold" if group.folded else "stave" if group.depth else "orch"
    height, centre = place(kind, narrow=narrow)
    glyph, sub = status_words(group.rows, now_ms)
    if group.stale and not group.rows.waiting:
        glyph, sub = "stale", f"Stale, {in_figures(now_ms - group.rows.span.start_ms)}"
    if group.inside:
        sub = f"{sub.partition(',')[0]}, {group.inside:,} below"
    label = LaneLabel(
        id=group.session_id,
        title=svg.clean(group.name),
        sub=sub,
        glyph=f"st-{glyph}",
        tone=f"is-{glyph}",
        css=f"lane--{kind}{_indentation(group.depth)}",
        height=height,
        session_id=group.session_id,
        role=group.role,
        depth=group.depth,
        folded=group.folded,
    )
    draw = _draw_folded if group.folded else _draw_stave
    return Lane(label, centre, lambda lane, view: draw(lane, group, view))


def _indentation(depth: int) -> str:
    deeper = f" is-child{min(depth, 4)}" if depth > 1 else ""
    return f" is-child{deeper}" if depth else ""


def _more_lanes(groups: Sequence[SessionGroup], *, narrow: bool) -> Iterator[Lane]:
    height, centre = place("fold", narrow=narrow)
    for kind, (glyph, word) in MORE.items():
        found = [group for group in groups if _kind(group) == kind]
        if not found:
            continue
        count = len(found) + sum(group.inside for group in found)
        label = LaneLabel(
            id=f"more-{kind}",
            title=f"{count:,} more session{'' if count == 1 else 's'}",
            sub=word.capitalize(),
            glyph=glyph or "st-completed",
            tone="quiet",
            css="lane--fold is-child",
            height=height,
        )
        yield Lane(label, centre, _more(found, kind))


def _more(groups: Sequence[SessionGroup], kind: str) -> Callable[[LaneDrawing, View], None]:
    def draw(lane: LaneDrawing, view: View) -> None:
        lane.staves = [lane.centre]
        boxes = []
        for group in groups:
            if edges := view.edges(group.rows.span.start_ms, group.rows.span.end_ms):
                boxes.append(Box(*edges, kind, 1 + group.inside))
        boxes.sort(key=lambda box: box.left)
        for box in joined_boxes(boxes, limit=MIN_BAR * view.grain):
            draw_rest(lane, box, "session", view)

    return draw


def _draw_folded(lane: LaneDrawing, group: SessionGroup, view: View) -> None:
    """One line with one multi-bar rest; who waits is drawn over it."""
    span = group.rows.span
    lane.staves = [lane.centre]
    _bound_stave(lane, span, view)
    edges = view.edges(span.start_ms, span.end_ms)
    if not edges:
        return
    events = counted(group.events, "event")
    if group.inside:
        events += f" in {counted(group.inside + 1, 'session')}"
    shape = rest_shape(lane, Box(*edges, _kind(group)), events, view)
    lasting = view.lasting(span.start_ms, span.end_ms)
    status = f"{group.rows.status} after" if span.end_ms is not None else "live for"
    label = f"{svg.shortened(group.name)}, folded: {events}, {status} {lasting}"
    lane.bars.append(svg.event(f"{label}, from {view.clock(span.start_ms)}", shape))
    lane.legend.add("folded")
    draw_waits(lane, waiting_boxes(group.rows, view), group.rows, view)


def _bound_stave(lane: LaneDrawing, span: Span, view: View) -> None:
    """A session's stave begins and ends with it; a live one runs empty to the edge."""
    left, right = view.scale.clipped(span.start_ms, span.end_ms or view.scale.end_ms)
    lane.stave_from = max(0, left - 6)
    if span.end_ms is not None:
        lane.stave_to = max(lane.stave_from, min(right + 7.5, view.scale.width))


def _draw_stave(lane: LaneDrawing, group: SessionGroup, view: View) -> None:
    rows = group.rows
    lane.staves = [lane.centre + offset for offset in LINES]
    _bound_stave(lane, rows.span, view)
    bars, marks = _bars(rows), _marks(rows)
    _draw_status(lane, rows, bars, view)
    waits = waiting_boxes(rows, view)
    spoken = draw_fermatas(lane, waits, rows, view)
    reserved = [x for box in spoken for x in (box.left, (box.left + box.right) / 2, box.right)]
    # The arrow to a child ends above its first barline.
    reserved += [view.x(rows.span.start_ms)] if group.depth else []
    reserved += _draw_end(lane, rows, [*reserved, *_word_places(marks, view)], view)
    recoveries = [stretch for task in rows.tasks for stretch in task.recoveries]
    recoveries.sort(key=lambda stretch: stretch.start_ms)
    content = LineContent(bars, marks, recoveries=recoveries)
    named = draw_content(lane, content, view, rise=CLEAR_RISE, reserved=reserved)
    if not bars:
        draw_phases(lane, rows.lifecycle.phases, view, named=named)
    draw_waits(lane, waits, rows, view)
    draw_barlines(lane, rows, view)


def _bars(rows: SessionRows) -> list[NamedBar]:
    """All attempts on one line; where the next lies over one, its name would be cut: none."""
    attempts = [(bar, task.title) for task in rows.tasks for bar in task.bars]
    attempts.sort(key=lambda attempt: attempt[0].start_ms)
    free = [
        bar.end_ms is not None and bar.end_ms <= after.start_ms
        for (bar, _), (after, _) in pairwise(attempts)
    ]
    return [
        NamedBar(title, bar, title if alone else "")
        for (bar, title), alone in zip(attempts, [*free, True], strict=False)
    ]


def _marks(rows: SessionRows) -> list[Mark]:
    """What is no barline, no step of spawning and not the start of a bar; phases by their name."""
    phases = {phase.event_id: phase.name for phase in rows.lifecycle.phases}
    begun = {bar.event_id for task in rows.tasks for bar in task.bars}
    beside = (*STEP_WORDS, "session_started", "session_stopped")
    found = [mark for mark in rows.lifecycle.marks if mark.type not in beside]
    found += [mark for task in rows.tasks for mark in task.marks]
    return [
        mark._replace(word="Phase", label=phases[mark.event_id])
        if mark.event_id in phases
        else mark
        for mark in [*found, *rows.session_marks]
        if mark.type != "task_started" or mark.event_id not in begun
    ]


def _draw_status(
    lane: LaneDrawing, rows: SessionRows, bars: Sequence[NamedBar], view: View
) -> None:
    """Thickness is activity; work that a bar or a phase names is left to it."""
    named = [(each.bar.start_ms, each.bar.end_ms) for each in bars]
    named = named or [(phase.start_ms, phase.end_ms) for phase in rows.lifecycle.phases]
    # The notehead at a bar's end stands half over it.
    covers = [
        Box(edges[0], edges[1] + MARK_GAP / 2, "named")
        for each in named
        if (edges := view.edges(*each))
    ]
    working = uncovered(working_boxes(rows, view), covers, limit=MARK_GAP)
    draw_idle(lane, rows, view)
    spawning = segment_boxes(rows, SegmentKind.SPAWNING, view)
    draw_active(lane, [*spawning, *working], rows.span, view)


def _word_places(marks: Iterable[Mark], view: View) -> Iterator[float]:
    """Where numbers and words stand above the bar."""
    for mark in marks:
        if mark.label or mark.type in ("milestone", "error"):
            yield view.x(mark.at_ms)


def _draw_end(
    lane: LaneDrawing, rows: SessionRows, places: Iterable[float], view: View
) -> list[float]:
    """How it ended and after how long, before the last barline, where nothing else is said."""
    end_ms = rows.span.end_ms
    if end_ms is None or view.narrow or not view.shows(end_ms):
        return []
    text = f"{rows.status}, {in_words(end_ms - rows.span.start_ms)}"
    right = view.x(end_ms) - 10
    left = right - svg.text_width(text, TEMPO_SIZE)
    taken = any(left - 16 < x < right + 24 for x in places)
    if taken or left < max(view.x(rows.span.start_ms), 0) + 8:
        return []
    css = "tempo tempo--red" if rows.status == "failed" else "tempo"
    lane.words.append(tempo(lane, right, text, css=css, anchor="end"))
    return [left]

"""What stands on a session's stave in every chart: its status as thickness, waits, barlines."""

from collections.abc import Iterable, Sequence

from charts_app import svg
from charts_app.canvas import LaneDrawing, View
from charts_app.merge import MIN_BAR, Box, clusters, joined_boxes, merged_boxes
from charts_app.wording import counted
from sessions_app.row_types import Mark, Segment, SegmentKind, SessionRows, Span

LINES = (-16, -8, 0, 8, 16)
BAR = 14
TEMPO_SIZE = 14
WORD_RISE = 24


def segment_boxes(rows: SessionRows, kind: SegmentKind, view: View) -> list[Box]:
    boxes = []
    for segment in rows.lifecycle.segments:
        edges = view.edges(segment.start_ms, segment.end_ms)
        if segment.kind is kind and edges:
            boxes.append(Box(*edges, kind, source=segment))
    return boxes


def working_boxes(rows: SessionRows, view: View) -> list[Box]:
    """Working is one bar over gaps that are too short to show."""
    boxes = segment_boxes(rows, SegmentKind.WORKING, view)
    return joined_boxes(boxes, limit=MIN_BAR * view.grain)


def draw_idle(lane: LaneDrawing, rows: SessionRows, view: View) -> list[Box]:
    limit = MIN_BAR * view.grain
    lines = [b for b in segment_boxes(rows, SegmentKind.IDLE, view) if b.width >= limit]
    if lines:
        d = "".join(f"M{svg.num(b.left)} {lane.centre}H{svg.num(b.right)}" for b in lines)
        lane.bars.append(svg.path(d, "idle"))
        lane.legend.add("idle")
    return lines


def draw_active(lane: LaneDrawing, boxes: Iterable[Box], span: Span, view: View) -> None:
    """Spawning and working."""
    for box in boxes:
        left = max(box.left, min(after_barline(box, span, view), box.right - 2))
        shape = svg.rect(left, lane.centre - 7, box.right - left, BAR, css=box.kind)
        lane.bars.append(svg.event(_segment_label(box, view), [shape]))
        lane.legend.add(box.kind)


def after_barline(box: Box, span: Span, view: View) -> float:
    if box.left > view.x(span.start_ms) + 1:
        return box.left
    return box.left + (6.7 if box.kind == SegmentKind.SPAWNING else 1.7)


def _segment_label(box: Box, view: View) -> str:
    kind = box.kind.capitalize()
    segment = box.source
    if isinstance(segment, Segment):
        lasting = view.lasting(segment.start_ms, segment.end_ms)
        return f"{kind}, {lasting}, from {view.clock(segment.start_ms)}"
    return f"{kind}, {counted(box.count, 'span')} merged"


def waiting_boxes(rows: SessionRows, view: View) -> list[Box]:
    boxes = segment_boxes(rows, SegmentKind.WAITING, view)
    return merged_boxes(boxes, limit=MIN_BAR * view.grain)


def draw_waits(lane: LaneDrawing, boxes: Iterable[Box], rows: SessionRows, view: View) -> None:
    for box in boxes:
        label, event_id = _waiting_label(box, rows, view)
        shape = svg.rect(box.left, lane.centre - 7, box.width, BAR, css="waiting")
        lane.bars.append(svg.event(label, [shape], event_id=event_id))
        lane.legend.add("waiting")


def _waiting_label(box: Box, rows: SessionRows, view: View) -> tuple[str, str | None]:
    segment = box.source
    if not isinstance(segment, Segment):
        return f"Waiting for you, {counted(box.count, 'time')}", None
    lasting = view.lasting(segment.start_ms, segment.end_ms)
    if segment.end_ms is None:
        label = f"Waiting for you since {view.clock(segment.start_ms)}, {lasting}"
    else:
        label = f"Waited for you, {lasting}, from {view.clock(segment.start_ms)}"
    answer = next((w.answer for w in rows.waits if w.event_id == segment.event_id), "")
    if answer:
        label += f", answered: {svg.shortened(answer, 40)}"
    return label, segment.event_id


def draw_fermatas(
    lane: LaneDrawing, boxes: Sequence[Box], rows: SessionRows, view: View
) -> list[Box]:
    """A fermata where each wait begins; returns the room that signs and words take."""
    spoken = []
    groups = list(clusters(boxes, lambda box: box.left + 9, gap=16 * view.grain))
    for index, (x, members) in enumerate(groups):
        label, event_id = _waiting_label(members[0], rows, view)
        times = sum(box.count for box in members)
        if times > 1:
            label, event_id = f"Waiting for you, {counted(times, 'time')}", None
        y = lane.centre - 23
        shape = (
            svg.hit(x, y - 4)
            + svg.path(f"M{svg.num(x - 8)} {y}a8 8.5 0 0 1 16 0", "m-line m-line--amber")
            + f'<circle class="m-fer" cx="{svg.num(x)}" cy="{y - 0.5}" r="2.4"/>'
        )
        lane.marks.append(svg.event(label, [shape], event_id=event_id))
        word = "waiting" if times == 1 else f"waiting, {times:,} times"
        width = svg.text_width(word, TEMPO_SIZE)
        next_x = groups[index + 1][0] if index + 1 < len(groups) else float("inf")
        end = x + 16
        if not view.narrow and end + width + 10 < next_x:
            end = _say_waiting(lane, x + 16, width, word, view)
        spoken.append(Box(x - 12, end, "waiting"))
    lane.legend |= {"question"} if groups else set()
    return spoken


def _say_waiting(lane: LaneDrawing, x: float, width: float, word: str, view: View) -> float:
    # Near the right edge the word stands before its sign: it is never cut.
    if x + width > view.scale.width:
        lane.words.append(tempo(lane, x - 32, word, css="tempo tempo--amber", anchor="end"))
        return x
    lane.words.append(tempo(lane, x, word, css="tempo tempo--amber"))
    return x + width


def tempo(
    lane: LaneDrawing, x: float, text: str, *, css: str = "tempo", anchor: str = "start"
) -> str:
    """Words above the stave, as a score sets its tempo marks."""
    return svg.words(x, lane.centre - WORD_RISE, text, css=css, anchor=anchor)


def draw_barlines(lane: LaneDrawing, rows: SessionRows, view: View) -> None:
    """Where the session was created and where it ended."""
    by_type = {mark.type: mark for mark in rows.lifecycle.marks}
    span = rows.span
    if view.shows(span.start_ms):
        x = view.x(span.start_ms)
        mark = by_type.get("session_started")
        bars = ((x - 6, 4.0), (x, 1.5))
        _draw_barline(lane, bars, mark, f"Session created, {view.clock(span.start_ms)}")
        lane.legend.add("session_started")
    if span.end_ms is not None and view.shows(span.end_ms):
        x = view.x(span.end_ms)
        mark = by_type.get("session_stopped")
        bars = ((x, 1.5), (x + 3.5, 4.0))
        _draw_barline(lane, bars, mark, f"Session ended, {view.clock(span.end_ms)}")
        lane.legend.add("session_stopped")


def _draw_barline(
    lane: LaneDrawing, bars: Iterable[tuple[float, float]], mark: Mark | None, label: str
) -> None:
    top = lane.centre - 17
    d = "".join(f"M{svg.num(x)} {top}h{w:g}v34h-{w:g}z" for x, w in bars)
    x = min(x for x, _ in bars)
    hit = f'<rect class="hit" x="{svg.num(x - 9)}" y="{top}" width="24" height="34"/>'
    if mark and mark.message:
        label = f"{label}: {svg.shortened(mark.message)}"
    event_id = mark.event_id if mark else None
    lane.marks.append(svg.event(label, [hit, svg.path(d, "ink")], event_id=event_id))

"""Drawing what belongs to the session as a whole: its lifecycle, its phases and its queue."""

from collections.abc import Iterable, Mapping, Sequence

from charts_app import svg
from charts_app.canvas import LaneDrawing, View
from charts_app.merge import MIN_BAR, Box, clusters, merged_boxes
from charts_app.wording import counted, short_count
from sessions_app.row_types import (
    Mark,
    Phase,
    QueueLane,
    QueueStep,
    Segment,
    SegmentKind,
    SessionRows,
    Span,
    Wait,
)

BAR = 14
TEMPO_SIZE = 14
WORD_RISE = 24
NOTE_GAP = 80
STEP_WORDS = {
    "manifest_written": "manifest",
    "terminal_spawned": "terminal",
    "registered": "registered",
}


def draw_lifecycle(lane: LaneDrawing, rows: SessionRows, view: View) -> None:
    """Segments on a stave between barlines, the milestones of the session beneath it."""
    lane.staves = [lane.centre + offset for offset in (-16, -8, 0, 8, 16)]
    segments = rows.lifecycle.segments
    by_event = {wait.event_id: wait for wait in rows.waits}
    waits = _boxes(segments, SegmentKind.WAITING, view)
    waits = merged_boxes(waits, limit=MIN_BAR * view.grain)
    spoken = _draw_fermatas(lane, waits, by_event, view)
    _draw_idle(lane, segments, view, spoken=spoken)
    _draw_active(lane, segments, view, spoken=spoken)
    _draw_waiting(lane, waits, by_event, view)
    _draw_barlines(lane, rows.lifecycle.marks, rows.span, view)
    phases = {phase.event_id for phase in rows.lifecycle.phases}
    notes = [mark for mark in rows.lifecycle.marks if _is_note(mark, phases)]
    _draw_notes(lane, sorted(notes, key=lambda mark: mark.at_ms), view)


def _boxes(segments: Iterable[Segment], kind: SegmentKind, view: View) -> list[Box]:
    boxes = []
    for segment in segments:
        edges = view.edges(segment.start_ms, segment.end_ms)
        if segment.kind is kind and edges:
            boxes.append(Box(*edges, kind, source=segment))
    return boxes


def _draw_idle(
    lane: LaneDrawing, segments: Sequence[Segment], view: View, *, spoken: Sequence[Box]
) -> None:
    limit = MIN_BAR * view.grain
    lines = [box for box in _boxes(segments, SegmentKind.IDLE, view) if box.width >= limit]
    if not lines:
        return
    d = "".join(f"M{svg.num(b.left)} {lane.centre}H{svg.num(b.right)}" for b in lines)
    lane.bars.append(svg.path(d, "idle"))
    lane.legend.add("idle")
    for box in lines:
        _say(lane, box, "idle", view, spoken=spoken)


def _draw_active(
    lane: LaneDrawing, segments: Sequence[Segment], view: View, *, spoken: Sequence[Box]
) -> None:
    """Spawning and working; working is one bar over gaps that are too short to show."""
    spawning = _boxes(segments, SegmentKind.SPAWNING, view)
    working = _joined(_boxes(segments, SegmentKind.WORKING, view), MIN_BAR * view.grain)
    for box in [*spawning, *working]:
        left = max(box.left, min(_after_barline(box, view), box.right - 2))
        shape = svg.rect(left, lane.centre - 7, box.right - left, BAR, css=box.kind)
        lane.bars.append(svg.event(_segment_label(box, view), [shape]))
        lane.legend.add(box.kind)
        word = box.kind if box.count == 1 else f"{box.kind}, {box.count:,} spans"
        _say(lane, box, word, view, spoken=spoken)


def _after_barline(box: Box, view: View) -> float:
    start = view.x(view.scale.start_ms)
    if box.left > start + 1:
        return box.left
    return box.left + (6.7 if box.kind == SegmentKind.SPAWNING else 1.7)


def _joined(boxes: Iterable[Box], limit: float) -> list[Box]:
    joined: list[Box] = []
    for box in boxes:
        if joined and box.left - joined[-1].right < limit:
            last = joined.pop()
            joined.append(Box(last.left, box.right, last.kind, last.count + 1))
        else:
            joined.append(box)
    return joined


def _say(lane: LaneDrawing, box: Box, word: str, view: View, *, spoken: Sequence[Box]) -> None:
    """The state's word above the segment's left edge, where the segment is wider than it."""
    left = max(box.left, _after_barline(box, view), 2)
    end = left + svg.text_width(word, TEMPO_SIZE)
    taken = any(other.left < end + 4 and left < other.right for other in spoken)
    if end <= box.right and not taken and not view.narrow:
        lane.words.append(_word(lane, left, word))


def _segment_label(box: Box, view: View) -> str:
    kind = box.kind.capitalize()
    segment = box.source
    if isinstance(segment, Segment):
        lasting = view.lasting(segment.start_ms, segment.end_ms)
        return f"{kind}, {lasting}, from {view.clock(segment.start_ms)}"
    return f"{kind}, {counted(box.count, 'span')} merged"


def _draw_waiting(
    lane: LaneDrawing, boxes: Iterable[Box], by_event: Mapping[str | None, Wait], view: View
) -> None:
    for box in boxes:
        label, event_id = _waiting_label(box, by_event, view)
        shape = svg.rect(box.left, lane.centre - 7, box.width, BAR, css="waiting")
        lane.bars.append(svg.event(label, [shape], event_id=event_id))
        lane.legend.add("waiting")


def _waiting_label(
    box: Box, by_event: Mapping[str | None, Wait], view: View
) -> tuple[str, str | None]:
    segment = box.source
    if not isinstance(segment, Segment):
        return f"Waiting for you, {counted(box.count, 'time')}", None
    lasting = view.lasting(segment.start_ms, segment.end_ms)
    if segment.end_ms is None:
        label = f"Waiting for you since {view.clock(segment.start_ms)}, {lasting}"
    else:
        label = f"Waited for you, {lasting}, from {view.clock(segment.start_ms)}"
    wait = by_event.get(segment.event_id)
    if wait and wait.answer:
        label += f", answered: {svg.shortened(wait.answer, 40)}"
    return label, segment.event_id


def _draw_fermatas(
    lane: LaneDrawing, boxes: Sequence[Box], by_event: Mapping[str | None, Wait], view: View
) -> list[Box]:
    """A fermata where each wait begins; returns the room that signs and words take."""
    spoken = []
    groups = list(clusters(boxes, lambda box: box.left + 9, gap=16 * view.grain))
    for index, (x, members) in enumerate(groups):
        label, event_id = _waiting_label(members[0], by_event, view)
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
        lane.words.append(_word(lane, x - 32, word, css="tempo tempo--amber", anchor="end"))
        return x
    lane.words.append(_word(lane, x, word, css="tempo tempo--amber"))
    return x + width


def _word(
    lane: LaneDrawing, x: float, text: str, *, css: str = "tempo", anchor: str = "start"
) -> str:
    return svg.words(x, lane.centre - WORD_RISE, text, css=css, anchor=anchor)


def _draw_barlines(lane: LaneDrawing, marks: Iterable[Mark], span: Span, view: View) -> None:
    by_type = {mark.type: mark for mark in marks}
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


def _is_note(mark: Mark, phases: set[str]) -> bool:
    of_its_own = ("needs_input", "session_started", "session_stopped")
    return mark.type not in of_its_own and mark.event_id not in phases


def _draw_notes(lane: LaneDrawing, notes: Sequence[Mark], view: View) -> None:
    """Diamonds under the stave, their words beside them where there is room."""
    shown = [mark for mark in notes if view.shows(mark.at_ms)]
    groups = list(clusters(shown, lambda mark: view.x(mark.at_ms), gap=14 * view.grain))
    nexts = [x for x, _ in groups[1:]] + [view.scale.width + 10.0] * bool(groups)
    y = lane.centre + 27
    taken_until = 0.0
    for (x, members), next_x in zip(groups, nexts, strict=True):
        label, event_id = note_label(members, view)
        shape = [svg.hit(x, y), svg.glyph(members[0].glyph, x, y, css="milestone")]
        lane.marks.append(svg.event(label, shape, event_id=event_id))
        lane.legend.add("milestone")
        if not view.narrow:
            said, taken_until = _note_words(members, x, free=(taken_until, next_x - 10), y=y)
            lane.words += said


def _note_words(
    members: Sequence[Mark], x: float, *, free: tuple[float, float], y: float
) -> tuple[list[str], float]:
    """The words right of the sign, or left of it, or how many there are; and where they end."""
    left, right = x - 12 - free[0], free[1] - (x + 12)
    text = _note_text(members)
    fits_left = svg.text_width(text, TEMPO_SIZE) <= left
    if right < NOTE_GAP and fits_left:
        return [svg.words(x - 12, y + 4.5, text, css="tempo", anchor="end")], x + 10
    if right >= NOTE_GAP:
        text = svg.fitted(text, width=right, size=TEMPO_SIZE)
        end = x + 12 + svg.text_width(text, TEMPO_SIZE)
        return [svg.words(x + 12, y + 4.5, text, css="tempo")], end
    if len(members) > 1:
        return [svg.words(x + 10, y + 4, short_count(len(members)), css="mcount")], x + 36
    return [], x + 10


def note_label(members: Sequence[Mark], view: View) -> tuple[str, str]:
    if len(members) == 1:
        return view.mark_label(members[0]), members[0].event_id
    names = ", ".join(mark.message or mark.word for mark in members[:3])
    clock = view.clock(members[-1].at_ms)
    return f"{len(members)} marks: {svg.shortened(names)}, {clock}", members[-1].event_id


def _note_text(members: Sequence[Mark]) -> str:
    if all(mark.type in STEP_WORDS for mark in members):
        return ", ".join(STEP_WORDS[mark.type] for mark in members)
    text = members[-1].message or members[-1].word
    return text if len(members) == 1 else f"{text} and {len(members) - 1} more"


def draw_phases(lane: LaneDrawing, phases: Sequence[Phase], view: View) -> None:
    """A bar for each phase that the agent named, until it named the next."""
    lane.staves = [lane.centre]
    boxes = []
    for phase in phases:
        if edges := view.edges(phase.start_ms, phase.end_ms):
            boxes.append(Box(*edges, "live" if phase.end_ms is None else "done", source=phase))
    for box in merged_boxes(boxes, limit=MIN_BAR * view.grain):
        if isinstance(box.source, Phase):
            _draw_phase(lane, box, box.source, view)
        else:
            draw_rest(lane, box, "phase", view)


def _draw_phase(lane: LaneDrawing, box: Box, phase: Phase, view: View) -> None:
    shape = [svg.rect(box.left, lane.centre - 8, box.width, 16, css=box.kind)]
    shape.append(bar_label(lane, box, phase.name, until=box.right - 8))
    name = svg.shortened(phase.name)
    lasting = view.lasting(phase.start_ms, phase.end_ms)
    label = f"Phase {name}, {lasting}, from {view.clock(phase.start_ms)}"
    lane.bars.append(svg.event(label, shape, event_id=phase.event_id))
    lane.legend.add("running" if box.kind == "live" else "finished")


def bar_label(lane: LaneDrawing, box: Box, text: str, *, until: float) -> str:
    left = max(box.left, 0) + 12
    if box.width < 40:
        return ""
    fitted = svg.fitted(text, width=until - left, size=12)
    css = f"barlabel barlabel--{box.kind}"
    return svg.words(left, lane.centre + 4, fitted, css=css) if fitted else ""


def draw_rest(lane: LaneDrawing, box: Box, noun: str, view: View) -> None:
    """A multi-bar rest: what is too short to draw, and how many it is."""
    left, right, y = svg.num(box.left), svg.num(max(box.right, box.left + 5)), lane.centre
    d = (
        f"M{left} {y - 8}h2v5H{svg.num(max(box.right, box.left + 5) - 2)}v-5h2v16h-2v-5"
        f"H{svg.num(box.left + 2)}v5h-2z"
    )
    css = {"live": "mrest mrest--live", "failed": "mrest mrest--failed"}.get(box.kind, "mrest")
    shape = [svg.path(d, css)]
    if float(right) - float(left) >= 16 and not view.narrow:
        middle, count = (box.left + box.right) / 2, short_count(box.count)
        shape.append(svg.words(middle, y - 12, count, css="mcount", anchor="middle"))
    zoom = (view.scale.ms(box.left), view.scale.ms(box.right))
    label = f"{counted(box.count, noun)} merged, from {view.clock(zoom[0])}"
    lane.bars.append(svg.event(label, shape, zoom=zoom))
    lane.legend.add("merged")


def draw_queue(lane: LaneDrawing, queue: QueueLane, view: View) -> None:
    """How many items were waiting in the queue, its beginning and its end."""
    lane.staves = [lane.centre]
    boxes = []
    for step in queue.steps:
        if edges := view.edges(step.start_ms, step.end_ms):
            boxes.append(Box(*edges, "queued", source=step))
    for box in merged_boxes(boxes, limit=MIN_BAR * view.grain):
        _draw_step(lane, box, queue, view)
    free_from = max((box.right for box in boxes), default=0.0)
    for mark in queue.marks:
        if view.shows(mark.at_ms):
            _draw_queue_mark(lane, mark, view, free_from=free_from)


def _draw_queue_mark(lane: LaneDrawing, mark: Mark, view: View, *, free_from: float) -> None:
    x, y = view.x(mark.at_ms), lane.centre
    shape = [svg.hit(x, y), svg.glyph(mark.glyph, x, y, css="milestone")]
    lane.marks.append(svg.event(view.mark_label(mark), shape, event_id=mark.event_id))
    lane.legend.add("milestone")
    if svg.text_width(mark.message, TEMPO_SIZE) + 16 <= x - free_from and not view.narrow:
        text = svg.words(x - 12, y + 4.5, mark.message, css="tempo", anchor="end")
        lane.words.append(text)


def _draw_step(lane: LaneDrawing, box: Box, queue: QueueLane, view: View) -> None:
    step = box.source
    if not isinstance(step, QueueStep):
        draw_rest(lane, box, "change", view)
        return
    share = step.queued / max(1, queue.total)
    height = max(3.0, min(16.0, 16 * share))
    shape = [svg.rect(box.left, lane.centre - height / 2, box.width, height, css="queued")]
    text = f"{step.queued} queued"
    fits = svg.text_width(text, 11) + 6 <= box.width
    if fits and not view.narrow:
        x, y = (box.left + box.right) / 2, lane.centre - 13
        lane.words.append(svg.words(x, y, text, css="mcount", anchor="middle"))
    label = f"{step.queued} queued, from {view.clock(step.start_ms)}"
    lane.bars.append(svg.event(label, shape))
    lane.legend.add("queued")

"""Drawing what belongs to the session as a whole: its lifecycle, its phases and its queue."""

from collections.abc import Collection, Sequence

from charts_app import svg
from charts_app.canvas import LaneDrawing, View
from charts_app.merge import COUNT_ROOM, MIN_BAR, Box, clusters, merged_boxes
from charts_app.rests import bar_label, draw_rest
from charts_app.stave import (
    LINES,
    TEMPO_SIZE,
    after_barline,
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
from charts_app.wording import short_count
from sessions_app.row_types import (
    Mark,
    Phase,
    QueueLane,
    QueueStep,
    SegmentKind,
    SessionRows,
    Span,
)

NOTE_GAP = 80
STEP_WORDS = {
    "manifest_written": "manifest",
    "terminal_spawned": "terminal",
    "registered": "registered",
}


def draw_lifecycle(lane: LaneDrawing, rows: SessionRows, view: View) -> None:
    """Segments on a stave between barlines, the milestones of the session beneath it."""
    lane.staves = [lane.centre + offset for offset in LINES]
    spawning = segment_boxes(rows, SegmentKind.SPAWNING, view)
    active = [*spawning, *working_boxes(rows, view)]
    idle = draw_idle(lane, rows, view)
    draw_active(lane, active, rows.span, view)
    waits = waiting_boxes(rows, view)
    draw_waits(lane, waits, rows, view)
    spoken = draw_fermatas(lane, waits, rows, view)
    for box in [*idle, *active]:
        _say(lane, box, rows.span, view, spoken=spoken)
    draw_barlines(lane, rows, view)
    phases = {phase.event_id for phase in rows.lifecycle.phases}
    notes = [mark for mark in rows.lifecycle.marks if _is_note(mark, phases)]
    _draw_notes(lane, sorted(notes, key=lambda mark: mark.at_ms), view)


def _say(lane: LaneDrawing, box: Box, span: Span, view: View, *, spoken: Sequence[Box]) -> None:
    """The state's word above the segment's left edge, where the segment is wider than it."""
    word = box.kind if box.count == 1 else f"{box.kind}, {box.count:,} spans"
    left = max(box.left, after_barline(box, span, view), 2)
    end = left + svg.text_width(word, TEMPO_SIZE)
    # A fold says how long it was idle.
    folded = any(box.left < x < box.right for x, _ in view.scale.stops[1:-1])
    taken = folded or any(other.left < end + 4 and left < other.right for other in spoken)
    if end <= box.right and not taken and not view.narrow:
        lane.words.append(tempo(lane, left, word))


def _is_note(mark: Mark, phases: set[str]) -> bool:
    of_its_own = ("needs_input", "session_started", "session_stopped")
    return mark.type not in of_its_own and mark.event_id not in phases


def _draw_notes(lane: LaneDrawing, notes: Sequence[Mark], view: View) -> None:
    """Diamonds under the stave, their words beside them where there is room."""
    shown = [mark for mark in notes if view.shows(mark.at_ms)]
    places = clusters(
        shown, lambda mark: view.x(mark.at_ms), gap=14 * view.grain, count_room=COUNT_ROOM
    )
    groups = list(places)
    nexts = [x for x, _ in groups[1:]] + [view.scale.width + 10.0] * bool(groups)
    y = lane.centre + 27
    taken_until = 0.0
    for (x, members), next_x in zip(groups, nexts, strict=True):
        label, event_id = view.marks_label(members)
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


def _note_text(members: Sequence[Mark]) -> str:
    if all(mark.type in STEP_WORDS for mark in members):
        return ", ".join(STEP_WORDS[mark.type] for mark in members)
    text = members[-1].message or members[-1].word
    return text if len(members) == 1 else f"{text} and {len(members) - 1} more"


def draw_phases(
    lane: LaneDrawing, phases: Sequence[Phase], view: View, *, named: Collection[str] = ()
) -> None:
    """A bar for each phase until the next; those in `named` have their name elsewhere."""
    boxes = []
    for phase in phases:
        if edges := view.edges(phase.start_ms, phase.end_ms):
            boxes.append(Box(*edges, "live" if phase.end_ms is None else "done", source=phase))
    for box in merged_boxes(boxes, limit=MIN_BAR * view.grain):
        if isinstance(box.source, Phase):
            _draw_phase(lane, box, box.source, view, named=named)
        else:
            draw_rest(lane, box, "phase", view)


def _draw_phase(
    lane: LaneDrawing, box: Box, phase: Phase, view: View, *, named: Collection[str]
) -> None:
    shape = [svg.rect(box.left, lane.centre - 8, box.width, 16, css=box.kind)]
    if phase.event_id not in named:
        shape.append(bar_label(lane, box, phase.name, until=box.right - 8))
    name = svg.shortened(phase.name)
    lasting = view.lasting(phase.start_ms, phase.end_ms)
    label = f"Phase {name}, {lasting}, from {view.clock(phase.start_ms)}"
    lane.bars.append(svg.event(label, shape, event_id=phase.event_id))
    lane.legend.add("running" if box.kind == "live" else "finished")


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

"""Drawing one task: queued time, attempts, waits and recoveries, and the marks on its line."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from charts_app import svg
from charts_app.canvas import LaneDrawing, View
from charts_app.merge import (
    COUNT_ROOM,
    DENSITY_GAP,
    DENSITY_MIN_RUN,
    MARK_GAP,
    MIN_BAR,
    Box,
    clusters,
    density,
    last_of_close,
    merged_boxes,
    runs,
)
from charts_app.rests import bar_label, draw_rest
from charts_app.wording import counted, short_count
from sessions_app.row_types import Bar, Mark, Outcome, Stretch

KINDS = {Outcome.RUNNING: "live", Outcome.FAILED: "failed"}
ENDINGS = ("task_completed", "task_skipped", "task_blocked", "task_failed")
ON_THE_LINE = ("task_started", *ENDINGS)
LEGEND = {
    "task_started": "started",
    "task_completed": "completed",
    "task_failed": "failed",
    "task_skipped": "skipped",
    "task_blocked": "blocked",
}
NOTE_GAP = 80
RISE = 24
CLEAR_RISE = 36


@dataclass(frozen=True, slots=True)
class NamedBar:
    """An attempt with its task's title and what stands inside the bar."""

    title: str
    bar: Bar
    label: str = ""


@dataclass(frozen=True, slots=True)
class LineContent:
    """What one line of the chart holds: a task, the tasks that were folded, or the session."""

    bars: Sequence[NamedBar] = ()
    marks: Sequence[Mark] = ()
    waits: Sequence[Stretch] = ()
    recoveries: Sequence[Stretch] = ()
    queued: Stretch | None = None


def draw_line(lane: LaneDrawing, content: LineContent, view: View) -> None:
    lane.staves = [lane.centre]
    draw_content(lane, content, view, rise=RISE if content.bars else 0)


def draw_content(
    lane: LaneDrawing,
    content: LineContent,
    view: View,
    *,
    rise: int,
    reserved: Sequence[float] = (),
) -> set[str]:
    """Bars first, then ticks, then marks, then words; what is too close becomes one shape.

    Milestones stand `rise` above the line, 0 where no bars are, from 36 clear of the numbers;
    words keep away from the `reserved` places. Returns the milestones named beside their sign.
    """
    shown = (mark for mark in content.marks if view.shows(mark.at_ms))
    marks = sorted(shown, key=lambda mark: mark.at_ms)
    _draw_queued(lane, content.queued, view)
    hidden = _draw_bars(lane, content.bars, marks, view)
    _draw_recoveries(lane, content.recoveries, view)
    _draw_waits(lane, content.waits, view)
    taken = [*reserved, *_draw_errors(lane, marks, view, stem=11 if rise else 19)]
    notes = [] if rise >= CLEAR_RISE else _note_places(marks, view)
    baseline = lane.centre - 9 if rise else lane.centre
    numbers = _draw_progress(lane, marks, view, taken=[*taken, *notes], baseline=baseline)
    taken += [] if rise >= CLEAR_RISE else [*notes, *numbers]
    _draw_on_the_line(lane, marks, hidden, view)
    return _draw_notes(lane, marks, view, taken=sorted(taken), rise=rise)


def _draw_queued(lane: LaneDrawing, queued: Stretch | None, view: View) -> None:
    edges = view.edges(queued.start_ms, queued.end_ms) if queued else None
    if queued is None or edges is None:
        return
    left, right = edges
    shape = svg.rect(left, lane.centre - 4, right - left, 8, css="queued")
    lasting = view.lasting(queued.start_ms, queued.end_ms)
    label = f"Queued, {lasting}, from {view.clock(queued.start_ms)}"
    lane.bars.append(svg.event(label, [shape]))
    lane.legend.add("queued")


def _draw_bars(
    lane: LaneDrawing, bars: Sequence[NamedBar], marks: Sequence[Mark], view: View
) -> set[str]:
    """Draws the attempts and returns the events whose own marks a bar has swallowed."""
    boxes = []
    for named in bars:
        if edges := view.edges(named.bar.start_ms, named.bar.end_ms):
            boxes.append(Box(*edges, KINDS.get(named.bar.outcome, "done"), source=named))
    boxes.sort(key=lambda box: box.left)
    merged = merged_boxes(boxes, limit=MIN_BAR * view.grain)
    shown: set[str] = set()
    for box in sorted(merged, key=lambda box: ("done", "failed", "live").index(box.kind)):
        if isinstance(box.source, NamedBar):
            shown |= _draw_attempt(lane, box, box.source, marks, view)
        else:
            draw_rest(lane, box, "task" if len(bars) > 1 else "attempt", view)
    every = {key for named in bars for key in (named.bar.event_id, named.bar.end_event_id) if key}
    return every - shown


def _draw_attempt(
    lane: LaneDrawing, box: Box, named: NamedBar, marks: Sequence[Mark], view: View
) -> set[str]:
    bar = named.bar
    shape = [svg.rect(box.left, lane.centre - 8, box.width, 16, css=box.kind)]
    if named.label and not view.narrow:
        until = _first_tick(marks, box, view) if len(marks) < 50 else box.right - 8
        shape.append(bar_label(lane, box, named.label, until=until))
    label = f"{svg.shortened(named.title)}, {_outcome_words(bar, view)}"
    lane.bars.append(svg.event(label, shape, event_id=bar.event_id))
    words = {"live": "running", "failed": "failed", "done": "finished"}
    lane.legend.add(words[box.kind])
    shown = {bar.end_event_id} | ({bar.event_id} if box.width >= MARK_GAP else set())
    return {event_id for event_id in shown if event_id}


def _outcome_words(bar: Bar, view: View) -> str:
    lasting = view.lasting(bar.start_ms, bar.end_ms)
    if bar.outcome is Outcome.RUNNING:
        return f"running for {lasting}"
    return f"{bar.outcome} after {lasting}, from {view.clock(bar.start_ms)}"


def _first_tick(marks: Iterable[Mark], box: Box, view: View) -> float:
    places = (view.x(mark.at_ms) - 4 for mark in marks if mark.type == "progress")
    inside = (x for x in places if box.left + 12 < x < box.right - 8)
    return min(inside, default=box.right - 8)


def _draw_recoveries(lane: LaneDrawing, recoveries: Iterable[Stretch], view: View) -> None:
    boxes = []
    for stretch in recoveries:
        if edges := view.edges(stretch.start_ms, stretch.end_ms):
            boxes.append(Box(*edges, "recovery", source=stretch))
    said_until = 0.0
    for box in merged_boxes(boxes, limit=MIN_BAR * view.grain):
        # Inside the bar's outline, which stays visible around it.
        shape = [svg.rect(box.left, lane.centre - 7.5, box.width, 15, css="recovery")]
        lane.bars.append(svg.event(_stretch_label("Recovery", box, view), shape))
        lane.legend.add("recovery")
        width = svg.text_width("recovery", 14)
        middle = max((box.left + box.right) / 2, width / 2 + 2)
        if box.width >= 24 and middle - width / 2 > said_until + 4 and not view.narrow:
            y = lane.centre + 25
            lane.words.append(svg.words(middle, y, "recovery", css="tempo", anchor="middle"))
            said_until = middle + width / 2


def _draw_waits(lane: LaneDrawing, waits: Iterable[Stretch], view: View) -> None:
    boxes = []
    for stretch in waits:
        if edges := view.edges(stretch.start_ms, stretch.end_ms):
            boxes.append(Box(*edges, "waiting", source=stretch))
    for box in merged_boxes(boxes, limit=MIN_BAR * view.grain):
        shape = [svg.rect(box.left, lane.centre - 8, box.width, 16, css="waiting")]
        event_id = box.source.event_id if isinstance(box.source, Stretch) else None
        label = _stretch_label("Waiting for you", box, view)
        lane.bars.append(svg.event(label, shape, event_id=event_id))
        lane.legend.add("waiting")


def _stretch_label(word: str, box: Box, view: View) -> str:
    stretch = box.source
    if not isinstance(stretch, Stretch):
        return f"{word}, {counted(box.count, 'time')}"
    lasting = view.lasting(stretch.start_ms, stretch.end_ms)
    return f"{word}, {lasting}, from {view.clock(stretch.start_ms)}"


def _spaced(marks: Iterable[Mark], view: View) -> list[tuple[float, list[Mark], float]]:
    """Marks that are too close as one, each with its place and the place of the next."""
    places = clusters(
        marks,
        lambda mark: view.x(mark.at_ms),
        gap=MARK_GAP * view.grain,
        count_room=COUNT_ROOM,
    )
    groups = list(places)
    nexts = [x for x, _ in groups[1:]] + [float("inf")]
    return [(x, members, nexts[index]) for index, (x, members) in enumerate(groups)]


def _say_count(
    lane: LaneDrawing, x: float, y: float, count: int, *, next_x: float, css: str = "mcount"
) -> None:
    text = short_count(count)
    if count > 1 and x + 10 + svg.text_width(text, 11) < next_x - 8:
        lane.words.append(svg.words(x + 10, y, text, css=css))


def _draw_errors(lane: LaneDrawing, marks: Iterable[Mark], view: View, *, stem: int) -> list[float]:
    """Triangles on stems, above everything; errors merge with errors only."""
    places = []
    errors = [mark for mark in marks if mark.type == "error"]
    for glyph, css in (("ev-warning", "ticklabel"), ("ev-error", "ticklabel ticklabel--red")):
        found = (mark for mark in errors if mark.glyph == glyph)
        for x, members, next_x in _spaced(found, view):
            _draw_error(lane, x, members, view, stem=stem)
            y = lane.centre - RISE + 5
            _say_count(lane, x, y, len(members), next_x=next_x, css=css)
            places += [x, x + 16] if len(members) > 1 else [x]
    return places


def _draw_error(
    lane: LaneDrawing, x: float, members: Sequence[Mark], view: View, *, stem: int
) -> None:
    y = lane.centre - RISE
    glyph = members[0].glyph
    word = "error" if glyph == "ev-error" else "warning"
    shape = [svg.hit(x, y)]
    if word == "error":
        place = f'transform="translate({svg.num(x)} {y})"'
        shape.append(svg.path(f"M{svg.num(x)} {y + 5}v{stem}", "errstem"))
        shape.append(f'<path class="m-red" {place} d="M0-7.5l7.5 13h-15z"/>')
    else:
        shape.append(svg.path(f"M{svg.num(x)} {y + 5}v{stem}", "errstem errstem--warning"))
        shape.append(svg.glyph(glyph, x, y, css="warning"))
    label, event_id = view.mark_label(members[0]), members[0].event_id
    if len(members) > 1:
        label = f"{counted(len(members), word)}, from {view.clock(members[0].at_ms)}"
    lane.errors.append(svg.event(label, shape, event_id=event_id))
    lane.legend.add(word)


def _is_note(mark: Mark) -> bool:
    return mark.type not in (*ON_THE_LINE, "progress", "error", "needs_input")


def _note_places(marks: Iterable[Mark], view: View) -> list[float]:
    return [x for x, _, _ in _spaced((mark for mark in marks if _is_note(mark)), view)]


def _draw_progress(
    lane: LaneDrawing,
    marks: Iterable[Mark],
    view: View,
    *,
    taken: Sequence[float],
    baseline: float,
) -> list[float]:
    """Ticks, or density where they stand too close; returns where their numbers stand."""
    progress = [mark for mark in marks if mark.type == "progress"]
    singles: list[Mark] = []
    dense: list[float] = []
    gap = DENSITY_GAP * view.grain
    for run in runs(progress, lambda mark: view.x(mark.at_ms), gap=gap):
        if len(run) < DENSITY_MIN_RUN or view.x(run[-1].at_ms) - view.x(run[0].at_ms) < 12:
            singles += run
        else:
            dense += [view.x(mark.at_ms) for mark in run]
    if dense:
        d, lane.peak = density(((x, 1) for x in dense), baseline=baseline)
        name = f"{counted(len(dense), 'progress event')}, at most {lane.peak:,} in one stroke"
        lane.ticks.append(svg.event(name, [svg.path(d, "density")]))
        lane.legend.add("density")
    return _draw_ticks(lane, singles, view, taken=[*taken, *dense])


def _draw_ticks(
    lane: LaneDrawing, marks: Sequence[Mark], view: View, *, taken: Sequence[float]
) -> list[float]:
    columns = list(clusters(marks, lambda mark: view.x(mark.at_ms), gap=3 * view.grain))
    labelled = [index for index, (_, members) in enumerate(columns) if members[-1].label]
    kept = {labelled[i] for i in last_of_close([columns[i][0] for i in labelled])}
    buckets = {int(x // 8) for x in taken}
    places = []
    for index, (x, members) in enumerate(columns):
        label, top = view.mark_label(members[-1]), lane.centre - 13
        if len(members) > 1:
            label = f"{counted(len(members), 'progress event')}, last: {label}"
        hit = f'<rect class="hit" x="{svg.num(x - 12)}" y="{lane.centre - 12}"'
        shape = hit + ' width="24" height="24"/>' + svg.path(f"M{svg.num(x)} {top}v21", "tick")
        lane.ticks.append(svg.event(label, [shape], event_id=members[-1].event_id))
        lane.legend.add("progress")
        near = any(int(x // 8) + step in buckets for step in (-2, -1, 0, 1, 2))
        if index in kept and not near and not view.narrow:
            text, y = members[-1].label, lane.centre - 17
            lane.words.append(svg.words(x, y, text, css="ticklabel", anchor="middle"))
            places.append(x)
    return places


def _draw_on_the_line(
    lane: LaneDrawing, marks: Sequence[Mark], hidden: Collection[str], view: View
) -> None:
    for kind in ON_THE_LINE:
        found = [
            mark
            for mark in marks
            if mark.type == kind and (kind == "task_failed" or mark.event_id not in hidden)
        ]
        for x, members, next_x in _spaced(found, view):
            label, event_id = view.marks_label(members)
            shape = [svg.hit(x, lane.centre), svg.glyph(members[0].glyph, x, lane.centre, css=kind)]
            lane.marks.append(svg.event(label, shape, event_id=event_id))
            lane.legend.add(LEGEND[kind])
            _say_count(lane, x, lane.centre + 4, len(members), next_x=next_x)


def _draw_notes(
    lane: LaneDrawing, marks: Iterable[Mark], view: View, *, taken: Sequence[float], rise: int
) -> set[str]:
    """Milestones and events of unknown types, their words where there is room."""
    groups = _spaced((mark for mark in marks if _is_note(mark)), view)
    y = lane.centre - rise
    free_until = _next_places([x for x, _, _ in groups], taken, end=view.scale.width + 12.0)
    named = set()
    for (x, members, next_x), end in zip(groups, free_until, strict=True):
        label, event_id = view.marks_label(members)
        css = "milestone" if members[0].type == "milestone" else "unknown"
        shape = [svg.hit(x, y), svg.glyph(members[0].glyph, x, y, css=css)]
        lane.marks.append(svg.event(label, shape, event_id=event_id))
        lane.legend.add(css)
        text, needed = _note_text(members[0])
        free = min(end, next_x) - 16 - (x + 12)
        if free < needed or view.narrow or len(members) > 1:
            _say_count(lane, x, y + 4, len(members), next_x=next_x)
            continue
        fitted = svg.fitted(text, width=free, size=14)
        lane.words.append(svg.words(x + 12, y + 4.5, fitted, css="tempo"))
        named.add(event_id)
    return named


def _note_text(mark: Mark) -> tuple[str, float]:
    """What stands beside a mark, and the room it needs: a phase is named whole or not at all."""
    if mark.label:
        return mark.label, svg.text_width(mark.label, 14)
    return (mark.message if mark.type == "milestone" else mark.type), NOTE_GAP


def _next_places(places: Sequence[float], taken: Sequence[float], *, end: float) -> list[float]:
    nexts, index = [], 0
    for place in places:
        while index < len(taken) and taken[index] <= place:
            index += 1
        nexts.append(taken[index] if index < len(taken) else end)
    return nexts

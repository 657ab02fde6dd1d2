"""Which of a session's rows its timeline shows: filters, a window of them, ways to the others."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sessions_app.asked import ONLY, Asked
from sessions_app.row_events import SIGNS, UNKNOWN_GLYPH
from sessions_app.row_types import EventRow, Group, SegmentKind, SessionRows
from sessions_app.signs import Sign, sign_named

PAGE = 200
# The first row moves on by so many at once, so that most events change nothing but the end.
STEP = 50
REPORTED = 40  # rows of a group on paper


@dataclass(frozen=True)
class Filter:
    word: str
    glyph: str
    count: int
    href: str
    pressed: bool


@dataclass(frozen=True)
class TaskChoice:
    id: str
    title: str
    href: str
    current: bool


@dataclass(frozen=True)
class Filters:
    """Chips for what is looked for most, and everything else to choose from."""

    chips: tuple[Filter, ...]
    types: tuple[Filter, ...]
    type_word: str
    all_types: str
    tasks: tuple[TaskChoice, ...]
    task_title: str
    all_tasks: str
    relative: bool
    other_time: str


@dataclass(frozen=True)
class Stretch:
    """Rows of a group that are sent together, so that a new one does not send them all."""

    key: str
    rows: tuple[EventRow, ...]


@dataclass(frozen=True)
class TimelineGroup:
    key: str
    title: str
    task_id: str | None
    sign: Sign | None
    note: str
    group: Group
    stretches: tuple[Stretch, ...]
    current: bool


@dataclass(frozen=True)
class Timeline:
    """`earlier` and `later` are queries, empty where there is nothing; `selected` is the event that
    the URL names, written out."""

    groups: tuple[TimelineGroup, ...]
    total: int
    earlier: str
    earlier_count: int
    later: str
    later_count: int
    newest: str
    open_event_id: str
    empty_words: str
    clear: str
    selected: str = ""

    @property
    def at_end(self) -> bool:
        return not self.later


def filters_of(rows: SessionRows, asked: Asked) -> Filters:
    counts = Counter[str]()
    for group in rows.groups:
        for row in group.rows:
            counts[row.type] += row.event_count
    chips = (
        ("errors", "Errors", "ev-error", sum(counts[kind] for kind in ONLY["errors"])),
        ("questions", "Questions", "ev-needs_input", counts["needs_input"]),
    )
    types = tuple(
        _filter(asked, kind, _word(kind), SIGNS.get(kind, (UNKNOWN_GLYPH,))[0], counts[kind])
        for kind in sorted(counts, key=_word)
    )
    return Filters(
        chips=tuple(_filter(asked, *chip) for chip in chips),
        types=types,
        type_word="" if asked.only in ONLY else _word(asked.only),
        all_types=asked.but(only="", since=""),
        tasks=tuple(
            TaskChoice(
                lane.id, lane.title, asked.but(task=lane.id, since=""), lane.id == asked.task
            )
            for lane in rows.tasks
        ),
        task_title=_task_title(rows, asked),
        all_tasks=asked.but(task="", since=""),
        relative=asked.relative,
        other_time=asked.but(relative=not asked.relative),
    )


@dataclass(frozen=True)
class ReportGroup:
    """A group in short: its newest rows, and how many events are left out."""

    group: Group
    sign: Sign | None
    rows: tuple[EventRow, ...]
    left_out: int


def report_groups(rows: SessionRows) -> tuple[ReportGroup, ...]:
    return tuple(_in_short(group) for group in rows.groups)


def _in_short(group: Group) -> ReportGroup:
    told = [row for row in group.rows if row.type != "progress" or row is group.rows[-1]]
    shown = tuple(told[-REPORTED:])
    left_out = group.event_count - sum(row.event_count for row in shown)
    return ReportGroup(
        group, sign_named(group.state.value) if group.state else None, shown, left_out
    )


def _filter(asked: Asked, key: str, word: str, glyph: str, count: int) -> Filter:
    pressed = asked.only == key
    href = asked.but(only="" if pressed else key, since="", event="")
    return Filter(word, glyph, count, href, pressed)


def _word(kind: str) -> str:
    """In a list of all types "Completed" alone would not say what."""
    if kind.startswith("task_"):
        return f"Task {kind.removeprefix('task_')}"
    return SIGNS[kind][1] if kind in SIGNS else kind.replace("_", " ").capitalize()


def _task_title(rows: SessionRows, asked: Asked) -> str:
    return next((lane.title for lane in rows.tasks if lane.id == asked.task), "")


def timeline_of(rows: SessionRows, asked: Asked, *, open_event_id: str = "") -> Timeline:
    """The newest rows, or a page's worth of those from the one that the URL names."""
    matching = {group.id: _matching(group, asked) for group in rows.groups}
    found = [row for of_group in matching.values() for row in of_group]
    found.sort(key=lambda row: row.last_ms)
    first, until = _window(asked, found)
    shown = frozenset(row.id for row in found[first:until])
    kept = [
        (group, of_group)
        for group in rows.groups
        if (of_group := tuple(_stretches(group, matching[group.id], shown)))
    ]
    later, total = len(found) - until, sum(group.event_count for group in rows.groups)
    start = found[max(0, first - PAGE)].id if first else ""
    return Timeline(
        groups=tuple(
            _timeline_group(group, of_group, rows, current=group is kept[-1][0] and not later)
            for group, of_group in kept
        ),
        total=total,
        earlier=asked.but(since=start, event="") if first else "",
        earlier_count=min(first, PAGE),
        later=asked.but(since=found[until - PAGE].id, event="") if later else "",
        later_count=min(later, PAGE),
        newest=asked.but(since="", event=""),
        open_event_id=open_event_id,
        empty_words=_empty_words(rows, asked, total),
        clear=asked.but(only="", task="", since=""),
    )


def _matching(group: Group, asked: Asked) -> tuple[EventRow, ...]:
    if asked.task and group.task_id != asked.task:
        return ()
    types = asked.types
    return tuple(row for row in group.rows if row.type in types) if types else group.rows


def _window(asked: Asked, found: Sequence[EventRow]) -> tuple[int, int]:
    """The first row shown and the one after the last: the newest, unless the URL names a row
    before them; then two pages, so that a step to either side keeps what was read in sight."""
    newest = max(0, len(found) - PAGE) // STEP * STEP
    named = _place(found, asked.event)
    since = _place(found, asked.since)
    if since is None and named is not None and named < newest:
        since = max(0, named - PAGE // 2)
    if since is None or since >= newest:
        return newest, len(found)
    return since, min(len(found), since + 2 * PAGE)


def _stretches(
    group: Group, found: Sequence[EventRow], shown: Collection[str]
) -> Iterator[Stretch]:
    """Cut at fixed places, so that a row stays where it is."""
    for start in range(0, len(found), STEP):
        rows = tuple(row for row in found[start : start + STEP] if row.id in shown)
        if rows:
            yield Stretch(f"group-{group.id}-{start // STEP}", rows)


def _place(found: Sequence[EventRow], event_id: str) -> int | None:
    if not event_id:
        return None
    return next((place for place, row in enumerate(found) if names(row, event_id)), None)


def names(row: EventRow, event_id: str) -> bool:
    return bool(event_id) and (
        row.id == event_id or any(folded.id == event_id for folded in row.folded)
    )


def _timeline_group(
    group: Group, of_group: tuple[Stretch, ...], rows: SessionRows, *, current: bool
) -> TimelineGroup:
    return TimelineGroup(
        key=f"group-{group.id}",
        title=group.title,
        task_id=group.task_id,
        sign=sign_named(group.state.value) if group.state else None,
        note=_start_note(rows) if group is rows.groups[0] else "",
        group=group,
        stretches=of_group,
        current=current,
    )


def _start_note(rows: SessionRows) -> str:
    spawning = rows.spent_ms[SegmentKind.SPAWNING]
    return f"spawning {round(spawning / 1000)}\u00a0s" if spawning >= 1000 else ""


def _empty_words(rows: SessionRows, asked: Asked, total: int) -> str:
    what = {"errors": " is an error", "questions": " is a question"}.get(asked.only, "")
    if asked.only and not what:
        what = f" is of the type {asked.only}"
    title = _task_title(rows, asked)
    where = f" in {title}" if title else ""
    if total == 1:
        return f"The only event is not{what.removeprefix(' is') or ' here'}{where}."
    return f"None of the {total} events{what or ' is'}{where}."

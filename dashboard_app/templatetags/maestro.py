"""Glyphs, icons, times and durations in templates."""

import re
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import ordinal
from django.template import Context
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from charts_app.svg import DEFS_SVG
from charts_app.wording import in_figures, in_words
from core.clock import as_datetime, now_ms
from sessions_app.asked import Asked
from sessions_app.row_types import EventRow
from sessions_app.signs import Sign, sign_named
from sessions_app.timeline_page import names as row_names

register = template.Library()
register.filter(ordinal)
NBSP = "\u00a0"
LADDER_STEPS = 5
FOLDED_SHOWN = 100
SHORT_ID = 16
_SINCE = re.compile(r'(data-since="(\d+)" data-as="(\w+)">)[^<]*')
WHOLE_MESSAGES = frozenset(("session_started", "session_stopped"))


@register.simple_tag
def glyph(name: str, css: str = "") -> SafeString:
    return format_html(
        '<svg class="glyph{}" aria-hidden="true"><use href="#{}"/></svg>',
        f" {css}" if css else "",
        name,
    )


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="#i-{}"/></svg>',
        f" {css}" if css else "",
        name,
    )


@cache
def _sprite() -> str:
    """Our own file, whole in the page: shapes used from another file cannot be animated."""
    text = Path(settings.BASE_DIR, "static/img/sprite.svg").read_text()
    inner = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    return f'<svg hidden width="0" height="0" aria-hidden="true">{inner}</svg>{DEFS_SVG}'


@register.simple_tag
def sprite() -> SafeString:
    return mark_safe(_sprite())


def _local(at_ms: int) -> datetime:
    return as_datetime(at_ms).astimezone(timezone.get_current_timezone())


@register.filter
def clock(at_ms: int) -> str:
    return f"{_local(at_ms):%H:%M:%S}"


@register.filter
def clock_or_day(at_ms: int) -> str:
    """The clock for today, the day and the clock for any other."""
    at, today = _local(at_ms), _local(now_ms())
    if at.date() == today.date():
        return f"{at:%H:%M:%S}"
    return f"{at.day}{NBSP}{at:%b}, {at:%H:%M}"


@register.filter
def day(at_ms: int) -> str:
    at = _local(at_ms)
    return f"{at.day}{NBSP}{at:%b %Y}"


@register.filter
def iso(at_ms: int) -> str:
    return _local(at_ms).isoformat(timespec="milliseconds")


@register.filter
def figures(duration_ms: int) -> str:
    return in_figures(max(0, duration_ms))


@register.filter
def words(duration_ms: int) -> str:
    return in_words(max(0, duration_ms))


@register.simple_tag
def since(at_ms: int, form: str, css: str = "") -> SafeString:
    """A duration that the page counts on by itself: figures, words or ago."""
    return format_html(
        '<span class="num{}" data-since="{}" data-as="{}">{}</span>',
        f" {css}" if css else "",
        at_ms,
        form,
        _lasting(at_ms, form),
    )


def _lasting(at_ms: int, form: str) -> str:
    lasting = max(0, now_ms() - at_ms)
    if form == "figures":
        return in_figures(lasting)
    return in_words(lasting // 1000 * 1000) + (" ago" if form == "ago" else "")


def counted_on(markup: str) -> str:
    """Markup that was drawn before, its durations as they are now."""
    return _SINCE.sub(lambda one: one[1] + _lasting(int(one[2]), one[3]), markup)


@register.filter
def percent(fraction: float) -> int:
    return int(fraction * 100 + 1e-9)


@register.filter
def sign_of(word: str) -> Sign:
    """A status, or what a session says of a task, as it is shown."""
    return sign_named(word)


@register.filter
def minus(later_ms: int, earlier_ms: int) -> int:
    return later_ms - earlier_ms


@register.filter
def drawn(markup: str) -> SafeString:
    """What charts_app drew: it escapes all text itself."""
    return mark_safe(markup)


@register.simple_tag
def beats(done: int, total: int, current: bool) -> SafeString:
    """One block an item; more items than blocks share them."""
    slots = min(max(total, 1), 12)
    shown, step = done * slots // max(total, 1), (76 + 2.5) / slots
    blocks = []
    for slot in range(slots):
        css = "beat beat--done" if slot < shown else "beat"
        css = "beat beat--now" if current and slot == shown else css
        flat = css != "beat"
        x, inset = slot * step, 0 if flat else 0.5
        width, height = step - 2.5 - 2 * inset, 8 - 2 * inset
        blocks.append(
            f'<path class="{css}" d="M{x + inset:.1f} {inset}h{width:.1f}v{height}h-{width:.1f}z"/>'
        )
    return format_html(
        '<span class="beats" role="img" aria-label="{} of {} done"><svg width="76" height="8"'
        ' viewBox="0 0 76 8">{}</svg></span>',
        done,
        total,
        mark_safe("".join(blocks)),
    )


@register.simple_tag(takes_context=True)
def event(context: Context, row: EventRow) -> str:
    """A row of the timeline. Most rows of a frame were in the last one too, so they are kept."""
    asked, timeline = context["asked"], context["timeline"]
    in_session = isinstance(asked, Asked)
    is_selected = row_names(row, asked.event)
    # To know a long fold again would take as long as to draw it.
    draw = _event.__wrapped__ if len(row.folded) > FOLDED_SHOWN or is_selected else _event
    return draw(
        row,
        query=asked.but(event="") if in_session else asked.query(),
        is_open=row.id == timeline.open_event_id,
        selected=asked.event if is_selected else "",
        whole=timeline.selected if in_session and is_selected else "",
        relative=in_session and asked.relative,
        zone=timezone.get_current_timezone_name(),
    )


@lru_cache(maxsize=4096)
def _event(
    row: EventRow,
    *,
    query: str,
    is_open: bool,
    selected: str,
    whole: str,
    relative: bool,
    zone: str,
) -> str:
    shown = {
        "row": row,
        "query": query,
        "is_open": is_open,
        "is_selected": bool(selected),
        "selected": selected,
        "whole": whole,
        "relative": relative,
        "folded": _some_of(row.folded, selected),
    }
    return render_to_string("session/_event.html", shown)


def _some_of(folded: tuple[EventRow, ...], selected: str) -> tuple[EventRow, ...]:
    """The newest, or those around the one that the URL names."""
    places = (place for place, one in enumerate(folded) if one.id == selected)
    first = max(0, next(places, len(folded)) - FOLDED_SHOWN // 2)
    first = min(first, max(0, len(folded) - FOLDED_SHOWN))
    return folded[first : first + FOLDED_SHOWN]


@register.filter
def what(row: EventRow) -> str:
    """The event in bold: its word, or its own message where that says it all."""
    return row.message if row.type in WHOLE_MESSAGES and row.message else row.word


@register.filter
def said(row: EventRow) -> str:
    """What the event says beyond its word; the group's head has the task's title already."""
    if row.type in WHOLE_MESSAGES or row.message.startswith(f"{row.word} task"):
        return ""
    return row.message


@register.filter
def first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


@register.filter
def ladder(row: EventRow) -> tuple[str, ...]:
    """The steps of folded progress, as many as one line holds."""
    steps = tuple(dict.fromkeys(row.percents))
    return steps if len(steps) <= LADDER_STEPS else (*steps[:2], "…", *steps[-2:])


@register.filter
def short_id(record_id: str) -> str:
    """Enough of a long id to tell it from its neighbours."""
    if len(record_id) <= SHORT_ID:
        return record_id
    return f"{record_id.partition('_')[0]}_…{record_id[-6:]}"

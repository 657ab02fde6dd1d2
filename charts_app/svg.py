"""Writing SVG markup: escaping, numbers, text widths and the shapes that every chart uses."""

import re
import unicodedata
from collections.abc import Iterable
from html import escape

# Referenced by url(#id) from the chart's classes; a page shows this once, beside its charts.
DEFS_SVG = (
    '<svg class="defs" width="0" height="0" aria-hidden="true"><defs>'
    '<pattern id="hatch-amber" width="6" height="6" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect class="h-amber-bg" width="6" height="6"/>'
    '<rect class="h-amber" width="2.5" height="6"/></pattern>'
    '<pattern id="hatch-red" width="5" height="5" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(-45)"><rect class="h-red-bg" width="5" height="5"/>'
    '<rect class="h-red" width="1.5" height="5"/></pattern>'
    '<marker id="arrow" viewBox="0 0 8 8" refX="6.5" refY="4" markerWidth="7" markerHeight="7"'
    ' orient="auto"><path class="arrowhead" d="M0 .5L7.5 4 0 7.5z"/></marker>'
    "</defs></svg>"
)
ELLIPSIS = "…"
# What XML cannot hold, and what would turn the text around it.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]+"
)
_NARROW = frozenset("iljtfrI.,:;'|!()[]· ")
_WIDE = frozenset("mwMW@%—…")


def clean(text: str) -> str:
    return _UNPRINTABLE.sub(" ", text).strip()


def esc(text: str) -> str:
    """Text for an element or a quoted attribute, inert whatever it holds."""
    return escape(clean(text), quote=True)


def num(value: float) -> str:
    """A coordinate with at most one decimal."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def text_width(text: str, size: float) -> float:
    """An estimate, on the generous side: the server has no font to measure with."""
    return sum(_advance(char) for char in text) * size


def _advance(char: str) -> float:
    if char in _NARROW:
        return 0.34
    if char in _WIDE or char.isupper():
        return 0.78
    if ord(char) > 0x2E7F and unicodedata.east_asian_width(char) in "WF":
        return 1.0
    return 0.56


def fitted(text: str, *, width: float, size: float) -> str:
    """The text, or as much of it as fits with an ellipsis, or nothing."""
    text = clean(text)
    if text_width(text, size) <= width:
        return text
    room = width - text_width(ELLIPSIS, size)
    used, kept = 0.0, 0
    for char in text:
        used += _advance(char) * size
        if used > room:
            break
        kept += 1
    return text[:kept].rstrip() + ELLIPSIS if kept > 1 else ""


def shortened(text: str, limit: int = 80) -> str:
    text = clean(text[: limit * 2])
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def words(x: float, y: float, text: str, *, css: str, anchor: str = "start") -> str:
    return (
        f'<text class="{css}" x="{num(x)}" y="{num(y)}" text-anchor="{anchor}">{esc(text)}</text>'
    )


def rect(x: float, y: float, width: float, height: float, *, css: str) -> str:
    return (
        f'<rect class="bar bar--{css}" x="{num(x)}" y="{num(y)}" width="{num(width)}"'
        f' height="{num(height)}" rx="3"/>'
    )


def path(d: str, css: str) -> str:
    return f'<path class="{css}" d="{d}"/>'


def glyph(symbol: str, x: float, y: float, *, css: str) -> str:
    return (
        f'<use href="#{symbol}" class="mark mark--{css}" x="{num(x - 7)}" y="{num(y - 7)}"'
        ' width="14" height="14"/>'
    )


def hit(x: float, y: float) -> str:
    return f'<circle class="hit" cx="{num(x)}" cy="{num(y)}" r="12"/>'


def event(
    label: str,
    body: Iterable[str],
    *,
    event_id: str | None = None,
    zoom: tuple[int, int] | None = None,
) -> str:
    """A shape that can be focused and selected; `zoom` is the span of a merged one."""
    name = esc(label)
    ref = f' data-event="{esc(event_id)}"' if event_id else ""
    ref += f' data-zoom="{zoom[0]},{zoom[1]}"' if zoom else ""
    return f'<g class="evt" tabindex="-1" role="img"{ref} aria-label="{name}">{"".join(body)}</g>'

"""A small log-log plot as SVG, for docs/plots: how a cost grows over decades."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.load.figures import PAGE

FOLDER = PAGE.parent / "plots"
WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 34, 44
COLORS = ("#2f6f8f", "#b3541e", "#5b7f3a")
FONT = "font-family='system-ui, sans-serif' font-size='12'"


@dataclass(frozen=True)
class Line:
    """One thing measured at several sizes."""

    name: str
    points: Sequence[tuple[float, float]]


def write_plot(name: str, title: str, x_name: str, lines: Sequence[Line]) -> None:
    """docs/plots/<name>.svg. Values and sizes are above zero."""
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points]
    across, up = _decades(xs), _decades(ys)
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{HEIGHT}' "
        f"viewBox='0 0 {WIDTH} {HEIGHT}' role='img' aria-label='{title}'>",
        f"<rect width='{WIDTH}' height='{HEIGHT}' fill='#fff'/>",
        f"<text x='{LEFT}' y='20' {FONT} font-weight='600'>{title}</text>",
        *_grid(across, up),
        f"<text x='{(LEFT + WIDTH - RIGHT) / 2}' y='{HEIGHT - 8}' {FONT} "
        f"text-anchor='middle'>{x_name}</text>",
    ]
    for number, line in enumerate(lines):
        parts += _line(line, COLORS[number % len(COLORS)], across, up)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.svg").write_text("\n".join([*parts, "</svg>", ""]))


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _grid(across: tuple[int, int], up: tuple[int, int]) -> list[str]:
    parts = []
    for power in range(across[0], across[1] + 1):
        x = _x(10**power, across)
        parts += [
            f"<path d='M{x:.1f} {TOP}V{HEIGHT - BOTTOM}' stroke='#ddd'/>",
            f"<text x='{x:.1f}' y='{HEIGHT - BOTTOM + 16}' {FONT} text-anchor='middle'>"
            f"{10**power:,}</text>",
        ]
    for power in range(up[0], up[1] + 1):
        y = _y(10**power, up)
        parts += [
            f"<path d='M{LEFT} {y:.1f}H{WIDTH - RIGHT}' stroke='#ddd'/>",
            f"<text x='{LEFT - 8}' y='{y + 4:.1f}' {FONT} text-anchor='end'>"
            f"{10.0**power:,g}</text>",
        ]
    return parts


def _line(line: Line, color: str, across: tuple[int, int], up: tuple[int, int]) -> list[str]:
    places = [(_x(x, across), _y(y, up)) for x, y in line.points]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    end_x, end_y = places[-1]
    return [
        f"<path d='M{path}' fill='none' stroke='{color}' stroke-width='2'/>",
        *(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3.5' fill='{color}'/>" for x, y in places),
        f"<text x='{end_x + 10:.1f}' y='{end_y + 4:.1f}' {FONT} fill='{color}'>{line.name}</text>",
    ]


def _x(value: float, decades: tuple[int, int]) -> float:
    share = (math.log10(value) - decades[0]) / (decades[1] - decades[0])
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(value: float, decades: tuple[int, int]) -> float:
    share = (math.log10(value) - decades[0]) / (decades[1] - decades[0])
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

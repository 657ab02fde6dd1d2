"""Multi-bar rests, for what is too short or too much to draw, and the words inside bars."""

from charts_app import svg
from charts_app.canvas import LaneDrawing, View
from charts_app.merge import Box
from charts_app.wording import counted, short_count

COLOURS = {"live": "mrest mrest--live", "failed": "mrest mrest--failed"}


def rest_shape(lane: LaneDrawing, box: Box, text: str, view: View) -> list[str]:
    """A beam between two strokes, and what it stands for above it where that fits."""
    left, right, y = box.left, max(box.right, box.left + 5), lane.centre
    d = f"M{svg.num(left)} {y - 8}h2v5H{svg.num(right - 2)}v-5h2v16h-2v-5H{svg.num(left + 2)}v5h-2z"
    shape = [svg.path(d, COLOURS.get(box.kind, "mrest"))]
    # A bare number may hang over its beam, words may not.
    needed = 16 if text.isalnum() else svg.text_width(text, 11)
    if right - left >= needed and not view.narrow:
        middle = (max(left, 0) + min(right, view.scale.width)) / 2
        shape.append(svg.words(middle, y - 12, text, css="mcount", anchor="middle"))
    return shape


def draw_rest(lane: LaneDrawing, box: Box, noun: str, view: View) -> None:
    """What is too short to draw, and how many it is; opening it zooms to its span."""
    shape = rest_shape(lane, box, short_count(box.count), view)
    zoom = (view.scale.ms(box.left), view.scale.ms(box.right))
    label = f"{counted(box.count, noun)} merged, from {view.clock(zoom[0])}"
    lane.bars.append(svg.event(label, shape, zoom=zoom))
    lane.legend.add("merged")


def bar_label(lane: LaneDrawing, box: Box, text: str, *, until: float) -> str:
    left = max(box.left, 0) + 12
    if box.width < 40:
        return ""
    fitted = svg.fitted(text, width=until - left, size=12)
    css = f"barlabel barlabel--{box.kind}"
    return svg.words(left, lane.centre + 4, fitted, css=css) if fitted else ""

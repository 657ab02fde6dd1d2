"""What ties a score's staves: the bracket, the arrows of spawning, the lines of reporting back."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from charts_app import svg
from charts_app.canvas import LaneDrawing, View
from charts_app.frame import Backdrop
from sessions_app.tree_rows import TreeRows

# How far a session's barline, or the rest of a folded one, reaches from its line.
BARLINE, REST = 17, 8
ARROW_GAP = 5
HOOK = "c3-.5 7-3 9.5-8-.5 6-2.5 9.5-6 11"
HOOK_BACK = "c3.5 1.5 5.5 5 6 11-2.5-5-6.5-7.5-9.5-8z"


def ties(
    tree: TreeRows, *, folded: Collection[str]
) -> Callable[[Sequence[LaneDrawing], View], Backdrop]:
    """Between the sessions that have a lane; a folded parent has no number to report to."""

    def draw(drawings: Sequence[LaneDrawing], view: View) -> Backdrop:
        lanes = {lane.session_id: lane for lane in drawings if lane.session_id}
        arrows = list(_arrows(tree, lanes, folded, view))
        reports = "".join(_reports(tree, lanes, folded, view))
        links = [svg.path("".join(arrows), "spawn-halo")] if arrows else []
        links += [f'<path class="spawn" marker-end="url(#arrow)" d="{d}"/>' for d in arrows]
        links += [svg.path(reports, "done-line")] if reports else []
        said = {"spawns": arrows, "reports": reports}
        legend = frozenset(key for key, drawn in said.items() if drawn)
        return Backdrop(_bracket(drawings), links, legend)

    return draw


def _arrows(
    tree: TreeRows, lanes: Mapping[str, LaneDrawing], folded: Collection[str], view: View
) -> Iterator[str]:
    """From the parent's bar to the child's first barline."""
    for link in tree.spawns:
        parent, child = lanes.get(link.parent_id), lanes.get(link.child_id)
        if parent and child and view.shows(link.at_ms):
            x = svg.num(view.x(link.at_ms) + 0.75)
            yield f"M{x} {parent.centre}V{_top(child, folded) - ARROW_GAP}"


def _reports(
    tree: TreeRows, lanes: Mapping[str, LaneDrawing], folded: Collection[str], view: View
) -> Iterator[str]:
    """From the child's end up to the parent's number that counts it."""
    for link in tree.ends:
        parent, child = lanes.get(link.parent_id), lanes.get(link.child_id)
        if parent and child and link.parent_id not in folded and view.shows(link.counted_ms):
            start, end = view.x(link.ended_ms), view.x(link.counted_ms)
            bottom = parent.centre + BARLINE + 1
            yield f"M{svg.num(start)} {_top(child, folded) - 1}L{svg.num(end)} {bottom}"


def _top(lane: LaneDrawing, folded: Collection[str]) -> int:
    return lane.centre - (REST if lane.session_id in folded else BARLINE)


def _bracket(drawings: Sequence[LaneDrawing]) -> str:
    if len(drawings) < 2:
        return ""
    top, bottom = drawings[1].centre - 22, drawings[-1].centre + 23
    return svg.path(f"M2 {top}{HOOK}V{bottom}{HOOK_BACK}", "bracket")

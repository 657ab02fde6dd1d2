"""The pieces of each topic, from the same templates as their pages."""

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from agents_app.fragments import panel_of
from dashboard_app.boards import Picture, Piece
from dashboard_app.orchestration import TreeAsked, orchestration
from dashboard_app.overview import Overview, overview
from dashboard_app.shell import shell
from projects_app.fragments import project_rows
from projects_app.selectors import project_by_id
from queues_app.fragments import queue_views
from sessions_app.asked import Asked
from sessions_app.fragments import (
    SessionPicture,
    chart_of,
    pixel_s,
    session_picture,
    timeline_of,
)
from tasks_app.fragments import task_table

LOOK_AGAIN_S = 5.0


def _piece(
    piece_id: str,
    template: str,
    context: Mapping[str, Any],
    *,
    key: str | None = None,
    inside: str | None = None,
) -> Piece:
    # Scripts send the token as a header, so live fragments carry none.
    html = render_to_string(template, {**context, "csrf_token": "NOTPROVIDED"}).strip()
    return Piece(piece_id, html, key, inside)


def shell_picture() -> Picture:
    shown = shell()
    context = {"shell": shown}
    return Picture(
        (
            _piece("rail-live", "shell/_live.html", context),
            _piece(
                "rail-controls",
                "shell/_controls.html",
                {"id": "rail-controls", "css": "nav__item", "controls": shown.controls},
            ),
            _piece("stop-all-body", "shell/_stop_all_body.html", context),
            _piece("rail-count", "shell/_count.html", {**context, "id": "rail-count"}),
            _piece("tab-count", "shell/_count.html", {**context, "id": "tab-count"}),
            _piece(
                "rail-projects-list", "shell/_project_list.html", {**context, "id": "rail-projects"}
            ),
            _piece(
                "top-projects-list", "shell/_project_list.html", {**context, "id": "top-projects"}
            ),
            _piece("attention", "shell/_attention.html", context),
        ),
        LOOK_AGAIN_S,
    )


NOW_PIECES = (
    ("now-summary", "now/_summary.html"),
    ("storage", "now/_storage.html"),
    ("inbox", "now/_inbox.html"),
    ("line", "now/_line.html"),
    ("lives", "now/_lives.html"),
    ("queues", "now/_queues.html"),
    ("recent", "now/_recent.html"),
)


def overview_picture() -> Picture:
    seen = overview()
    context = {"now": seen}
    outer = _piece("now", "now/_now.html", context, key=_shape(seen))
    if seen.first_run:
        return Picture((outer,), LOOK_AGAIN_S)
    inner = (_piece(name, template, context, inside="now") for name, template in NOW_PIECES)
    return Picture((outer, *inner), LOOK_AGAIN_S)


def _shape(seen: Overview) -> str:
    return f"first run {seen.has_projects}" if seen.first_run else "running"


def projects_picture() -> Picture:
    return Picture((_piece("projects", "project/_list.html", {"projects": project_rows()}),))


def project_picture(project_id: str, query: Mapping[str, str]) -> Picture:
    project_by_id(project_id)
    table = task_table(project_id)
    context = {"table": table, "project_id": project_id}
    rows = (
        _piece(f"row-{row.id}", "task/_row.html", {**context, "row": row}, inside="tasks")
        for row in table.rows
    )
    shape = ",".join(row.id for row in table.rows)
    return Picture(
        (
            _piece("task-counts", "task/_counts.html", context),
            _piece("tasks", "task/_table.html", context, key=shape),
            *rows,
        )
    )


def session_page_picture(session_id: str, query: Mapping[str, str]) -> Picture:
    asked = Asked.read(query)
    seen = session_picture(session_id, asked)
    context = {"session": seen, "header": seen.header, "bar": seen.bar, "asked": asked}
    pieces = [
        _piece("session-head", "session/_head.html", context),
        _piece("session-question", "session/_question.html", context),
        _piece("session-bar", "session/_bar.html", context),
        _piece("stop-body", "session/_stop_body.html", context),
    ]
    if asked.view == "chart":
        return Picture((*pieces, *_chart_pieces(seen, context)), pixel_s(seen))
    pieces.append(
        _piece("panel", "session/_panel.html", {**context, "panel": panel_of(seen.document, asked)})
    )
    if asked.view == "queue":
        views = queue_views([session_id])
        queue = {**context, "queue": views.get(session_id)}
        return Picture((*pieces, _piece("queue", "session/_queue.html", queue)))
    return Picture((*pieces, *_timeline_pieces(seen, context)))


def _chart_pieces(seen: SessionPicture, context: Mapping[str, Any]) -> list[Piece]:
    drawn = {**context, "chart": chart_of(seen)}
    return [
        _piece("chart-labels", "session/_chart_labels.html", drawn),
        _piece("chart-plot", "session/_chart_plot.html", drawn),
        _piece("chart-legend", "session/_chart_legend.html", drawn),
    ]


def _timeline_pieces(seen: SessionPicture, context: Mapping[str, Any]) -> list[Piece]:
    timeline = timeline_of(seen)
    shown = {**context, "timeline": timeline}
    shape = ",".join(group.key for group in timeline.groups) + timeline.earlier
    groups = [
        _piece(group.key, "session/_group.html", {**shown, "group": group}, inside="timeline")
        for group in timeline.groups
    ]
    shown["parts"] = [mark_safe(group.html) for group in groups]
    return [_piece("timeline", "session/_timeline.html", shown, key=shape), *groups]


TREE_PIECES = (
    ("tree-head", "tree/_head.html"),
    ("tree-questions", "tree/_questions.html"),
    ("tree-bar", "tree/_bar.html"),
    ("stop-body", "tree/_stop_body.html"),
    ("chart-labels", "tree/_labels.html"),
    ("chart-plot", "session/_chart_plot.html"),
    ("chart-legend", "session/_chart_legend.html"),
    ("run", "tree/_run.html"),
)


def tree_picture(session_id: str, query: Mapping[str, str]) -> Picture:
    seen = orchestration(session_id, TreeAsked.read(query))
    context = {"tree": seen, "chart": seen.chart}
    pieces = [_piece(name, template, context) for name, template in TREE_PIECES]
    # The hierarchy as a whole changes when a session joins it, its cards by themselves.
    shape = ",".join(sorted(seen.session_ids))
    pieces.append(_piece("hierarchy", "tree/_hierarchy.html", context, key=shape))
    pieces += [
        _piece(f"card-{node.id}", "tree/_card.html", {"node": node}, inside="hierarchy")
        for node in seen.root.walk()
    ]
    return Picture(pieces, seen.pixel_s, seen.session_ids)

"""The pieces of each topic, from the same templates as their pages."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from agents_app.fragments import panel_of
from dashboard_app.activity import Asked as ActivityAsked
from dashboard_app.activity import feed
from dashboard_app.boards import Picture, Piece
from dashboard_app.orchestration import TreeAsked, orchestration
from dashboard_app.overview import Overview, overview
from dashboard_app.pulse import density_chart
from dashboard_app.shell import shell
from dashboard_app.templatetags.tasks import drawn_task
from dashboard_app.templatetags.tree import drawn_card
from projects_app.fragments import project_rows, session_list
from projects_app.selectors import project_by_id
from queues_app.fragments import queue_rows
from sessions_app.asked import Asked
from sessions_app.fragments import (
    SessionPicture,
    chart_of,
    pixel_s,
    session_picture,
    timeline_of,
    tools_of,
)
from sessions_app.timeline_page import TimelineGroup
from tasks_app.asked import Asked as TasksAsked
from tasks_app.fragments import ProjectTasks, ShownTasks, TaskRow, task_context, task_page

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
    ("lives-head", "now/_lives_head.html"),
    ("queues", "now/_queues.html"),
    ("recent", "now/_recent.html"),
)


def overview_picture(query: Mapping[str, str]) -> Picture:
    seen = overview(whole=query.get("all") == "1")
    context = {"now": seen}
    outer = _piece("now", "now/_now.html", context, key=_shape(seen))
    if seen.first_run:
        return Picture((outer,), LOOK_AGAIN_S)
    pieces = [_piece(name, template, context, inside="now") for name, template in NOW_PIECES]
    shape = f"{seen.live_count} {','.join(row.id for row in seen.live)}" if seen.live else None
    pieces.append(_piece("lives-list", "now/_lives_list.html", context, key=shape, inside="now"))
    pieces += (
        _piece(f"live-{row.id}", "now/_live.html", {"one": row}, inside="lives-list")
        for row in seen.live
    )
    return Picture((outer, *pieces), LOOK_AGAIN_S)


def _shape(seen: Overview) -> str:
    return f"first run {seen.has_projects}" if seen.first_run else "running"


def activity_picture(query: Mapping[str, str]) -> Picture:
    asked = ActivityAsked.read(query)
    found = feed(asked)
    context: dict[str, Any] = {"asked": asked, "feed": found}
    shape = ",".join(block.id for block in found.blocks)
    pieces = [_piece("activity", "activity/_feed.html", context, key=shape)]
    pieces += (
        _piece(block.id, "activity/_block.html", {"block": block}, inside="activity")
        for block in found.blocks
    )
    chart, left_out = density_chart(asked)
    drawn = {**context, "chart": chart, "left_out": left_out}
    lanes = ",".join(lane.id for lane in chart.lanes) if chart else ""
    pieces.append(_piece("density", "activity/_density.html", drawn, key=f"{lanes} {left_out}"))
    if chart:
        inner = (
            ("chart-labels", "activity/_labels.html"),
            ("chart-plot", "session/_chart_plot.html"),
        )
        pieces += (_piece(name, page, drawn, inside="density") for name, page in inner)
    return Picture(pieces, max(LOOK_AGAIN_S, asked.pixel_s))


def projects_picture() -> Picture:
    return Picture((_piece("projects", "project/_list.html", {"projects": project_rows()}),))


def project_picture(project_id: str, query: Mapping[str, str]) -> Picture:
    asked = TasksAsked.read(query)
    project_by_id(project_id)
    shown = ProjectTasks(project_id).shown(asked)
    context: dict[str, Any] = {"shown": shown, "asked": asked, "project_id": project_id}
    if asked.view == "sessions":
        context["sessions"] = session_list(project_id, asked.page)
    draw = {
        "tree": _tree_pieces,
        "board": _board_pieces,
        "graph": _graph_pieces,
        "sessions": _session_pieces,
    }[asked.view]
    counts = _piece("task-counts", "task/_counts.html", context)
    return Picture((counts, *draw(shown, context)), LOOK_AGAIN_S)


def _session_pieces(_: ShownTasks, context: Mapping[str, Any]) -> list[Piece]:
    return [_piece("sessions", "project/_sessions.html", context)]


def _tree_pieces(shown: ShownTasks, context: Mapping[str, Any]) -> list[Piece]:
    shape = f"{shown.left_out} {','.join(row.id for row in shown.rows)}"
    rows = (_task_piece("row", row, context, inside="tasks") for row in shown.rows)
    return [_piece("tasks", "task/_tree.html", context, key=shape), *rows]


def _board_pieces(shown: ShownTasks, context: Mapping[str, Any]) -> list[Piece]:
    shape = f"{bool(shown.matching)} {shown.left_out}"
    pieces = [_piece("tasks", "task/_board.html", context, key=shape)]
    for column in shown.columns:
        key = f"column-{column.key}"
        inner = {**context, "column": column}
        pieces.append(_piece(key, "task/_column.html", inner, key=column.shape, inside="tasks"))
        pieces += (_task_piece("card", row, context, inside=key) for row in column.rows)
    return pieces


def _graph_pieces(shown: ShownTasks, context: Mapping[str, Any]) -> list[Piece]:
    return [_piece("tasks", "task/_graph.html", context)]


def _task_piece(kind: str, row: TaskRow, context: Mapping[str, Any], *, inside: str) -> Piece:
    html = drawn_task(kind, row, context["asked"], context["project_id"])
    return Piece(f"{kind}-{row.id}", html, inside=inside)


TASK_PIECES = (
    ("task-head", "task/_head.html"),
    ("task-facts", "task/_facts.html"),
    ("task-ties", "task/_ties.html"),
    ("task-runs", "task/_runs.html"),
    ("task-edits", "task/_edits.html"),
)


def task_picture(task_id: str, query: Mapping[str, str]) -> Picture:
    runs = query.get("runs", "")
    seen = task_page(
        task_id,
        event=query.get("event", "")[:64],
        runs=int(runs) if runs.isascii() and runs.isdigit() else 0,
    )
    pieces = [_piece(name, template, task_context(seen)) for name, template in TASK_PIECES]
    live = any(run.live for run in seen.runs)
    return Picture(pieces, LOOK_AGAIN_S if live else None, seen.sessions)


CHART_PIECES = (
    ("chart-labels", "session/_chart_labels.html"),
    ("chart-plot", "session/_chart_plot.html"),
    ("chart-legend", "session/_chart_legend.html"),
)


def session_page_picture(session_id: str, query: Mapping[str, str]) -> Picture:
    asked = Asked.read(query)
    seen = session_picture(session_id, asked)
    chart = chart_of(seen) if asked.view == "chart" else None
    context = {
        "session": seen,
        "header": seen.header,
        "bar": seen.bar,
        "asked": asked,
        "chart": chart,
        "tools": chart and tools_of(seen, chart),
    }
    pieces = [
        _piece("session-head", "session/_head.html", context),
        _piece("session-question", "session/_question.html", context),
        _piece("session-bar", "session/_bar.html", context),
        _piece("stop-body", "session/_stop_body.html", context),
    ]
    if chart:
        drawn = (_piece(name, template, context) for name, template in CHART_PIECES)
        return Picture((*pieces, *drawn), pixel_s(chart))
    pieces.append(
        _piece("panel", "session/_panel.html", {**context, "panel": panel_of(seen.document, asked)})
    )
    if asked.view == "queue":
        shown = {**context, **queue_rows(session_id, asked)}
        return Picture((*pieces, *_queue_pieces(shown)))
    return Picture((*pieces, *_timeline_pieces(seen, context)))


def _queue_pieces(context: dict[str, Any]) -> list[Piece]:
    """The queue, which changes as a whole when its order does, its rows, and the line below."""
    stretch = context.get("stretch")
    if stretch is None:
        return [_piece("queue", "session/_queue.html", context)]
    rows = [
        _piece(f"item-{item.key}", "session/_queue_row.html", {**context, "item": item})
        for item in stretch.items
    ]
    context["parts"] = [mark_safe(row.html) for row in rows]
    shape = f"{stretch.earlier_count} {','.join(row.id for row in rows)} {stretch.later_count}"
    return [
        _piece("queue", "session/_queue.html", context, key=shape),
        *(replace(row, html=f"<template>{row.html}</template>", inside="queue") for row in rows),
        _piece("queue-foot", "session/_queue_foot.html", context, inside="queue"),
    ]


TIMELINE_ENDS = (
    ("timeline-earlier", "session/_earlier.html"),
    ("timeline-later", "session/_later.html"),
)


def _timeline_pieces(seen: SessionPicture, context: Mapping[str, Any]) -> list[Piece]:
    timeline = timeline_of(seen)
    shown = {**context, "timeline": timeline}
    shape = ",".join(group.key for group in timeline.groups) or str(timeline.total)
    pieces, parts = [_piece(*piece, shown, inside="timeline") for piece in TIMELINE_ENDS], []
    for group in timeline.groups:
        drawn, *inner = _group_pieces(group, shown)
        parts.append(mark_safe(drawn.html))
        pieces += [drawn, *inner]
    shown["parts"] = parts
    return [_piece("timeline", "session/_timeline.html", shown, key=shape), *pieces]


def _group_pieces(group: TimelineGroup, context: Mapping[str, Any]) -> list[Piece]:
    """The group, its head, and its rows in stretches, of which a new event touches the last."""
    key, shown = group.key, {**context, "group": group}
    stretches = [
        _piece(one.key, "session/_rows.html", {**shown, "stretch": one}, inside=key)
        for one in group.stretches
    ]
    head = _piece(f"{key}-head", "session/_group_head.html", shown, inside=key)
    shown["group_parts"] = [mark_safe(one.html) for one in stretches]
    shape = f"{group.current} {','.join(one.key for one in group.stretches)}"
    whole = _piece(key, "session/_group.html", shown, key=shape, inside="timeline")
    return [whole, head, *stretches]


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
    context: dict[str, Any] = {"tree": seen, "chart": seen.chart, "tools": seen.tools}
    pieces = [_piece(name, template, context) for name, template in TREE_PIECES]
    # The hierarchy as a whole changes when a session joins it, its cards by themselves.
    shape = ",".join(sorted(seen.session_ids))
    pieces.append(_piece("hierarchy", "tree/_hierarchy.html", context, key=shape))
    pieces += (
        Piece(f"card-{node.id}", drawn_card(node), inside="hierarchy") for node in seen.root.walk()
    )
    return Picture(pieces, pixel_s(seen.chart), seen.session_ids)

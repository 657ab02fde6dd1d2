"""Wire documents of orchestrations: the seed's, the same one in its middle, and a big one."""

from collections.abc import Sequence
from typing import Any

from sessions_app.tests.row_documents import Document, at, event, moved, session, timeline
from sessions_app.tree_rows import SessionNode

PHASES = (
    (5, "Planning", "Planning"),
    (15, "Planning complete", "Spawning"),
    (21, "Spawned 3 workers", "Monitor Workers"),
)
WORKERS = (("ses_w1", "Backend Worker"), ("ses_w2", "Frontend Worker"), ("ses_w3", "Test Worker"))
SPAWNED = (15, 17, 19)
TITLES = {"tsk_1": "Login API", "tsk_2": "Token rotation", "tsk_3": "Login form"}
TITLES |= {"tsk_4": "Integration tests", "tsk_5": "Visual diff"}
Entry = tuple[float, str, Document]


def report(seconds: float, done: int, child: str, *, total: int = 3) -> Entry:
    metadata = {"done": done, "total": total, "progress": done / total, "childSessionId": child}
    return seconds, "progress", {"message": f"{done}/{total} workers done", "metadata": metadata}


def parent_document(reports: Sequence[Entry], *, ends: float | None) -> Document:
    phases = ((t, "milestone", {"message": m, "metadata": {"phase": p}}) for t, m, p in PHASES)
    entries: list[Any] = [(0, "session_started"), *phases, *reports]
    transitions = [moved(0, "spawning"), moved(3, "idle"), moved(5, "working")]
    if ends is not None:
        entries += [(81.5, "milestone", {"message": "All workers done"}), (ends, "session_stopped")]
        transitions.append(moved(ends, "completed"))
    entries.sort(key=lambda entry: entry[0])
    return session(
        id="ses_orch",
        name="Orchestrator",
        role="orchestrator",
        status="completed" if ends is not None else "working",
        completedAt=None if ends is None else at(ends),
        timeline=timeline(*entries),
        transitions=transitions,
    )


def worker_document(
    worker: tuple[str, str],
    *,
    spawned: float,
    tasks: Sequence[tuple[str, float, float | None]],
    ends: float | None,
    more: Sequence[Entry] = (),
    final: str = "completed",
    **fields: Any,
) -> Document:
    entries: list[Any] = [(spawned, "session_started"), *more]
    moves = [moved(spawned, "spawning")]
    for task, start, end in tasks:
        entries.append((start, "task_started", {"taskId": task}))
        moves.append(moved(start, "working"))
        if end is not None:
            entries.append((end, "task_completed", {"taskId": task}))
            moves += [moved(end, "idle")] if task != tasks[-1][0] else []
    if ends is not None:
        entries.append((ends, "session_stopped", {"message": final}))
        moves.append(moved(ends, final))
    entries.sort(key=lambda entry: entry[0])
    return session(
        id=worker[0],
        name=worker[1],
        role="worker",
        status="working" if ends is None else final,
        createdAt=at(spawned),
        completedAt=None if ends is None else at(ends),
        taskIds=[task for task, _, _ in tasks],
        timeline=timeline(*entries),
        transitions=moves,
        **fields,
    )


def node(document: Document, *children: SessionNode) -> SessionNode:
    return SessionNode(document, TITLES, None, children)


def seed_orchestration() -> SessionNode:
    """The seed's multi-session picture, finished, its children given in no order."""
    reports = [report(58, 1, "ses_w1"), report(75, 2, "ses_w2"), report(82, 3, "ses_w3")]
    first = worker_document(
        WORKERS[0], spawned=15, tasks=[("tsk_1", 18, 38), ("tsk_2", 39.5, 57.5)], ends=58
    )
    half = (47.0, "progress", {"taskId": "tsk_3", "metadata": {"progress": 0.5}})
    second = worker_document(
        WORKERS[1], spawned=17, tasks=[("tsk_3", 20, 74.5)], ends=75, more=[half]
    )
    third = worker_document(WORKERS[2], spawned=19, tasks=[("tsk_4", 22, 81.5)], ends=82)
    return node(parent_document(reports, ends=85), node(third), node(first), node(second))


def live_orchestration() -> SessionNode:
    """At 78 s: two workers are done, one of them had a child; one works, one waits."""
    reports = [
        report(58, 1, "ses_w1", total=4),
        report(75, 2, "ses_w2", total=4),
    ]
    first = worker_document(
        WORKERS[0], spawned=15, tasks=[("tsk_1", 18, 38), ("tsk_2", 39.5, 57.5)], ends=58
    )
    half = (47.0, "progress", {"taskId": "tsk_3", "metadata": {"progress": 0.5}})
    second = worker_document(
        WORKERS[1], spawned=17, tasks=[("tsk_3", 20, 74.5)], ends=75, more=[half]
    )
    below = worker_document(
        ("ses_sub", "Visual diff"), spawned=33, tasks=[("tsk_5", 35, 55)], ends=56
    )
    third_part = (69.0, "progress", {"taskId": "tsk_4", "metadata": {"progress": 0.3}})
    third = worker_document(
        WORKERS[2], spawned=19, tasks=[("tsk_4", 22, None)], ends=None, more=[third_part]
    )
    asked = (60.0, "needs_input", {"taskId": "tsk_6", "message": "Which schema?"})
    fourth = worker_document(
        ("ses_w4", "Migration Worker"),
        spawned=24,
        tasks=[("tsk_6", 27, None)],
        ends=None,
        more=[asked],
        needsInput={"active": True, "since": at(60), "message": "Which schema?"},
    )
    parent = parent_document(reports, ends=None)
    return node(parent, node(first), node(second, node(below)), node(third), node(fourth))


def deep_orchestration() -> SessionNode:
    """Three levels; the one at the top has a task of its own, the one below failed on an error."""
    parent = parent_document([report(70, 1, "ses_1", total=1)], ends=None)
    parent["taskIds"] = ["tsk_0"]
    parent["timeline"].insert(1, event(90, 5, "task_started", taskId="tsk_0"))
    broken: Entry = (45, "error", {"taskId": "tsk_2", "message": "No such host"})
    below = worker_document(
        ("ses_2", "Sub"),
        spawned=30,
        tasks=[("tsk_2", 33, None)],
        ends=60,
        more=[broken],
        final="failed",
    )
    lowest = worker_document(("ses_3", "Sub-sub"), spawned=40, tasks=[("tsk_3", 42, 50)], ends=55)
    middle = worker_document(("ses_1", "Lead"), spawned=20, tasks=[("tsk_1", 22, 68)], ends=70)
    return node(parent, node(middle, node(below, node(lowest))))


def big_orchestration(sessions: int = 200, *, events: int = 30) -> SessionNode:
    """Workers in a row, each with progress; some failed, some live, some spawned by a worker."""
    grown: list[SessionNode] = []
    for number in range(sessions - 1):
        document = _numbered(number, events=events)
        if number % 7 == 3:
            above = grown.pop()
            grown.append(node(dict(above.document), *above.children, node(document)))
        else:
            grown.append(node(document))
    return node(parent_document([], ends=None), *grown)


def _numbered(number: int, *, events: int) -> Document:
    spawned, task = 30.0 + number * 20, f"tsk_{number}"
    half = {"taskId": task, "metadata": {"progress": 0.5}}
    live = number % 50 == 49
    return worker_document(
        (f"ses_{number}", f"Worker {number}"),
        spawned=spawned,
        tasks=[(task, spawned + 3, None if live else spawned + 190)],
        ends=None if live else spawned + 200,
        more=[(spawned + 25 + 5 * step, "progress", half) for step in range(events)],
        final="failed" if number % 40 == 17 else "completed",
    )

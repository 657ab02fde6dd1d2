"""Wire documents of the scenarios that the row model and the chart are tested with."""

from typing import Any

START = 1_707_229_800_000  # 2024-02-06 14:30:00 UTC
Document = dict[str, Any]


def at(seconds: float) -> int:
    return START + round(seconds * 1000)


def event(number: int, seconds: float, kind: str, **more: Any) -> Document:
    return {"id": f"evt_{number}", "type": kind, "timestamp": at(seconds), **more}


def timeline(*entries: tuple[float, str] | tuple[float, str, Document]) -> list[Document]:
    return [
        event(number, entry[0], entry[1], **(entry[2] if len(entry) > 2 else {}))
        for number, entry in enumerate(entries, start=1)
    ]


def moved(seconds: float, to: str, *, origin: str | None = None) -> Document:
    return {"at": at(seconds), "from": origin, "to": to, "by": "agent", "why": ""}


def noted(seconds: float, what: str) -> Document:
    return {"at": at(seconds), "what": what, "by": "launcher"}


def session(**more: Any) -> Document:
    base = {
        "id": "ses_1",
        "name": "Worker Session",
        "status": "working",
        "strategy": "simple",
        "createdAt": START,
        "completedAt": None,
        "taskIds": [],
        "needsInput": None,
        "timeline": [],
        "transitions": [],
    }
    return base | more


def progress(task: str, fraction: float) -> Document:
    return {"taskId": task, "metadata": {"progress": fraction}}


def worker_session() -> Document:
    first, second = {"taskId": "tsk_1"}, {"taskId": "tsk_2"}
    return session(
        status="completed",
        completedAt=at(85),
        taskIds=["tsk_1", "tsk_2"],
        timeline=timeline(
            (0, "session_started", {"message": "Session created"}),
            (5, "task_started", first),
            (15, "progress", progress("tsk_1", 0.25)),
            (25, "progress", progress("tsk_1", 0.5)),
            (35, "progress", progress("tsk_1", 0.75)),
            (50, "task_completed", first),
            (52, "task_started", second),
            (70, "error", second | {"message": "Error encountered"}),
            (76, "progress", second | {"message": "Recovered"}),
            (82, "task_completed", second),
            (84, "milestone", {"message": "All tasks done"}),
            (85, "session_stopped", {"message": "completed"}),
        ),
        transitions=[
            moved(0, "spawning"),
            noted(2, "manifest written"),
            noted(3, "terminal spawned"),
            noted(3, "registered"),
            moved(3, "idle", origin="spawning"),
            moved(5, "working", origin="idle"),
            moved(50, "idle", origin="working"),
            moved(52, "working", origin="idle"),
            moved(85, "completed", origin="working"),
        ],
    )


WORKER_TITLES = {"tsk_1": "Task 1", "tsk_2": "Task 2"}
QUEUE_TITLES = {
    "tsk_1": "Task 1 (Backend)",
    "tsk_2": "Task 2 (Frontend)",
    "tsk_3": "Task 3 (Tests)",
    "tsk_4": "Task 4 (Docs)",
}
QUEUE_TIMES = {"tsk_1": (3, 33), "tsk_2": (35, 60), "tsk_3": (62, 82), "tsk_4": (84, 99)}


def queue_session() -> tuple[Document, Document]:
    """The session and its queue's document."""
    entries: list[Any] = [(0, "session_started", {"message": "Session created"})]
    transitions = [moved(0, "spawning"), noted(2, "registered"), moved(2, "idle")]
    items = []
    for task, (start, end) in QUEUE_TIMES.items():
        entries += [(start, "task_started", {"taskId": task})]
        entries += [(end, "task_completed", {"taskId": task})]
        transitions += [moved(start, "working"), moved(end, "idle")]
        times = {"addedAt": START, "startedAt": at(start), "completedAt": at(end)}
        items.append({"taskId": task, "status": "completed", "metadata": {}, **times})
    transitions[-1] = moved(99, "completed")
    document = session(
        status="completed",
        strategy="queue",
        completedAt=at(99),
        taskIds=list(QUEUE_TIMES),
        timeline=timeline(*entries, (99, "session_stopped", {"message": "completed"})),
        transitions=transitions,
    )
    queue = {"id": "que_ses_1", "items": items, "currentIndex": -1, "createdAt": START}
    return document, queue


def orchestrator() -> Document:
    phases = (
        (5, "Planning", "Planning"),
        (15, "Planning complete", "Spawning"),
        (21, "Spawned 3 workers", "Monitor Workers"),
    )
    reports = ((58, 1), (75, 2), (82, 3))
    return session(
        status="completed",
        role="orchestrator",
        completedAt=at(85),
        timeline=timeline(
            (0, "session_started"),
            *((t, "milestone", {"message": m, "metadata": {"phase": p}}) for t, m, p in phases),
            *(
                (
                    t,
                    "progress",
                    {
                        "message": f"{done}/3 workers done",
                        "metadata": {"done": done, "total": 3, "progress": done / 3},
                    },
                )
                for t, done in reports
            ),
            (85, "session_stopped"),
        ),
        transitions=[
            moved(0, "spawning"),
            moved(3, "idle"),
            moved(5, "working"),
            moved(85, "completed"),
        ],
    )


def crowded_session(tasks: int = 620, events: int = 10_000) -> Document:
    """A live night run: many short tasks, dense progress, some errors, failures and waits."""
    ids = [f"tsk_{number}" for number in range(tasks)]
    entries: list[Any] = [(0, "session_started")]
    per_task = (events - 2) // tasks
    seconds = 10.0
    for number, task in enumerate(ids):
        of_task = {"taskId": task}
        entries.append((seconds, "task_started", of_task))
        for step in range(per_task - 3):
            entries.append((seconds + step, "progress", progress(task, step / per_task)))
        seconds += per_task
        if number % 25 == 3:
            entries.append((seconds, "error", of_task | {"message": "Import failed, retrying"}))
        elif number % 40 == 7:
            entries.append((seconds, "needs_input", of_task | {"message": "Which schema?"}))
            seconds += 120
        else:
            entries.append((seconds, "milestone", of_task | {"message": "Batch written"}))
        ending = "task_failed" if number % 60 == 11 else "task_completed"
        entries.append((seconds + 1, ending, of_task))
        seconds += 9 if number % 100 else 1800
    return session(taskIds=ids, timeline=timeline(*entries[: events - 1]), transitions=[])

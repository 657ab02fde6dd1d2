"""Tasks as a forest: children under their parents, cut down to what was asked for."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from tasks_app.models import Task
from tasks_app.rules import TaskStatus


@dataclass(frozen=True)
class Node:
    """A task in its place. A node is `context` where only a task below it was asked for."""

    task: Task
    depth: int = 0
    children: int = 0
    completed: int = 0
    folded: bool = False
    context: bool = False


def forest(
    found: Sequence[Task], *, matching: Collection[str], folded: Collection[str] = ()
) -> list[Node]:
    """Depth first, in the order given; a task whose parent is unknown is a root."""
    known = {task.pk: task for task in found}
    children: dict[str | None, list[Task]] = defaultdict(list)
    for task in found:
        children[task.parent_id if task.parent_id in known else None].append(task)
    shown = set(matching).union(*(_above(known[task_id], known) for task_id in matching))
    return [
        _node(task, depth, children[task.pk], matching=matching, folded=folded)
        for depth, task in _walk(found, children, folded)
        if task.pk in shown
    ]


def _walk(
    found: Sequence[Task], children: dict[str | None, list[Task]], folded: Collection[str]
) -> Iterator[tuple[int, Task]]:
    seen: set[str] = set()
    # A circle of parents, which only a file made by hand can have, hangs on no root.
    for start in (*children[None], *found):
        stack = [(0, start)]
        while stack:
            depth, task = stack.pop()
            if task.pk in seen:
                continue
            if task.pk in folded:
                seen.update(_below(task, children))
            seen.add(task.pk)
            yield depth, task
            stack += [(depth + 1, child) for child in reversed(children[task.pk])]


def _below(task: Task, children: dict[str | None, list[Task]]) -> set[str]:
    found: set[str] = set()
    to_visit = [task]
    while to_visit:
        for child in children[to_visit.pop().pk]:
            if child.pk not in found:
                found.add(child.pk)
                to_visit.append(child)
    return found


def _above(task: Task, known: dict[str, Task]) -> set[str]:
    found: set[str] = set()
    parent_id = task.parent_id
    while parent_id in known and parent_id not in found:
        found.add(parent_id)
        parent_id = known[parent_id].parent_id
    return found


def _node(
    task: Task,
    depth: int,
    children: Sequence[Task],
    *,
    matching: Collection[str],
    folded: Collection[str],
) -> Node:
    return Node(
        task=task,
        depth=depth,
        children=len(children),
        completed=sum(child.status == TaskStatus.COMPLETED for child in children),
        folded=task.pk in folded and bool(children),
        context=task.pk not in matching,
    )

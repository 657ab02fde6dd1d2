"""Tasks as pages show them: a tree, a board, a drawing of what waits for what; one task."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse

from core.clock import now_ms
from projects_app.forms import Form
from projects_app.models import Project
from projects_app.selectors import project_by_id
from sessions_app.recent import sessions_named
from sessions_app.signs import Sign, sign_named, sign_of
from sessions_app.task_history import TaskRun, runs_of
from tasks_app import layers
from tasks_app.asked import Asked
from tasks_app.columns import Column, column_of
from tasks_app.edits import Edit, edits_of
from tasks_app.forest import Node, forest
from tasks_app.forms import TaskForm, edit_form
from tasks_app.models import Task, TaskSession
from tasks_app.rules import TaskStatus
from tasks_app.selectors import task_by_id, tasks, unfinished_dependencies
from tasks_app.words import COLUMN_WORDS, PRIORITY_WORDS, STATUS_WORDS, TONES, URGENCY

CHIPS_AT_MOST = 3
RUNS_AT_FIRST = 10


@dataclass(frozen=True)
class Dependency:
    id: str
    title: str
    done: bool


@dataclass(frozen=True)
class SessionChip:
    """`said` is where the session is with this task."""

    id: str
    name: str
    sign: Sign
    said: str


@dataclass(frozen=True)
class TaskRow:
    id: str
    title: str
    status: str
    word: str
    glyph: str
    tone: str
    column: Column
    priority: str
    priority_word: str
    depth: int
    children: int
    children_done: int
    folded: bool
    context: bool
    after: tuple[Dependency, ...]
    sessions: tuple[SessionChip, ...]
    more_sessions: int

    @property
    def waits(self) -> tuple[Dependency, ...]:
        return tuple(one for one in self.after if not one.done)

    @property
    def indent(self) -> int:
        """What the page can show of the depth."""
        return min(self.depth, 3)

    @property
    def column_word(self) -> str:
        return COLUMN_WORDS[self.column][0]


@dataclass(frozen=True)
class BoardColumn:
    key: str
    word: str
    glyph: str
    tone: str
    total: int
    rows: tuple[TaskRow, ...]

    @property
    def shape(self) -> str:
        """What of it changes when a card comes, goes or moves."""
        return f"{self.total} {','.join(row.id for row in self.rows)}"


@dataclass(frozen=True)
class GraphNode:
    row: TaskRow
    place: layers.Place


@dataclass(frozen=True)
class GraphLine:
    line: layers.Line
    done: bool


@dataclass(frozen=True)
class Graph:
    """`loose` are the tasks that nothing waits for and that wait for nothing."""

    width: int
    height: int
    nodes: tuple[GraphNode, ...]
    lines: tuple[GraphLine, ...]
    loose: tuple[TaskRow, ...]
    box_width: int = layers.BOX_WIDTH
    box_height: int = layers.BOX_HEIGHT


@dataclass(frozen=True)
class ShownTasks:
    """What one view shows; `more` leads to the next rows where there are any."""

    asked: Asked
    total: int
    completed: int
    matching: int
    rows: tuple[TaskRow, ...] = ()
    columns: tuple[BoardColumn, ...] = ()
    graph: Graph | None = None
    left_out: int = 0

    @property
    def more(self) -> str:
        return self.asked.but(rows=self.asked.page + Asked(view=self.asked.view).page)


class ProjectTasks:
    """All tasks of a project, read once; rows are made only of those that are shown."""

    def __init__(self, project_id: str) -> None:
        self.all = tasks(project_id=project_id)
        self.by_id = {task.pk: task for task in self.all}

    @cached_property
    def waits(self) -> dict[str, list[str]]:
        return unfinished_dependencies({task.pk: task.dependencies for task in self.all})

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        return tuple((task.pk, task.title) for task in self.all)

    def shown(self, asked: Asked) -> ShownTasks:
        found = [task for task in self.all if self._matches(task, asked)]
        make = {"tree": self._tree, "board": self._board, "graph": self._graph}.get(asked.view)
        first = ShownTasks(
            asked=asked,
            total=len(self.all),
            completed=sum(task.status == TaskStatus.COMPLETED for task in self.all),
            matching=len(found),
        )
        return make(first, found) if make else first

    def rows(self, nodes: Sequence[Node]) -> tuple[TaskRow, ...]:
        chips = _chips_of([node.task.pk for node in nodes])
        return tuple(self._row(node, *chips[node.task.pk]) for node in nodes)

    def named(self, task_ids: Iterable[str]) -> tuple[TaskRow, ...]:
        """Rows in the order asked for; what is not there is left out."""
        return self.rows([Node(self.by_id[one]) for one in task_ids if one in self.by_id])

    def _matches(self, task: Task, asked: Asked) -> bool:
        words = asked.q.lower()
        text = f"{task.title}\n{task.description}\n{task.pk}".lower()
        column = column_of(task.status, task.session_status)
        is_ready = column is Column.TODO and not self.waits[task.pk]
        return (
            words in text
            and asked.status in ("", column)
            and asked.priority in ("", task.priority)
            and (is_ready or not asked.ready)
        )

    def _tree(self, first: ShownTasks, found: Sequence[Task]) -> ShownTasks:
        asked = first.asked
        nodes = forest(self.all, matching={task.pk for task in found}, folded=asked.folded)
        rows = self.rows(nodes[: asked.page])
        return replace(first, rows=rows, left_out=len(nodes) - len(rows))

    def _board(self, first: ShownTasks, found: Sequence[Task]) -> ShownTasks:
        on = defaultdict[Column, list[Task]](list)
        for task in found:
            on[column_of(task.status, task.session_status)].append(task)
        cut = {key: _in_card_order(key, on[key])[: first.asked.page] for key in Column}
        rows = {row.id: row for row in self.rows([Node(t) for all_ in cut.values() for t in all_])}
        columns = tuple(
            BoardColumn(key, *COLUMN_WORDS[key], len(on[key]), tuple(rows[t.pk] for t in cut[key]))
            for key in Column
        )
        most = max(column.total for column in columns)
        return replace(first, columns=columns, left_out=max(0, most - first.asked.page))

    def _graph(self, first: ShownTasks, found: Sequence[Task]) -> ShownTasks:
        shown = found[: first.asked.page]
        rows = {row.id: row for row in self.rows([Node(task) for task in shown])}
        waits_for = {one: [d.id for d in row.after if d.id in rows] for one, row in rows.items()}
        tied = {one for one, all_ in waits_for.items() if all_}.union(*waits_for.values())
        layout = layers.lay_out({one: waits_for[one] for one in rows if one in tied})
        graph = Graph(
            width=layout.width,
            height=layout.height,
            nodes=tuple(GraphNode(rows[one], place) for one, place in layout.places.items()),
            lines=tuple(GraphLine(line, self._is_done(line)) for line in layout.lines),
            loose=tuple(row for one, row in rows.items() if one not in tied),
        )
        return replace(first, graph=graph, left_out=len(found) - len(shown))

    def _is_done(self, line: layers.Line) -> bool:
        return line.before not in self.waits[line.after]

    def _row(self, node: Node, chips: tuple[SessionChip, ...], more: int) -> TaskRow:
        task = node.task
        after = [self.by_id[one] for one in task.dependencies if one in self.by_id]
        waits = self.waits[task.pk]
        column = column_of(task.status, task.session_status)
        word, glyph, tone = _look(task.status, column)
        return TaskRow(
            id=task.pk,
            title=task.title,
            status=task.status,
            word=word,
            glyph=glyph,
            tone=tone,
            column=column,
            priority=task.priority,
            priority_word=PRIORITY_WORDS.get(task.priority, task.priority),
            depth=node.depth,
            children=node.children,
            children_done=node.completed,
            folded=node.folded,
            context=node.context,
            after=tuple(Dependency(one.pk, one.title, one.pk not in waits) for one in after),
            sessions=chips,
            more_sessions=more,
        )


def _look(status: str, column: Column) -> tuple[str, str, str]:
    """Word, shape and colour: the person's status, or that an agent has finished it."""
    if column is Column.REVIEW:
        return COLUMN_WORDS[column]
    return STATUS_WORDS.get(status, status), f"tk-{status}", TONES.get(status, "quiet")


def _in_card_order(column: Column, found: Iterable[Task]) -> list[Task]:
    """What was done last comes first; elsewhere what is urgent, and then what is oldest."""
    if column is Column.DONE:
        return sorted(found, key=lambda task: -(task.completed_at or task.updated_at))
    return sorted(found, key=lambda task: URGENCY.get(task.priority, 1))


def _chips_of(task_ids: Sequence[str]) -> dict[str, tuple[tuple[SessionChip, ...], int]]:
    """For each task its newest sessions, and how many more there are."""
    links = TaskSession.objects.filter(task_id__in=task_ids).order_by("-place_in_task")
    of_task: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for task_id, session_id, status in links.values_list("task_id", "session_id", "status"):
        of_task[task_id].append((session_id, status or ""))
    newest = {task_id: pairs[:CHIPS_AT_MOST] for task_id, pairs in of_task.items()}
    known = sessions_named({session_id for pairs in newest.values() for session_id, _ in pairs})
    return {
        task_id: (
            tuple(
                SessionChip(one, known[one].name, sign_of(known[one]), sign_named(said).word)
                for one, said in newest.get(task_id, ())
                if one in known
            ),
            max(0, len(of_task[task_id]) - CHIPS_AT_MOST),
        )
        for task_id in task_ids
    }


@dataclass(frozen=True)
class TaskPage:
    """One task with its history over all sessions; `event` is the one that the URL names."""

    task: Task
    project: Project
    row: TaskRow
    parent: TaskRow | None
    children: tuple[TaskRow, ...]
    dependents: tuple[TaskRow, ...]
    dependencies: tuple[TaskRow, ...]
    runs: tuple[TaskRun, ...]
    session_count: int
    edits: tuple[Edit, ...]
    session_names: Mapping[str, str]
    event: str
    limit: int
    form: TaskForm | None = None

    def query(self, **more: str | int) -> str:
        """The page's own address without its event, as the rows of its history write it."""
        runs = {"runs": self.limit} if self.limit != RUNS_AT_FIRST else {}
        return f"?{urlencode({**runs, **more})}"

    @property
    def topic_query(self) -> str:
        return self.query(event=self.event) if self.event else self.query()

    @property
    def more_runs(self) -> str:
        more = self.session_count > self.limit
        return self.query(runs=self.limit + RUNS_AT_FIRST) if more else ""

    @property
    def open_event_id(self) -> str:
        return next((run.open_event_id for run in self.runs if run.open_event_id), "")

    @property
    def sessions(self) -> frozenset[str]:
        return frozenset(run.session_id for run in self.runs)


def task_page(
    task_id: str,
    *,
    event: str = "",
    runs: int = 0,
    editing: bool = False,
    form: Form | None = None,
) -> TaskPage:
    """Raises NotFound."""
    task = task_by_id(task_id)
    of, edits = ProjectTasks(task.project_id), edits_of(task_id)
    limit = min(runs or RUNS_AT_FIRST, 1000)
    shown, count = runs_of(task_id, title=task.title, limit=limit, event_id=event, now_ms=now_ms())
    reporters = sessions_named({edit.session_id for edit in edits if edit.session_id})
    (row,) = of.named([task_id])
    return TaskPage(
        task=task,
        project=project_by_id(task.project_id),
        row=row,
        parent=next(iter(of.named([task.parent_id or ""])), None),
        children=of.named(one.pk for one in of.all if one.parent_id == task_id),
        dependents=of.named(one.pk for one in of.all if task_id in one.dependencies),
        dependencies=of.named(task.dependencies),
        runs=shown,
        session_count=count,
        edits=edits,
        session_names={one: session.name for one, session in reporters.items()},
        event=event,
        limit=limit,
        form=_edit_form(task, of, form) if editing else None,
    )


def _edit_form(task: Task, of: ProjectTasks, form: Form | None) -> TaskForm:
    at = reverse("task", args=[task.pk]) + "?"
    return edit_form(task, of.choices, at=at, query="?on=task", form=form)


def task_context(seen: TaskPage) -> dict[str, object]:
    """What task/page.html is drawn from; its history's rows are those of a session's timeline."""
    return {
        "seen": seen,
        "task": seen.task,
        "asked": seen,
        "timeline": seen,
        "project_id": seen.project.pk,
        "page": "projects",
        "current_project": seen.project.pk,
    }

"""The row model: what the seed's scenarios become, and what odd documents become."""

import json

import pytest

from sessions_app.row_types import Outcome, SegmentKind, SessionRows, TaskState
from sessions_app.rows import build_rows
from sessions_app.tests.row_documents import (
    QUEUE_TITLES,
    START,
    WORKER_TITLES,
    Document,
    at,
    crowded_session,
    moved,
    noted,
    orchestrator,
    progress,
    queue_session,
    session,
    timeline,
    worker_session,
)


def rows_of(document: Document, *, now: float = 200, queue: Document | None = None) -> SessionRows:
    return build_rows(document, titles=WORKER_TITLES, queue=queue, now_ms=at(now))


def seconds(value: int | None) -> float | None:
    return None if value is None else (value - START) / 1000


def segments(rows: SessionRows) -> list[tuple[str, float | None, float | None]]:
    return [(s.kind, seconds(s.start_ms), seconds(s.end_ms)) for s in rows.lifecycle.segments]


class TestWorkerSession:
    def test_groups_are_the_seeds_sections_in_order(self) -> None:
        groups = rows_of(worker_session()).groups
        assert [group.title for group in groups] == ["Start", "Task 1", "Task 2", "Completion"]

    def test_each_group_holds_its_events_in_order(self) -> None:
        groups = rows_of(worker_session()).groups
        assert [[row.type for row in group.rows] for group in groups] == [
            ["session_started", "manifest_written", "terminal_spawned", "registered"],
            ["task_started", "progress", "task_completed"],
            ["task_started", "error", "progress", "task_completed"],
            ["milestone", "session_stopped"],
        ]

    def test_repeated_progress_is_one_row_that_knows_its_percents(self) -> None:
        row = rows_of(worker_session()).groups[1].rows[1]
        assert row.event_count == 3
        assert row.percents == ("25\u00a0%", "50\u00a0%", "75\u00a0%")
        assert [inner.id for inner in row.folded] == ["evt_3", "evt_4", "evt_5"]
        assert row.duration_ms == 20_000
        assert row.glyph == "repeat"

    def test_attempts_last_as_long_as_in_the_seed(self) -> None:
        first, second = rows_of(worker_session()).tasks
        assert [first.duration_ms, second.duration_ms] == [45_000, 30_000]
        assert [bar.outcome for bar in first.bars] == [Outcome.COMPLETED]
        assert (first.bars[0].event_id, first.bars[0].end_event_id) == ("evt_2", "evt_6")

    def test_a_recovery_lasts_from_the_error_to_the_tasks_next_event(self) -> None:
        (recovery,) = rows_of(worker_session()).tasks[1].recoveries
        assert (seconds(recovery.start_ms), seconds(recovery.end_ms)) == (70, 76)
        assert recovery.event_id == "evt_8"

    def test_the_lifecycle_follows_the_recorded_transitions(self) -> None:
        rows = rows_of(worker_session())
        assert segments(rows) == [
            ("spawning", 0, 3),
            ("idle", 3, 5),
            ("working", 5, 50),
            ("idle", 50, 52),
            ("working", 52, 85),
        ]
        assert rows.spent_ms == {
            SegmentKind.SPAWNING: 3_000,
            SegmentKind.IDLE: 4_000,
            SegmentKind.WORKING: 78_000,
            SegmentKind.WAITING: 0,
        }

    def test_offsets_count_from_the_start_of_the_attempt(self) -> None:
        error = rows_of(worker_session()).groups[2].rows[1]
        assert (error.type, error.offset_ms, error.duration_ms) == ("error", 18_000, 6_000)


class TestQueueSession:
    def rows(self) -> SessionRows:
        document, queue = queue_session()
        return build_rows(document, titles=QUEUE_TITLES, queue=queue, now_ms=at(200))

    def test_groups_and_lanes_are_the_seeds_sections_in_order(self) -> None:
        rows = self.rows()
        titles = list(QUEUE_TITLES.values())
        assert [lane.title for lane in rows.tasks] == titles
        assert [group.title for group in rows.groups] == ["Start", *titles, "Completion"]
        assert rows.groups[0].rows[1].type == "queue_initialized"
        assert rows.groups[-1].rows[0].message == "All tasks completed"
        assert rows.groups[-1].rows[-1].type == "session_stopped"

    def test_attempts_last_as_long_as_in_the_seed(self) -> None:
        assert [lane.duration_ms for lane in self.rows().tasks] == [30_000, 25_000, 20_000, 15_000]

    def test_a_task_is_queued_until_its_first_attempt(self) -> None:
        queued = [lane.queued for lane in self.rows().tasks]
        assert [stretch and seconds(stretch.end_ms) for stretch in queued] == [3, 35, 62, 84]

    def test_the_queue_lane_counts_what_is_left(self) -> None:
        queue = self.rows().queue
        assert queue is not None
        assert [(seconds(step.start_ms), step.queued) for step in queue.steps] == [
            (0, 4),
            (3, 3),
            (35, 2),
            (62, 1),
        ]

    def test_progress_is_what_ended_of_all(self) -> None:
        rows = self.rows()
        assert (rows.progress, rows.progress_label) == (1.0, "4/4")

    def test_the_queues_times_win_over_what_the_agent_says(self) -> None:
        document, queue = queue_session()
        document["timeline"][2]["timestamp"] = at(20)
        rows = build_rows(document, titles=QUEUE_TITLES, queue=queue, now_ms=at(200))
        assert rows.tasks[0].duration_ms == 30_000

    def test_an_item_in_process_when_the_session_ended_has_failed(self) -> None:
        document, queue = queue_session()
        document |= {"status": "stopped", "completedAt": at(90)}
        queue["items"][3] |= {"status": "processing", "completedAt": None}
        document["timeline"] = document["timeline"][:8]
        lane = build_rows(document, titles={}, queue=queue, now_ms=at(200)).tasks[3]
        assert lane.state is TaskState.FAILED
        assert (lane.bars[0].outcome, seconds(lane.bars[0].end_ms)) == (Outcome.FAILED, 90)


def test_phases_last_until_the_next_and_the_last_until_the_end() -> None:
    phases = rows_of(orchestrator()).lifecycle.phases
    assert [(p.name, seconds(p.start_ms), seconds(p.end_ms)) for p in phases] == [
        ("Planning", 5, 15),
        ("Spawning", 15, 21),
        ("Monitor Workers", 21, 85),
    ]


def test_reports_of_children_are_marks_of_the_session_with_their_count() -> None:
    rows = rows_of(orchestrator())
    assert [mark.label for mark in rows.session_marks] == ["1/3", "2/3", "3/3"]
    assert rows.progress == 1.0


class TestWithoutTransitions:
    def test_the_lifecycle_is_derived_from_the_timeline(self) -> None:
        document = worker_session() | {"transitions": []}
        assert segments(rows_of(document)) == [
            ("spawning", 0, 5),
            ("working", 5, 50),
            ("idle", 50, 52),
            ("working", 52, 85),
        ]

    def test_a_question_waits_until_the_next_sign_of_work(self) -> None:
        document = session(
            timeline=timeline(
                (0, "session_started"),
                (5, "task_started", {"taskId": "tsk_1"}),
                (10, "needs_input", {"message": "Which?"}),
                (18, "progress", {"metadata": {"answer": "This one"}}),
            ),
            taskIds=["tsk_1"],
        )
        rows = rows_of(document, now=30)
        assert segments(rows)[1:] == [
            ("working", 5, 10),
            ("waiting", 10, 18),
            ("working", 18, None),
        ]
        assert rows.waits[0].answer == "This one"
        assert [seconds(wait.end_ms) for wait in rows.tasks[0].waits] == [18]
        assert rows.groups[1].rows[1].detail == "This one"

    def test_an_open_question_keeps_the_session_waiting(self) -> None:
        document = session(
            timeline=timeline((5, "task_started", {"taskId": "tsk_1"}), (9, "needs_input")),
            taskIds=["tsk_1"],
            needsInput={"active": True},
        )
        rows = rows_of(document, now=30)
        assert rows.waiting
        assert rows.tasks[0].state is TaskState.NEEDS_INPUT
        assert rows.spent_ms[SegmentKind.WAITING] == 21_000

    def test_a_question_that_is_no_longer_open_stops_the_waiting(self) -> None:
        document = session(
            timeline=timeline((5, "task_started", {"taskId": "tsk_1"}), (9, "needs_input")),
            updatedAt=at(12),
        )
        assert segments(rows_of(document, now=30))[-1] == ("working", 12, None)


def test_recorded_waits_lie_over_the_status_and_name_their_question() -> None:
    document = worker_session()
    document["timeline"].insert(4, {"id": "evt_q", "type": "needs_input", "timestamp": at(30)})
    document["transitions"] += [noted(30, "waiting began"), noted(34, "waiting ended")]
    rows = rows_of(document)
    assert ("waiting", 30, 34) in segments(rows)
    assert rows.waits[0].event_id == "evt_q"
    assert [(seconds(w.start_ms), seconds(w.end_ms)) for w in rows.tasks[0].waits] == [(30, 34)]


def test_a_second_attempt_is_a_second_bar() -> None:
    task = {"taskId": "tsk_1"}
    document = session(
        timeline=timeline(
            (5, "task_started", task),
            (9, "task_failed", task),
            (12, "task_started", task),
        )
    )
    (lane,) = rows_of(document, now=20).tasks
    assert [bar.outcome for bar in lane.bars] == [Outcome.FAILED, Outcome.RUNNING]
    assert (lane.state, lane.duration_ms) == (TaskState.WORKING, 12_000)


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("task_failed", TaskState.FAILED),
        ("task_skipped", TaskState.SKIPPED),
        ("task_blocked", TaskState.BLOCKED),
    ],
)
def test_a_second_ending_of_an_attempt_changes_nothing(kind: str, state: TaskState) -> None:
    task = {"taskId": "tsk_1"}
    ended = timeline((5, "task_started", task), (9, kind, task), (11, "task_completed", task))
    document = session(timeline=ended)
    (lane,) = rows_of(document).tasks
    assert [seconds(bar.end_ms) for bar in lane.bars] == [9]
    assert lane.state is (TaskState.COMPLETED if kind == "task_blocked" else state)


def test_tasks_still_open_at_the_end_failed_and_those_not_begun_were_skipped() -> None:
    document = session(
        status="stopped",
        completedAt=at(20),
        taskIds=["tsk_1", "tsk_2"],
        timeline=timeline((5, "task_started", {"taskId": "tsk_1"}), (20, "session_stopped")),
    )
    first, second = rows_of(document).tasks
    assert (first.state, second.state) == (TaskState.FAILED, TaskState.SKIPPED)
    assert seconds(first.bars[0].end_ms) == 20


def test_late_events_are_kept_and_open_nothing() -> None:
    document = worker_session()
    late = {"type": "task_started", "taskId": "tsk_1", "metadata": {"late": True}}
    document["timeline"].append({"id": "evt_late", "timestamp": at(99), **late})
    rows = rows_of(document)
    assert seconds(rows.span.end_ms) == 85
    assert seconds(rows.span.last_ms) == 99
    assert len(rows.tasks[0].bars) == 1
    assert rows.groups[1].rows[-1].id == "evt_late"


def test_an_error_followed_by_a_failure_did_not_recover() -> None:
    task = {"taskId": "tsk_1"}
    failed = timeline((5, "task_started", task), (8, "error", task), (9, "task_failed", task))
    assert rows_of(session(timeline=failed)).tasks[0].recoveries == ()


def test_unknown_types_keep_their_own_name() -> None:
    rows = rows_of(session(timeline=timeline((5, "tool_used", {"message": "grep"}))))
    (mark,) = rows.session_marks
    assert (mark.word, mark.glyph) == ("tool_used", "st-queued")


@pytest.mark.parametrize(
    ("metadata", "fraction"),
    [
        ({"progress": 0.25}, 0.25),
        ({"progress": 40}, 0.4),
        ({"percent": 75}, 0.75),
        ({"step": 3, "totalSteps": 4}, 0.75),
        ({"progress": -2}, 0.0),
        ({"progress": float("nan")}, None),
        ({"progress": 10**400}, None),
        ({"progress": True}, None),
        ({"step": 3, "totalSteps": 0}, None),
        ({}, None),
    ],
)
def test_progress_is_read_in_every_spelling(metadata: Document, fraction: float | None) -> None:
    document = session(timeline=timeline((5, "progress", {"metadata": metadata})))
    assert rows_of(document).progress == fraction


def test_almost_done_is_not_called_done() -> None:
    document = session(timeline=timeline((5, "progress", {"metadata": {"progress": 0.999}})))
    assert rows_of(document).progress_label == "99\u00a0%"


def test_an_empty_session_is_spawning_and_has_no_groups() -> None:
    rows = rows_of(session(status="spawning"), now=2)
    assert segments(rows) == [("spawning", 0, None)]
    assert rows.groups == ()
    assert rows.tasks == ()


def test_a_document_with_wrong_shapes_still_gives_rows() -> None:
    document = session(
        status=["odd"],
        timeline=[None, {"id": 7, "timestamp": "soon"}, {"type": "progress", "metadata": []}],
        transitions=[{"to": {}, "at": None}, "x"],
        taskIds=[{}, "tsk_1"],
        needsInput="yes",
        createdAt=10**30,
    )
    rows = build_rows(document, titles={}, queue={"items": [{}, 3]}, now_ms=at(1))
    assert [lane.id for lane in rows.tasks] == ["tsk_1"]
    assert len(rows.session_marks) == 2


def test_what_belongs_to_no_task_stays_where_it_was_told_first() -> None:
    task = {"taskId": "tsk_1"}
    told = timeline(
        (1, "milestone"),
        (5, "task_started", task),
        (6, "milestone"),
        (9, "task_completed", task),
        (10, "milestone"),
    )
    groups = rows_of(session(timeline=told, taskIds=["tsk_1"])).groups
    placed = {row.id: group.title for group in groups for row in group.rows}
    assert placed["evt_1"] == "Start"
    assert placed["evt_3"] == "Task 1"
    assert placed["evt_5"] == "Completion"


def test_every_event_is_in_exactly_one_row() -> None:
    document = crowded_session(tasks=60, events=1000)
    rows = rows_of(document)
    ids = [
        inner.id for group in rows.groups for row in group.rows for inner in (row.folded or (row,))
    ]
    assert sorted(ids) == sorted(entry["id"] for entry in document["timeline"])


def test_rows_are_the_same_after_a_round_trip_through_json() -> None:
    document = worker_session()
    assert rows_of(json.loads(json.dumps(document))) == rows_of(document)


def test_a_session_that_was_moved_to_working_by_an_older_client_is_working() -> None:
    document = session(transitions=[moved(0, "spawning"), moved(4, "running")])
    assert segments(rows_of(document, now=9)) == [("spawning", 0, 4), ("working", 4, None)]


def test_progress_without_a_number_still_counts_as_an_event() -> None:
    document = session(
        timeline=timeline(
            (5, "task_started", {"taskId": "tsk_1"}),
            (6, "progress", progress("tsk_1", 0.5)),
            (7, "progress", {"taskId": "tsk_1", "message": "Still at it"}),
        )
    )
    (lane,) = rows_of(document).tasks
    assert lane.fraction == 0.5
    assert rows_of(document).groups[0].rows[1].event_count == 2

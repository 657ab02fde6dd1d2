"""What a session's summary says, and how it and the files are given out."""

import json
from typing import Any

import pytest

from access_app.actors import AGENT
from access_app.tokens import session_token
from conftest import Api, Clock
from queues_app.rules import ItemStatus
from queues_app.services import claim_next, end_item
from sessions_app.rules import SessionRole
from sessions_app.summary import summary_of
from sessions_app.tests.row_documents import WORKER_TITLES, at, worker_session
from sessions_app.tree_rows import SessionNode
from tests.records import make_queue, make_session, make_tasks


def worker_summary() -> dict[str, Any]:
    return summary_of(SessionNode(worker_session(), WORKER_TITLES), now_ms=at(200))


def test_times_and_counts_are_derived() -> None:
    summary = worker_summary()
    assert (summary["startedAt"], summary["endedAt"], summary["duration"]) == (
        at(0),
        at(85),
        85_000,
    )
    assert summary["spent"] == {"spawning": 3000, "idle": 4000, "working": 78_000, "waiting": 0}
    assert summary["counts"]["progress"] == 4
    assert summary["expectedEnd"] is None


def test_bars_and_marks_are_those_of_the_chart() -> None:
    first, second = worker_summary()["tasks"]
    (bar,) = first["bars"]
    assert bar == {
        "outcome": "completed",
        "startedAt": at(5),
        "endedAt": at(50),
        "eventId": "evt_2",
    }
    assert (first["status"], first["duration"]) == ("completed", 45_000)
    assert [mark["progress"] for mark in first["marks"] if mark["type"] == "progress"] == [
        0.25,
        0.5,
        0.75,
    ]
    assert [(r["startedAt"], r["endedAt"]) for r in second["recoveries"]] == [(at(70), at(76))]


def test_a_queue_is_expected_to_end_as_fast_as_it_went(api: Api, clock: Clock) -> None:
    session, _ = make_queue("One", "Two", "Three", "Four")
    path = f"/sessions/{session.pk}/summary"
    claim_next(session.pk, by=AGENT)
    assert api.get(path).body["expectedEnd"] is None
    clock.forward(s=30)
    end_item(session.pk, ItemStatus.COMPLETED, by=AGENT)
    claim_next(session.pk, by=AGENT)
    clock.forward(s=10)
    body = api.get(path).body
    assert body["expectedEnd"] == clock.now_ms + (20 + 30 + 30) * 1000
    assert (body["progress"], body["progressLabel"]) == (0.25, "1/4")


def test_a_tree_nests_the_children(api: Api) -> None:
    tasks = make_tasks("One")
    parent = make_session(tasks, role=SessionRole.ORCHESTRATOR)
    child = make_session(tasks, parent_id=parent.pk)
    path = f"/sessions/{parent.pk}/summary"
    assert api.get(path).body["children"] == []
    (below,) = api.get(f"{path}?tree=true").body["children"]
    assert (below["sessionId"], below["children"]) == (child.pk, [])


def test_the_file_is_the_session_as_it_is_read(api: Api) -> None:
    session = make_session(make_tasks("One"), env={"A": "1"})
    answer = api.get(f"/sessions/{session.pk}/export")
    assert answer.body == api.get(f"/sessions/{session.pk}").body
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{session.pk}.json"'


def test_the_file_of_a_tree_has_whole_sessions(api: Api) -> None:
    tasks = make_tasks("One")
    parent = make_session(tasks)
    child = make_session(tasks, parent_id=parent.pk)
    body = api.get(f"/sessions/{parent.pk}/export?format=json&tree=true").body
    assert body["session"]["id"] == parent.pk
    assert body["children"][0]["session"] == api.get(f"/sessions/{child.pk}").body


def test_the_chart_is_a_text_to_save(api: Api) -> None:
    session = make_session(make_tasks("One"))
    answer = api.get(f"/sessions/{session.pk}/export?format=mermaid")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"].endswith(f'"{session.pk}.mmd"')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("query", ["?format=svg", "?format="])
def test_another_format_is_refused_in_the_common_shape(api: Api, query: str) -> None:
    session = make_session()
    answer = api.get(f"/sessions/{session.pk}/export{query}")
    assert (answer.status, answer.code) == (400, "validation_error")


@pytest.mark.parametrize("route", ["summary", "export"])
def test_a_session_of_another_project_may_not_look(api: Api, route: str) -> None:
    mine, theirs = make_session(make_tasks("One")), make_session(make_tasks("Two"))
    token = {"authorization": f"Bearer {session_token(mine.pk)}"}
    assert api.get(f"/sessions/{theirs.pk}/{route}", headers=token).code == "forbidden"
    assert api.get(f"/sessions/{mine.pk}/{route}", headers=token).status == 200
    assert api.get(f"/sessions/ses_none/{route}").code == "not_found"


def test_no_secret_of_a_file_leaves_by_export(api: Api) -> None:
    session = make_session()
    session.env = {"A_TOKEN": "hush-hush"}
    session.save()
    assert "hush-hush" not in json.dumps(api.get(f"/sessions/{session.pk}/export").body)
    session.env = {}
    session.save()

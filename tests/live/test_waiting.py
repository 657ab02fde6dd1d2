"""Requests that wait: they are answered by what happens meanwhile, and hold nobody up."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.server import Answer, RunningServer, wait_until

Record = dict[str, Any]


@pytest.fixture
def project(server: RunningServer) -> Record:
    return dict(server.post("/api/projects", {"name": "Trial", "workingDir": "/tmp"}).body)


def make_task(server: RunningServer, project: Record, **more: Any) -> str:
    body = {"projectId": project["id"], "title": "One", **more}
    return str(server.post("/api/tasks", body).body["id"])


def open_queue(server: RunningServer, project: Record, *task_ids: str, keep_open: bool) -> str:
    body = {"projectId": project["id"], "taskIds": task_ids, "strategy": "queue"}
    made = server.post("/api/sessions", {**body, "keepOpen": keep_open, "status": "idle"})
    return f"/api/sessions/{made.body['id']}"


def in_background(call: Any, *arguments: Any) -> "Future[Answer]":
    """Sent when this returns, but for the time that the thread takes to begin."""
    pool = ThreadPoolExecutor(1)
    begun = threading.Event()

    def run() -> Answer:
        begun.set()
        answer: Answer = call(*arguments)
        return answer

    future = pool.submit(run)
    begun.wait()
    pool.shutdown(wait=False)
    return future


def test_a_standing_worker_gets_what_is_pushed_while_it_waits(
    server: RunningServer, project: Record
) -> None:
    session = open_queue(server, project, keep_open=True)
    waiting = in_background(server.post, f"{session}/queue/next?wait=30", {})
    task_id = make_task(server, project)
    assert not waiting.done()
    server.post(f"{session}/queue/push", {"taskId": task_id})
    offered = waiting.result(timeout=20).body
    assert (offered["item"]["taskId"], offered["task"]["id"]) == (task_id, task_id)
    assert offered["hasMore"] is True


def test_an_item_is_offered_when_its_dependency_is_done(
    server: RunningServer, project: Record
) -> None:
    first = make_task(server, project)
    second = make_task(server, project, dependencies=[first])
    session = open_queue(server, project, second, keep_open=False)
    waiting = in_background(server.post, f"{session}/queue/next?wait=30", {})
    server.patch(f"/api/tasks/{first}", {"status": "completed"})
    assert waiting.result(timeout=20).body["item"]["taskId"] == second


def test_the_end_of_its_session_ends_the_waiting(server: RunningServer, project: Record) -> None:
    session = open_queue(server, project, keep_open=True)
    waiting = in_background(server.post, f"{session}/queue/next?wait=30", {})
    server.post(f"{session}/stop", {})
    refused = waiting.result(timeout=20)
    assert (refused.status, refused.body["code"]) == (409, "session_is_final")


def test_waiting_ends_with_nothing_when_nothing_comes(
    server: RunningServer, project: Record
) -> None:
    session = open_queue(server, project, keep_open=True)
    answer = server.post(f"{session}/queue/next?wait=1", {})
    assert (answer.status, answer.body["item"], answer.body["hasMore"]) == (200, None, False)


def test_many_who_wait_hold_nobody_up_and_one_of_them_gets_the_item(
    server: RunningServer, project: Record
) -> None:
    sessions = [open_queue(server, project, keep_open=True) for _ in range(12)]
    waiting = [in_background(server.post, f"{s}/queue/next?wait=30", {}) for s in sessions]
    waiting += [in_background(server.get, "/api/events?after=999999&wait=1") for _ in range(6)]
    task_id = make_task(server, project)
    server.post(f"{sessions[3]}/queue/push", {"taskId": task_id})
    assert waiting[3].result(timeout=20).body["item"]["taskId"] == task_id
    assert not any(one.done() for one in (*waiting[:3], *waiting[4:12]))
    for session in sessions:
        server.post(f"{session}/stop", {})
    assert [one.result(timeout=20).status for one in waiting[:3]] == [409] * 3


def test_events_come_to_who_asks_for_more_without_gap_or_repeat(
    server: RunningServer, project: Record
) -> None:
    seen: list[Record] = []
    at = server.get("/api/events").body["next"]
    for number in range(3):
        waiting = in_background(server.get, f"/api/events?after={at}&wait=30")
        server.patch(f"/api/projects/{project['id']}", {"name": f"Name {number}"})
        page = waiting.result(timeout=20).body
        seen, at = [*seen, *page["events"]], page["next"]
    assert [event["data"]["name"] for event in seen] == ["Name 0", "Name 1", "Name 2"]
    seqs = [event["seq"] for event in seen]
    assert seqs == sorted(set(seqs))


def test_a_stopping_server_answers_those_who_wait(server: RunningServer, project: Record) -> None:
    first = make_task(server, project)
    second = make_task(server, project, dependencies=[first])
    session = open_queue(server, project, second, keep_open=True)
    waiting = in_background(server.post, f"{session}/queue/next?wait=30", {})
    wait_until(lambda: "task_blocked" in str(server.get(session).body["timeline"]), 20)
    server.stop()
    assert waiting.result(timeout=20).body["item"] is None

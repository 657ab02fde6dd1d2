"""Posting timeline events to a real server, where the short way takes most of them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.server import Answer, RunningServer


@pytest.fixture
def session_id(server: RunningServer, work_dir: Path) -> str:
    project = server.post("/api/projects", {"name": "P", "workingDir": str(work_dir)}).body
    return str(server.post("/api/sessions", {"projectId": project["id"], "name": "S"}).body["id"])


def both_ways(server: RunningServer, session_id: str, body: Any, **headers: str) -> list[Answer]:
    """A query string sends a request the ordinary way."""
    path = f"/api/sessions/{session_id}/timeline"
    return [
        server.post(path, body, **headers),
        server.post(f"{path}?ordinary=1", body, **headers),
    ]


def test_sixteen_writers_lose_nothing_and_double_nothing(
    server: RunningServer, session_id: str
) -> None:
    path = f"/api/sessions/{session_id}/timeline"

    def write(writer: int) -> list[str]:
        said = [{"message": f"{writer}/{n}", "id": f"evt_{writer}_{n}"} for n in range(25)]
        return [server.post(path, event).body["id"] for event in said]

    with ThreadPoolExecutor(16) as writers:
        acknowledged = [event_id for ids in writers.map(write, range(16)) for event_id in ids]

    timeline = server.session(session_id)["timeline"][1:]
    assert sorted(event["id"] for event in timeline) == sorted(acknowledged)
    for writer in range(16):
        own = [e["message"] for e in timeline if e["message"].startswith(f"{writer}/")]
        assert own == [f"{writer}/{n}" for n in range(25)]
    assert [e["timestamp"] for e in timeline] == sorted(e["timestamp"] for e in timeline)


def test_both_ways_answer_alike(server: RunningServer, session_id: str) -> None:
    cases: list[tuple[Any, int]] = [
        ({"message": "hello", "metadata": {"percent": 5}}, 201),
        ([{"message": "one"}, {"message": "two", "type": "milestone"}], 201),
        ({"type": "error", "message": "oh"}, 201),
        ({"type": "nonsense", "message": "x"}, 400),
        ({"message": ""}, 400),
        ({"message": 5}, 400),
        ({"message": "x", "taskId": "../../etc"}, 400),
        ({"message": "x", "taskId": "tsk_missing"}, 404),
        ([{"message": "fine"}, {"message": ""}], 400),
        ("no event", 400),
    ]
    for body, status in cases:
        short, ordinary = both_ways(server, session_id, body)
        assert (short.status, ordinary.status) == (status, status), body
        if status >= 400:
            assert short.body == ordinary.body, body
        else:
            assert _shape(short.body) == _shape(ordinary.body), body


def _shape(body: Any) -> Any:
    events = body if isinstance(body, list) else [body]
    return [{k: v for k, v in e.items() if k not in ("id", "timestamp")} for e in events]


def test_an_event_with_a_known_id_is_not_added_again(
    server: RunningServer, session_id: str
) -> None:
    event = {"id": "evt_mine", "message": "once"}
    answers = [answer.body for answer in both_ways(server, session_id, event) * 2]

    assert answers == [answers[0]] * 4
    ids = [e["id"] for e in server.session(session_id)["timeline"]]
    assert ids.count("evt_mine") == 1


def test_sessions_that_are_not_there_and_foreign_pages_are_refused(
    server: RunningServer, session_id: str
) -> None:
    for answer in both_ways(server, "ses_missing", {"message": "x"}):
        assert (answer.status, answer.body["code"]) == (404, "not_found")
    for answer in both_ways(server, session_id, {"message": "x"}, Origin="http://evil.example"):
        assert (answer.status, answer.body["code"]) == (403, "forbidden_origin")
    for answer in both_ways(server, session_id, {"message": "x"}, Host="evil.example"):
        assert (answer.status, answer.body["code"]) == (403, "forbidden_host")
    for answer in both_ways(server, session_id, {"message": "x"}, Authorization="Bearer made-up"):
        assert (answer.status, answer.body["code"]) == (401, "unauthenticated")
    assert len(server.session(session_id)["timeline"]) == 1


def test_what_a_final_session_is_told_is_kept_as_late(
    server: RunningServer, session_id: str
) -> None:
    server.post(f"/api/sessions/{session_id}/stop", {})
    for answer in both_ways(server, session_id, {"message": "one more thing"}):
        assert answer.body["metadata"] == {"late": True}

"""/api/sessions"""

from typing import Any

import pytest

from conftest import Api
from sessions_app.models import Session
from sessions_app.rules import EventType
from storage_app.starting import take_in_files
from tests.records import log_types, make_project, make_queue, make_session, make_tasks, types_of

KEYS = {
    "id",
    "projectId",
    "parentSessionId",
    "taskIds",
    "name",
    "status",
    "strategy",
    "role",
    "needsInput",
    "env",
    "metadata",
    "events",
    "timeline",
    "transitions",
    "hostname",
    "platform",
    "createdAt",
    "startedAt",
    "updatedAt",
    "lastActivity",
    "completedAt",
    "stale",
}


def test_a_session_has_the_contracts_keys(api: Api) -> None:
    (task,) = make_tasks("One")
    body = {"projectId": task.project_id, "taskId": task.pk, "id": "sess_mine"}
    answer = api.post("/sessions", body)
    assert (answer.status, answer.body["id"]) == (201, "sess_mine")
    assert set(answer.body) == KEYS
    assert (answer.body["status"], answer.body["taskIds"]) == ("spawning", [task.pk])
    assert answer.body["hostname"]
    assert api.get("/sessions/sess_mine").body == answer.body
    assert api.post("/sessions", body).code == "session_exists"


def test_no_session_is_above_itself_not_even_by_way_of_one_that_came_before(api: Api) -> None:
    body = {"projectId": make_project().pk}
    first = {**body, "id": "ses_one", "metadata": {"spawnedBy": "ses_two"}}
    assert api.post("/sessions", first).status == 201
    second = {**body, "id": "ses_two", "metadata": {"spawnedBy": "ses_one"}}
    assert api.post("/sessions", second).code == "cycle"
    assert api.get("/sessions/ses_two").code == "not_found"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"strategy": "tree"}, 400, "validation_error"),
        ({"role": "boss"}, 400, "validation_error"),
        ({"status": "completed"}, 400, "validation_error"),
        ({"status": "sleeping"}, 400, "validation_error"),
        ({"taskIds": ["tsk_none"]}, 404, "task_not_found"),
        ({"projectId": "prj_none"}, 404, "project_not_found"),
        ({"metadata": {"role": {"a": 1}}}, 400, "validation_error"),
        ({"metadata": {"spawnedBy": {"a": 1}}}, 400, "validation_error"),
        ({"env": {"A": 1}}, 400, "validation_error"),
    ],
)
def test_a_session_that_cannot_be_is_refused(
    api: Api, change: dict[str, Any], status: int, code: str
) -> None:
    answer = api.post("/sessions", {"projectId": make_project().pk, **change})
    assert (answer.status, answer.code) == (status, code)
    assert Session.objects.count() == 0


def test_a_queue_session_gets_its_queue_and_a_secret_is_listed_as_ignored(api: Api) -> None:
    (task,) = make_tasks("One")
    body = {"projectId": task.project_id, "taskIds": [task.pk], "strategy": "queue"}
    answer = api.post("/sessions", {**body, "env": {"A": "1", "B_TOKEN": "hush"}})
    assert answer.body["env"] == {"A": "1"}
    assert answer.headers["X-Maestro-Ignored"] == "env.B_TOKEN"
    assert api.get(f"/sessions/{answer.body['id']}/queue").body["stats"]["queued"] == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"status": "completed"}, 409, "invalid_transition"),
        ({"status": "done"}, 400, "validation_error"),
        ({"timeline": [{"type": "session_stopped"}]}, 400, "validation_error"),
        ({"timeline": [{"type": "note", "message": "x"}]}, 400, "validation_error"),
        ({"taskIds": ["tsk_none"]}, 404, "task_not_found"),
        ({"completedAt": 10**30}, 400, "validation_error"),
    ],
)
def test_a_patch_that_cannot_be_is_refused(
    api: Api, body: dict[str, Any], status: int, code: str
) -> None:
    session_id = api.post("/sessions", {"projectId": make_project().pk}).body["id"]
    before = log_types()
    answer = api.patch(f"/sessions/{session_id}", body)
    assert (answer.status, answer.code) == (status, code)
    assert log_types() == before


def test_a_patch_lists_what_it_ignores(api: Api) -> None:
    session = make_session()
    body = {
        "role": "orchestrator",
        "metadata": {"role": "orchestrator", "x": 1},
        "timeline": [{"message": "Hello", "mesage": "typo"}],
    }
    answer = api.patch(f"/sessions/{session.pk}", body)
    assert set(answer.headers["X-Maestro-Ignored"].split(", ")) == {
        "role",
        "metadata.role",
        "mesage",
    }
    assert answer.body["role"] == "worker"
    assert answer.body["metadata"]["x"] == 1


def test_the_end_of_a_live_session_cannot_be_said_and_that_of_an_ended_one_can(api: Api) -> None:
    session = make_session()
    path = f"/sessions/{session.pk}"
    answer = api.patch(path, {"completedAt": 5})
    assert answer.headers["X-Maestro-Ignored"] == "completedAt"
    assert answer.body["completedAt"] is None
    api.patch(path, {"status": "completed"})
    answer = api.patch(path, {"completedAt": 5})
    assert (answer.body["completedAt"], "X-Maestro-Ignored" in answer.headers) == (5, False)


def test_a_finished_session_tells_its_agent_to_exit(api: Api) -> None:
    session = make_session()
    assert api.patch(f"/sessions/{session.pk}", {"status": "completed"}).status == 200
    assert api.patch(f"/sessions/{session.pk}", {"status": "completed"}).status == 200
    answer = api.patch(f"/sessions/{session.pk}", {"status": "working"})
    assert (answer.status, answer.code) == (409, "session_is_final")
    assert "you may exit" in answer.body["message"]


def test_an_event_is_posted_once_by_its_id(api: Api) -> None:
    session = make_session()
    event = {"id": "evt_mine", "message": "Half", "metadata": {"progress": 0.5}}
    first, again = (api.post(f"/sessions/{session.pk}/timeline", event) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert set(first.body) == {"id", "type", "timestamp", "message", "metadata"}
    assert types_of(session.pk) == ["session_started", "progress"]


def test_several_events_are_all_or_none(api: Api) -> None:
    session = make_session()
    path = f"/sessions/{session.pk}/timeline"
    good = {"message": "Good"}
    assert api.post(path, [good, {"type": "odd", "message": "Bad"}]).code == "validation_error"
    assert api.post(path, [good, {"taskId": "tsk_none", **good}]).code == "task_not_found"
    assert api.post(path, [good] * 1001).code == "validation_error"
    assert types_of(session.pk) == ["session_started"]
    answer = api.post(path, [good] * 2)
    assert [event["message"] for event in answer.body] == ["Good", "Good"]


@pytest.mark.parametrize("event_type", EventType)
def test_each_type_is_taken_or_refused_by_name(api: Api, event_type: EventType) -> None:
    session = make_session()
    answer = api.post(f"/sessions/{session.pk}/timeline", {"type": event_type, "message": "x"})
    reserved = event_type.value.startswith("session_")
    assert answer.status == (400 if reserved else 201)
    if reserved:
        assert all(known.value in answer.body["message"] for known in EventType)


def test_a_message_is_required_but_for_tasks(api: Api) -> None:
    session = make_session()
    path = f"/sessions/{session.pk}/timeline"
    assert api.post(path, {"type": "milestone"}).code == "validation_error"
    assert api.post(path, {"type": "task_started"}).status == 201


def test_the_whole_session_comes_back_on_demand(api: Api) -> None:
    session = make_session()
    answer = api.post(f"/sessions/{session.pk}/timeline?return=session", {"message": "x"})
    assert (answer.status, set(answer.body)) == (201, KEYS)


def test_a_timeline_is_paged_either_way(api: Api) -> None:
    session = make_session()
    path = f"/sessions/{session.pk}/timeline"
    events = api.post(path, [{"message": str(n)} for n in range(5)]).body
    ids = [event["id"] for event in events]

    def page(query: str) -> tuple[list[str], bool, str]:
        body = api.get(f"{path}?{query}").body
        assert set(body) == {"events", "hasMore", "next"}
        return [event["id"] for event in body["events"]], body["hasMore"], body["next"]

    assert page(f"after={ids[0]}&limit=2") == (ids[1:3], True, ids[2])
    assert page(f"after={ids[2]}&limit=2") == (ids[3:], False, ids[4])
    assert page(f"before={ids[4]}&limit=3") == (ids[1:4], True, ids[1])
    assert page("type=session_started")[1:2] == (False,)
    assert api.get(f"{path}?after=evt_none").code == "not_found"


def test_a_page_of_entries_without_ids_can_be_continued(api: Api, data_dir: Any) -> None:
    timeline = ", ".join(f'{{"type": "note", "message": "{n}"}}' for n in range(3))
    folder = data_dir / "sessions"
    folder.mkdir()
    (folder / "ses_1.json").write_text(
        f'{{"id": "ses_1", "projectId": "prj_1", "timeline": [{timeline}]}}'
    )
    take_in_files()
    first = api.get("/sessions/ses_1/timeline?limit=2").body
    rest = api.get(f"/sessions/ses_1/timeline?after={first['next']}").body
    assert [event["message"] for event in rest["events"]] == ["2"]


def test_raw_events_answer_with_the_session_without_its_timeline(api: Api) -> None:
    session = make_session()
    answer = api.post(f"/sessions/{session.pk}/events", {"type": "edit", "data": {"path": "a"}})
    assert answer.status == 200
    assert set(answer.body) == KEYS - {"timeline", "events", "transitions"}
    assert api.get(f"/sessions/{session.pk}").body["events"][0]["data"] == {"path": "a"}


def test_tasks_are_added_and_removed_by_route(api: Api) -> None:
    one, two = make_tasks("One", "Two")
    session = make_session([one])
    assert api.post(f"/sessions/{session.pk}/tasks/{two.pk}").body["taskIds"] == [one.pk, two.pk]
    assert api.delete(f"/sessions/{session.pk}/tasks/{one.pk}").body["taskIds"] == [two.pk]
    assert api.delete(f"/sessions/{session.pk}/tasks/{one.pk}").code == "task_not_found"


def test_a_stop_names_who_was_stopped(api: Api) -> None:
    parent = make_session()
    child = make_session(parent_id=parent.pk)
    answer = api.post(f"/sessions/{parent.pk}/stop", {"cascade": True, "reason": "Enough"})
    assert answer.body == {"stopped": [child.pk, parent.pk]}
    assert [found["id"] for found in api.get(f"/sessions/{parent.pk}/children").body] == [child.pk]


def test_lists_are_filtered(api: Api) -> None:
    (task,) = make_tasks("One")
    first = make_session([task], name="first")
    make_session(name="second", parent_id=first.pk, metadata={"spawnedBy": first.pk})
    make_queue("Third")
    api.patch(f"/sessions/{first.pk}", {"status": "completed"})

    def names(query: str) -> list[str]:
        return [session["name"] for session in api.get(f"/sessions?{query}").body]

    assert names("") == ["first", "second", "Third"]
    assert names(f"projectId={task.project_id}") == names(f"taskId={task.pk}") == ["first"]
    assert names("status=completed") == names("active=false") == ["first"]
    assert names("active=true") == ["second", "Third"]
    assert names(f"parentId={first.pk}") == names("q=SECOND") == ["second"]
    assert names("stale=true") == []


def test_a_session_is_deleted_once(api: Api) -> None:
    session = make_session()
    assert api.delete(f"/sessions/{session.pk}").body == {"success": True, "id": session.pk}
    assert api.delete(f"/sessions/{session.pk}").code == "not_found"

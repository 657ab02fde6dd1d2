"""/api/sessions/{id}/queue"""

from conftest import Api
from tests.records import make_queue, make_session, make_tasks, types_of

ITEM = {"taskId", "status", "addedAt", "metadata"}


def test_a_queue_and_its_items_have_the_contracts_keys(api: Api) -> None:
    session, tasks = make_queue("One", "Two")
    found = api.get(f"/sessions/{session.pk}/queue").body
    assert set(found) == {"queue", "stats"}
    assert set(found["queue"]) == {
        "id",
        "sessionId",
        "strategy",
        "items",
        "currentIndex",
        "createdAt",
        "updatedAt",
    }
    assert (found["queue"]["id"], found["queue"]["currentIndex"]) == (f"que_{session.pk}", -1)
    assert all(set(item) == ITEM for item in found["queue"]["items"])
    assert api.get(f"/sessions/{session.pk}/queue/items").body == {
        "items": found["queue"]["items"],
        "stats": found["stats"],
    }
    top = api.get(f"/sessions/{session.pk}/queue/top").body
    assert (set(top), top["item"]["taskId"]) == ({"hasMore", "item"}, tasks[0].pk)


def test_a_queue_from_first_to_last(api: Api) -> None:
    session, tasks = make_queue("One", "Two")
    path = f"/sessions/{session.pk}/queue"
    first = api.post(f"{path}/next").body
    assert set(first) == {"item", "task", "hasMore"}
    assert set(first["item"]) == {*ITEM, "startedAt", "claimId"}
    claim = {"claimId": first["item"]["claimId"]}
    ended = api.post(f"{path}/complete", claim).body
    assert set(ended) == {"success", "completedItem", "nextItem", "hasMore", "message"}
    assert (ended["hasMore"], ended["nextItem"]["taskId"]) == (True, tasks[1].pk)
    assert api.post(f"{path}/complete", claim).body == ended
    started = api.post(f"{path}/start").body
    assert set(started) == {"success", "item", "message"}
    assert api.post(f"{path}/start").code == "already_processing"
    failed = api.post(f"{path}/fail", {"reason": "Broken"}).body
    assert failed["failedItem"]["failReason"] == "Broken"
    assert (failed["nextItem"], failed["hasMore"]) == (None, False)
    assert api.get(f"/sessions/{session.pk}").body["status"] == "failed"
    assert api.post(f"{path}/next").code == "session_is_final"
    assert api.post(f"{path}/push", {"taskId": tasks[0].pk}).code == "session_is_final"
    assert types_of(session.pk).count("task_started") == 2


def test_an_empty_queue_says_so(api: Api) -> None:
    session, _ = make_queue("One", keep_open=True)
    path = f"/sessions/{session.pk}/queue"
    api.post(f"{path}/skip")
    assert api.post(f"{path}/next").body == {"item": None, "task": None, "hasMore": False}
    start = api.post(f"{path}/start").body
    assert (start["success"], start["item"], start["empty"]) == (True, None, True)
    assert api.get(f"{path}/top").body["hasMore"] is False


def test_what_waits_is_listed_and_is_no_more(api: Api) -> None:
    (dependency,) = make_tasks("Dependency")
    session, _ = make_queue("Waits")
    path = f"/sessions/{session.pk}/queue"
    task = make_tasks("Blocked", project=dependency.project, dependencies=[dependency.pk])[0]
    api.post(f"{path}/push", {"taskId": task.pk})
    api.post(f"{path}/next")
    ended = api.post(f"{path}/complete").body
    blocked = [{"taskId": task.pk, "waitingOn": [dependency.pk]}]
    assert (ended["hasMore"], ended["nextItem"], ended["blocked"]) == (False, None, blocked)
    assert api.post(f"{path}/next").body == {
        "item": None,
        "task": None,
        "hasMore": False,
        "blocked": blocked,
    }


def test_a_session_without_a_queue_is_400_and_none_is_404(api: Api) -> None:
    session = make_session()
    answer = api.get(f"/sessions/{session.pk}/queue")
    assert (answer.status, answer.code) == (400, "not_a_queue_session")
    assert api.post("/sessions/ses_none/queue/next").code == "not_found"


def test_changing_what_waits(api: Api) -> None:
    session, tasks = make_queue("One", "Two")
    path = f"/sessions/{session.pk}/queue"
    assert api.post(f"{path}/push", {"taskId": tasks[0].pk}).code == "already_queued"
    assert api.post(f"{path}/push", {"taskId": "tsk_none"}).code == "task_not_found"
    assert api.post(f"{path}/push", {}).code == "validation_error"
    order = [tasks[1].pk, tasks[0].pk]
    body = api.post(f"{path}/reorder", {"taskIds": order}).body
    assert [item["taskId"] for item in body["queue"]["items"]] == order
    body = api.post(f"{path}/remove", {"taskId": tasks[1].pk}).body
    assert [item["taskId"] for item in body["queue"]["items"]] == [tasks[0].pk]
    api.post(f"{path}/next")
    assert api.post(f"{path}/complete", {"taskId": tasks[1].pk}).code == "not_processing"

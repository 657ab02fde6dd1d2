"""ETag, If-None-Match and If-Match on single documents."""

import pytest

from conftest import Api, Clock
from projects_app.models import Project
from sessions_app.models import Session
from tasks_app.models import Task
from tests.records import make_queue, make_session, make_tasks


@pytest.fixture
def paths(api: Api) -> dict[str, str]:
    session = make_session(make_tasks("One"))
    (link,) = session.task_links.all()
    return {
        "project": f"/projects/{session.project_id}",
        "task": f"/tasks/{link.task_id}",
        "session": f"/sessions/{session.pk}",
    }


@pytest.mark.parametrize("kind", ["project", "task", "session"])
def test_a_document_is_sent_once_until_it_changes(
    api: Api, paths: dict[str, str], kind: str
) -> None:
    path = paths[kind]
    tag = api.get(path).headers["ETag"]
    known = {"if-none-match": f'"other", W/{tag}'}
    same = api.get(path, headers=known)
    assert (same.status, same.body, same.headers["ETag"]) == (304, None, tag)
    changed = api.patch(path, {"name": "New", "title": "New"}).headers["ETag"]
    fresh = api.get(path, headers=known)
    assert (fresh.status, fresh.headers["ETag"]) == (200, changed)
    assert changed != tag


@pytest.mark.parametrize("kind", ["project", "task", "session"])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_of_another_state_than_the_known_one_is_refused(
    api: Api, paths: dict[str, str], method: str, kind: str
) -> None:
    path, body = paths[kind], {"name": "Mine", "title": "Mine"}
    known = {"if-match": api.get(path).headers["ETag"]}
    api.patch(path, {"name": "Theirs", "title": "Theirs"})
    before = api.get(path).body
    answer = api.send(method, path, body, headers=known)
    assert (answer.status, answer.code) == (412, "precondition_failed")
    assert api.get(path).body == before
    now = {"if-match": answer.body["details"]["etag"]}
    if (method, kind) == ("DELETE", "project"):
        api.post(f"{paths['session']}/stop", {})
        path += "?cascade=true"
    assert api.send(method, path, body, headers=now).status == 200


def test_a_project_is_replaced_only_in_the_known_state(api: Api, paths: dict[str, str]) -> None:
    body = {"name": "Mine", "workingDir": "/srv"}
    path = paths["project"]
    assert api.put(path, body, headers={"if-match": '"old"'}).code == "precondition_failed"
    assert api.put(path, body, headers={"if-match": "*"}).status == 200


def test_a_queue_has_a_tag_too(api: Api) -> None:
    session, _ = make_queue("One")
    path = f"/sessions/{session.pk}/queue"
    known = {"if-none-match": api.get(path).headers["ETag"]}
    assert api.get(path, headers=known).status == 304
    api.post(f"{path}/next")
    assert api.get(path, headers=known).status == 200


def test_silence_alone_is_no_change_but_becoming_stale_is(
    api: Api, clock: Clock, paths: dict[str, str]
) -> None:
    known = {"if-none-match": api.get(paths["session"]).headers["ETag"]}
    clock.forward(s=1000)
    stale = api.get(paths["session"], headers=known)
    assert stale.status == 200
    clock.forward(s=5)
    still = {"if-none-match": stale.headers["ETag"]}
    assert api.get(paths["session"], headers=still).status == 304


def test_what_is_not_there_is_404_whatever_the_client_knows(api: Api) -> None:
    for path in ("/projects/prj_none", "/tasks/tsk_none", "/sessions/ses_none"):
        answer = api.delete(path, headers={"if-match": "*"})
        assert (answer.status, answer.code) == (404, "not_found")
    assert Project.objects.count() == Task.objects.count() == Session.objects.count() == 0

"""What all routes have in common: pages, filters, ignored keys, timelines read either way."""

import re
from typing import Any

import pytest

from conftest import Answer, Api
from tests.conformance.conftest import World
from tests.conformance.routes import SHORT_SESSION, SUCCESSES, Success
from tests.conformance.test_contract import ask, filled
from tests.docs.test_openapi import content, template_of
from tests.records import make_project, make_session, make_tasks

PAGED = [
    one
    for one in SUCCESSES
    if one.method == "GET"
    and "cursor"
    in {
        parameter["name"]
        for parameter in content()["paths"][template_of(f"/api{one.path}")]["get"].get(
            "parameters", []
        )
    }
]
# A hook's event is kept as it is, whatever is in it.
CHANGING = [one for one in SUCCESSES if isinstance(one.body, dict) and "/hooks/" not in one.path]


def test_all_lists_have_pages() -> None:
    lists = {one.path.partition("?")[0] for one in PAGED}
    assert lists >= {"/projects", "/tasks", "/sessions"}
    assert {"/tasks/{above}/children", "/sessions/{parent}/children"} <= lists


@pytest.mark.parametrize("call", PAGED, ids=str)
def test_a_list_can_be_read_page_by_page(api: Api, world: World, call: Success) -> None:
    path = filled(call.path, world)
    whole = api.get(path)
    assert whole.headers["X-Total-Count"] == str(len(whole.body))
    assert "Link" not in whole.headers
    mark = "&" if "?" in path else "?"
    found: list[Any] = []
    page: Answer = api.get(f"{path}{mark}limit=1")
    while True:
        assert page.headers["X-Total-Count"] == str(len(whole.body))
        assert len(page.body) == 1
        found += page.body
        following = _following(page)
        if following is None:
            break
        page = api.get(following)
    assert [one["id"] for one in found] == [one["id"] for one in whole.body]
    created = [one["createdAt"] for one in found]
    assert created == sorted(created)


def _following(page: Answer) -> str | None:
    link = page.headers.get("Link")
    if link is None:
        return None
    said = re.fullmatch(r'</api(/[^>]*)>; rel="next"', link)
    assert said, link
    return said[1]


def test_a_key_that_nothing_reads_is_listed_and_changes_nothing(api: Api, world: World) -> None:
    for call in CHANGING:
        body = {**filled(call.body, world), "nmae": "a typo"}
        answer = api.send(call.method, filled(call.path, world), body)
        listed = answer.headers.get("X-Maestro-Ignored", "").split(", ")
        assert "nmae" in listed, call
        assert "a typo" not in str(answer.body), call


def test_what_is_known_is_not_listed(api: Api, world: World) -> None:
    for call in CHANGING:
        assert "X-Maestro-Ignored" not in ask(api, call, world).headers, call


def test_what_a_session_is_of_is_ignored_in_a_patch_and_listed(api: Api, world: World) -> None:
    path = f"/sessions/{world['session']}"
    before = api.get(path).body
    answer = api.patch(
        path,
        {
            "parentSessionId": "ses_x",
            "role": "orchestrator",
            "metadata": {"spawnedBy": "ses_x", "role": "orchestrator", "mine": 1},
        },
    )
    listed = set(answer.headers["X-Maestro-Ignored"].split(", "))
    assert listed == {"parentSessionId", "role", "metadata.spawnedBy", "metadata.role"}
    for name in ("parentSessionId", "role"):
        assert answer.body[name] == before[name]
    assert answer.body["metadata"] == {**before["metadata"], "mine": 1}


@pytest.mark.parametrize("where", ["body", "metadata"])
def test_a_session_may_name_who_spawned_it(api: Api, world: World, where: str) -> None:
    parent = world["parent"]
    more = {"parentSessionId": parent} if where == "body" else {"metadata": {"spawnedBy": parent}}
    found = api.post("/sessions", {"projectId": world["project"], **more}).body
    assert found["parentSessionId"] == found["metadata"]["spawnedBy"] == parent


def test_many_sessions_come_without_their_history_unless_one_insists(api: Api) -> None:
    project = make_project()
    tasks = make_tasks("One", project=project)
    for _ in range(201):
        make_session(tasks)
    path = f"/sessions?projectId={project.pk}"
    for session in api.get(path).body:
        assert set(session) == SHORT_SESSION
    for asked in (f"{path}&fields=full", f"{path}&limit=200"):
        assert all(session["timeline"] for session in api.get(asked).body)


@pytest.mark.parametrize("filters", ["", "&type=progress", "&taskId={first}"])
@pytest.mark.parametrize("size", [1, 3])
def test_a_timeline_is_read_either_way(api: Api, world: World, filters: str, size: int) -> None:
    path = f"/sessions/{world['session']}/timeline"
    for number in range(5):
        about = {"taskId": world["first"]} if number % 2 else {}
        kind = "milestone" if number == 2 else "progress"
        api.post(path, {"type": kind, "message": f"event {number}", **about})
    wanted = filled(filters, world)
    whole = api.get(f"{path}?limit=1000{wanted}").body
    assert not whole["hasMore"]
    assert len(whole["events"]) > 1
    last = api.get(path).body["events"][-1]["id"]
    forward = _pages(api, f"{path}?limit={size}{wanted}", "after", None)
    back = _pages(api, f"{path}?limit={size}{wanted}", "before", last)
    assert [event for page in forward for event in page] == whole["events"]
    before_last = [event for event in whole["events"] if event["id"] != last]
    assert [event for page in reversed(back) for event in page] == before_last


def _pages(api: Api, path: str, way: str, start: str | None) -> list[list[Any]]:
    found, cursor = [], start
    while True:
        page = api.get(path + (f"&{way}={cursor}" if cursor else "")).body
        found.append(page["events"])
        cursor = page["next"]
        if not page["hasMore"]:
            return found


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("status=working", {"busy"}),
        ("status=needs-user-input", {"asking"}),
        ("status=spawning", {"new"}),
        ("active=false", {"over", "done", "secret"}),
        ("role=orchestrator", {"parent"}),
        ("taskId={second}&status=running&role=worker", {"session", "queue", "busy", "tried"}),
        ("q={queue}", {"queue"}),
        ("stale=true", set()),
        ("parentId={session}", set()),
    ],
)
def test_sessions_are_found_by(api: Api, world: World, query: str, names: set[str]) -> None:
    by_id = {session_id: name for name, session_id in world.items()}
    found = api.get(f"/sessions?{filled(query, world)}").body
    assert {by_id[session["id"]] for session in found if session["id"] in by_id} == names


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("parentId=null&status=todo", {"free", "above", "second"}),
        ("parentId={above}", {"below"}),
        ("q=Belo", {"below"}),
        ("status=in_progress", {"first"}),
        ("projectId={empty}", set()),
    ],
)
def test_tasks_are_found_by(api: Api, world: World, query: str, names: set[str]) -> None:
    by_id = {task_id: name for name, task_id in world.items()}
    found = api.get(f"/tasks?{filled(query, world)}").body
    assert {by_id[task["id"]] for task in found if task["id"] in by_id} == names


@pytest.mark.parametrize(
    "query",
    ["active=perhaps", "status=bogus", "role=boss", "fields=some", "limit=0", "limit=1&cursor=x"],
)
def test_a_filter_that_means_nothing_is_a_mistake(api: Api, world: World, query: str) -> None:
    answer = api.get(f"/sessions?{query}")
    assert (answer.status, answer.code) == (400, "validation_error")
    assert query.rpartition("&")[2].partition("=")[0] in answer.body["details"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"message": ""}, 400),
        ({"type": "task_started"}, 200),
        ({"type": "needs_input", "metadata": {"question": "Which?"}}, 200),
        ({"type": "session_stopped", "message": "x"}, 400),
        ({"message": "then", "timestamp": 5}, 200),
    ],
)
def test_an_event_about_a_task_is_checked_as_any_event(
    api: Api, world: World, body: Any, status: int
) -> None:
    path, session = f"/tasks/{world['first']}/timeline", world["session"]
    answer = api.post(path, {"sessionId": session, **body})
    assert answer.status == status
    if status == 200:
        assert answer.body["event"] in api.get(f"/sessions/{session}").body["timeline"]
        assert answer.body["event"]["taskId"] == world["first"]
    else:
        assert answer.code == "validation_error"

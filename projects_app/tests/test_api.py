"""/api/projects"""

from conftest import START_MS, Api, Clock

BODY = {"name": "One", "workingDir": "/srv/one"}


def test_a_project_has_the_contracts_keys(api: Api, clock: Clock) -> None:
    answer = api.post("/projects", {**BODY, "description": "Words"})
    assert answer.status == 201
    project_id = answer.body.pop("id")
    assert project_id.startswith("prj_")
    assert answer.body == {
        **BODY,
        "description": "Words",
        "createdAt": START_MS,
        "updatedAt": START_MS,
    }
    assert api.get("/projects").body == [{"id": project_id, **answer.body}]


def test_a_patch_changes_what_it_names_and_a_put_needs_all(api: Api) -> None:
    path = f"/projects/{api.post('/projects', BODY).body['id']}"
    assert api.patch(path, {"name": "Two"}).body["workingDir"] == "/srv/one"
    assert api.put(path, {"name": "Three"}).code == "validation_error"
    assert api.put(path, {"name": "Three", "workingDir": "/srv"}).body["name"] == "Three"
    assert api.get(path).body["name"] == "Three"


def test_a_project_is_deleted_once(api: Api) -> None:
    project_id = api.post("/projects", BODY).body["id"]
    answer = api.delete(f"/projects/{project_id}")
    assert (answer.status, answer.body) == (200, {"success": True, "id": project_id})
    assert api.delete(f"/projects/{project_id}").code == "not_found"


def test_a_project_with_live_sessions_is_409(api: Api) -> None:
    project_id = api.post("/projects", BODY).body["id"]
    api.post("/sessions", {"projectId": project_id})
    answer = api.delete(f"/projects/{project_id}?cascade=true")
    assert (answer.status, answer.code) == (409, "has_live_sessions")

"""Who may send what: origins, hosts, forms, tokens, bodies, and the shape of every refusal."""

from typing import Any

import pytest
from pytest_django import Settings

from access_app.actors import USER
from access_app.authentication import quick_actor
from access_app.tokens import session_token
from conftest import Api
from events_app.models import LogEntry
from projects_app.models import Project
from storage_app.models import StoredDocument

PROJECT = {"name": "One", "workingDir": "/srv"}


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:3000", "null"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_pages_of_other_sites_are_refused(api: Api, method: str, origin: str) -> None:
    answer = api.send(method, "/projects", PROJECT, headers={"origin": origin})
    assert (answer.status, answer.code) == (403, "forbidden_origin")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert Project.objects.count() == 0


def test_the_servers_own_pages_are_served(api: Api) -> None:
    own = {"origin": "http://127.0.0.1:8000"}
    assert api.post("/projects", PROJECT, headers=own).status == 201


UI = {"origin": "http://ui.example"}


def test_an_allowed_origin_is_answered_with_cors(api: Api, settings: Settings) -> None:
    settings.MAESTRO_ALLOWED_ORIGINS = ["http://ui.example"]
    preflight = api.send("OPTIONS", "/projects", headers=UI)
    assert preflight.status == 204
    for answer in (
        preflight,
        api.post("/projects", PROJECT, headers=UI),
        api.get("/no", headers=UI),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == "http://ui.example"
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_preflight_names_what_routes_take_and_nothing_more(api: Api, settings: Settings) -> None:
    settings.MAESTRO_ALLOWED_ORIGINS = ["http://ui.example"]
    asked = {**UI, "access-control-request-method": "TRACE"}
    preflight = api.send("OPTIONS", "/projects", headers=asked)
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, PATCH, DELETE"
    allowed = preflight.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"Authorization", "Content-Type", "Idempotency-Key", "If-Match"} <= set(allowed)
    assert "*" not in "".join(preflight.headers.values())
    assert int(preflight.headers["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Request-Method" in preflight.headers["Vary"]


def test_no_cache_gives_one_origin_what_was_said_to_another(api: Api, settings: Settings) -> None:
    assert "Origin" not in api.get("/projects").headers.get("Vary", "")
    settings.MAESTRO_ALLOWED_ORIGINS = ["http://ui.example"]
    for headers in ({}, {"origin": "http://127.0.0.1:8000"}):
        answer = api.get("/projects", headers=headers)
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", ""])
def test_this_machine_needs_no_login(api: Api, address: str) -> None:
    assert api.get("/projects", REMOTE_ADDR=address).status == 200


@pytest.mark.parametrize("address", ["10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "nonsense"])
def test_another_machine_needs_one(api: Api, settings: Settings, address: str) -> None:
    refused = api.get("/projects", REMOTE_ADDR=address)
    assert (refused.status, refused.code) == (403, "forbidden")
    settings.MAESTRO_AUTH = "required"
    assert api.get("/projects", REMOTE_ADDR=address).code == "unauthenticated"


def test_the_public_address_is_a_name_of_this_server(api: Api, settings: Settings) -> None:
    assert api.get("/projects", headers={"host": "maestro.example"}).code == "forbidden_host"
    settings.MAESTRO_PUBLIC_URL = "https://maestro.example"
    own = {"host": "maestro.example", "origin": "https://maestro.example"}
    assert api.get("/projects", headers=own).status == 200


def test_to_know_who_reports_from_this_machine_takes_no_query(
    api: Api, settings: Settings, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert quick_actor("") is USER
        agent = quick_actor(f"Bearer {session_token('ses_1')}")
        assert quick_actor("Bearer mst_0123456789ab_x") is None
        settings.MAESTRO_AUTH = "required"
        assert quick_actor("") is None
    assert agent is not None
    assert agent.session_id == "ses_1"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""]
)
def test_a_rebound_host_is_refused(api: Api, host: str) -> None:
    answer = api.get("/projects", headers={"host": host})
    assert (answer.status, answer.code) == (403, "forbidden_host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "[::1]:8000", "127.0.0.1:9"])
def test_names_of_this_machine_are_served(api: Api, host: str) -> None:
    assert api.get("/projects", headers={"host": host}).status == 200


def test_a_host_can_be_allowed(api: Api, settings: Settings) -> None:
    settings.MAESTRO_ALLOWED_HOSTS = ["maestro.local"]
    assert api.get("/projects", headers={"host": "maestro.local:8000"}).status == 200


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""],
)
def test_a_form_without_a_csrf_token_changes_nothing(api: Api, content_type: str) -> None:
    answer = api.post("/projects", PROJECT, content_type=content_type)
    assert (answer.status, answer.code) == (415, "unsupported_media_type")
    assert Project.objects.count() == 0


def test_a_form_with_a_wrong_csrf_token_is_refused(api: Api) -> None:
    form = {
        "content_type": "application/x-www-form-urlencoded",
        "headers": {"x-csrftoken": "x" * 64},
    }
    answer = api.send("POST", "/projects", raw=b"name=One", **form)
    assert (answer.status, answer.code) == (403, "forbidden")


def test_a_wrong_token_is_refused_even_here(api: Api) -> None:
    for token in ("nonsense", session_token("ses_1")[:-1] + "x", "mst_", "mst_0_x", ""):
        answer = api.get("/projects", headers={"authorization": f"Bearer {token}"})
        assert (answer.status, answer.code) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("raw", [b"{", b"{'a': 1}", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000])
def test_a_body_that_is_not_json_is_refused(api: Api, raw: bytes) -> None:
    answer = api.post("/projects", raw=raw)
    assert (answer.status, answer.code) == (400, "invalid_json")


@pytest.mark.parametrize("body", [[], [PROJECT], "text", 5, None])
def test_a_body_that_is_no_object_is_refused(api: Api, body: Any) -> None:
    answer = api.post("/projects", raw=None, body=body)
    assert (answer.status, answer.code) == (400, "validation_error")


def test_a_body_over_1_mib_is_refused_and_one_below_is_not(api: Api) -> None:
    body = {**PROJECT, "description": "x" * (1024 * 1024 - 200)}
    assert api.post("/projects", body).status == 201
    body["description"] += "x" * 200
    answer = api.post("/projects", body)
    assert (answer.status, answer.code) == (413, "payload_too_large")
    assert Project.objects.count() == 1


def test_every_bad_field_is_named_at_once(api: Api) -> None:
    answer = api.post("/projects", {"name": " ", "description": 5})
    assert (answer.status, answer.code) == (400, "validation_error")
    assert set(answer.body["details"]) == {"name", "workingDir", "description"}


def test_unknown_keys_change_nothing_and_are_listed(api: Api) -> None:
    answer = api.post("/projects", {**PROJECT, "nmae": "typo", "a\nb": 1, "ü": 2})
    assert answer.status == 201
    assert answer.headers["X-Maestro-Ignored"] == r"a\nb, nmae, \xfc"
    assert "nmae" not in answer.body


def test_a_great_many_unknown_keys_make_a_bearable_header(api: Api) -> None:
    answer = api.post("/projects", {**PROJECT, **{f"key{n:05}" * 20: n for n in range(1000)}})
    assert answer.status == 201
    assert answer.headers["X-Maestro-Ignored"].endswith("and 980 more")
    assert len(answer.headers["X-Maestro-Ignored"]) < 4096


CLIMBING = ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "a%2Fb", ".hidden", "a.json", "x" * 65]


@pytest.mark.parametrize("bad_id", CLIMBING)
@pytest.mark.parametrize("kind", ["projects", "tasks", "sessions"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_id_that_could_be_a_path_is_refused(
    api: Api, method: str, kind: str, bad_id: str
) -> None:
    answer = api.send(method, f"/{kind}/{bad_id}", {"name": "x", "title": "x"})
    assert answer.status in ((400, 404) if bad_id == "a%2Fb" else (400,))
    assert answer.code in ("validation_error", "not_found")


@pytest.mark.parametrize("bad_id", ["../../../tmp/x", "a/b", "", "_x", "x" * 65, 5, None, {"a": 1}])
@pytest.mark.parametrize(
    ("path", "field"), [("/tasks", "projectId"), ("/sessions", "id"), ("/sessions", "taskId")]
)
def test_an_id_in_a_body_that_could_be_a_path_writes_nothing(
    api: Api, data_dir: Any, path: str, field: str, bad_id: Any
) -> None:
    project_id = api.post("/projects", PROJECT).body["id"]
    marks, entries = StoredDocument.objects.count(), LogEntry.objects.count()
    body = {"projectId": project_id, "title": "One", "name": "One", field: bad_id}
    answer = api.post(path, body)
    assert (answer.status, answer.code) == (400, "validation_error")
    assert field in answer.body["details"]
    assert (StoredDocument.objects.count(), LogEntry.objects.count()) == (marks, entries)
    assert not list(data_dir.rglob("*.json"))


def test_what_is_not_there_and_what_cannot_be_done_say_so(api: Api) -> None:
    cases = {
        ("GET", "/nothing"): (404, "not_found"),
        ("POST", "/nothing"): (404, "not_found"),
        ("GET", "/projects/prj_none"): (404, "not_found"),
        ("PUT", "/tasks"): (405, "method_not_allowed"),
        ("GET", "/sessions/spawn"): (405, "method_not_allowed"),
    }
    for (method, path), expected in cases.items():
        answer = api.send(method, path)
        assert (answer.status, answer.code) == expected, (method, path)


def test_a_bug_is_a_500_with_an_id_that_is_in_the_log_and_no_traceback(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("projects_app.selectors.all_projects", broken)
    answer = api.get("/projects")
    assert (answer.status, answer.code) == (500, "internal_error")
    assert answer.body["details"]["id"] in caplog.text
    assert "secret detail" not in str(answer.body)


def test_lists_are_paged_on_demand(api: Api) -> None:
    ids = [api.post("/projects", {**PROJECT, "name": str(n)}).body["id"] for n in range(5)]
    assert [found["id"] for found in api.get("/projects").body] == ids
    page = api.get("/projects?limit=2&cursor=2")
    assert [found["id"] for found in page.body] == ids[2:4]
    assert page.headers["X-Total-Count"] == "5"
    assert page.headers["Link"] == '</api/projects?limit=2&cursor=4>; rel="next"'
    assert "Link" not in api.get("/projects?limit=2&cursor=4").headers


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", f"limit={'9' * 5000}"])
def test_a_limit_is_a_number(api: Api, query: str) -> None:
    assert api.get(f"/projects?{query}").code == "validation_error"


SANE_HEADERS = {
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
}


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/projects", {}, 200),
        ("GET", "/projects/prj_none", {}, 404),
        ("GET", "/nothing", {}, 404),
        ("PUT", "/tasks", {}, 405),
        ("POST", "/projects", {"raw": b"{"}, 400),
        ("POST", "/projects", {"raw": b" " * (1024 * 1024 + 1)}, 413),
        ("POST", "/nothing", {"raw": b" " * (1024 * 1024 + 1)}, 413),
        ("POST", "/projects", {"content_type": "text/plain"}, 415),
        ("GET", "/projects", {"headers": {"origin": "http://evil.example"}}, 403),
        ("GET", "/projects", {"headers": {"host": "evil.example"}}, 403),
        ("GET", "/projects", {"headers": {"authorization": "Bearer no"}}, 401),
        ("GET", "/projects", {"REMOTE_ADDR": "10.0.0.1"}, 403),
        ("OPTIONS", "/projects", {"headers": {"origin": "http://127.0.0.1:8000"}}, 204),
    ],
)
def test_every_answer_carries_the_headers_that_protect_a_browser(
    api: Api, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    answer = api.send(method, path, **options)
    assert answer.status == status
    assert SANE_HEADERS - set(answer.headers) == set()
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_wrong_method_is_told_the_right_ones(api: Api) -> None:
    for method, path, allowed in (
        ("PUT", "/tasks", {"GET", "POST", "HEAD", "OPTIONS"}),
        ("GET", "/sessions/spawn", {"POST", "OPTIONS"}),
        ("POST", "/events", {"GET", "HEAD", "OPTIONS"}),
    ):
        answer = api.send(method, path)
        assert (answer.status, answer.code) == (405, "method_not_allowed")
        assert set(answer.headers["Allow"].split(", ")) == allowed


def test_head_says_what_get_would_without_the_body(api: Api) -> None:
    project_id = api.post("/projects", PROJECT).body["id"]
    for path in ("/projects", f"/projects/{project_id}", "/projects/prj_none"):
        whole, head = api.get(path), api.send("HEAD", path)
        assert head.status == whole.status
        assert head.body is None
        for name in ("Content-Type", "Content-Length", "ETag", "X-Total-Count"):
            assert head.headers.get(name) == whole.headers.get(name)

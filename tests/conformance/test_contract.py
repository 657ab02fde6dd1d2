"""Every route of the contract: its answer's keys, and every refusal that its description names."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import Answer, Api
from tests.conformance.conftest import World
from tests.conformance.routes import REFUSALS, SUCCESSES, Refusal, Success
from tests.docs.test_openapi import described_routes, template_of
from tests.records import log_types

# Those that do not come from what is asked: tests of their own provoke them.
OF_CIRCUMSTANCE = {
    "internal_error",
    "database_busy",
    "server_closing",
    "storage_unavailable",
    "forbidden",
    "too_many_requests",
}
ONE_OF_EACH = {(one.method, template_of(f"/api{one.path}")): one for one in reversed(SUCCESSES)}


def filled(value: Any, world: World) -> Any:
    """With the world's records in the places of their names."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: world[found[1]], value)
    if isinstance(value, list):
        return [filled(entry, world) for entry in value]
    if isinstance(value, dict):
        return {key: filled(entry, world) for key, entry in value.items()}
    return value


def ask(api: Api, call: Success | Refusal, world: World, path: str = "", **options: Any) -> Answer:
    return api.send(
        call.method, filled(path or call.path, world), filled(call.body, world), **options
    )


@pytest.mark.parametrize("call", SUCCESSES, ids=str)
def test_a_route_answers_with_exactly_its_keys(api: Api, world: World, call: Success) -> None:
    answer = ask(api, call, world)
    assert answer.status == call.status, answer.body
    found = answer.body if isinstance(answer.body, list) else [answer.body]
    assert found, "an empty list shows no keys"
    for document in found if call.keys else ():
        assert set(document) == call.keys


def test_what_cannot_be_is_refused_by_its_code_and_changes_nothing(api: Api, world: World) -> None:
    before = log_types()
    for call in REFUSALS:
        answer = ask(api, call, world)
        assert (answer.status, answer.code) == (call.status, call.code), call
    assert log_types() == before


def test_every_route_checks_who_asks_and_from_where(api: Api, world: World) -> None:
    for call in ONE_OF_EACH.values():
        for headers, expected in (
            ({"origin": "http://evil.example"}, (403, "forbidden_origin")),
            ({"host": "evil.example"}, (403, "forbidden_host")),
            ({"authorization": "Bearer nonsense"}, (401, "unauthenticated")),
        ):
            answer = ask(api, call, world, headers=headers)
            assert (answer.status, answer.code) == expected, call


def test_every_route_checks_its_id(api: Api, world: World) -> None:
    for call in ONE_OF_EACH.values():
        if "/{" not in call.path:
            continue
        for wrong, expected in (("..x", (400, "validation_error")), ("none", (404, "not_found"))):
            answer = ask(api, call, world, re.sub(r"\{\w+\}", wrong, call.path, count=1))
            assert (answer.status, answer.code) == expected, call


def test_every_change_checks_its_body(api: Api, world: World) -> None:
    for call in ONE_OF_EACH.values():
        if call.method == "GET":
            continue
        path = filled(call.path, world)
        for options, expected in (
            ({"raw": b"{", "content_type": "text/plain"}, (415, "unsupported_media_type")),
            ({"raw": b" " * (1024 * 1024 + 1)}, (413, "payload_too_large")),
        ):
            answer = api.send(call.method, path, **options)
            assert (answer.status, answer.code) == expected, call
        if call.body is not None:
            answer = api.send(call.method, path, raw=b"{")
            assert (answer.status, answer.code) == (400, "invalid_json"), call


def test_every_route_of_a_queue_needs_one(api: Api, world: World) -> None:
    for call in ONE_OF_EACH.values():
        if "/queue" in call.path:
            answer = ask(api, call, {**world, "queue": world["session"]}, _without_queue(call))
            assert (answer.status, answer.code) == (400, "not_a_queue_session"), call


def _without_queue(call: Success) -> str:
    return re.sub(r"\{\w+\}", "{session}", call.path, count=1)


def test_every_single_document_can_be_asked_for_conditionally(api: Api, world: World) -> None:
    for (method, template), call in ONE_OF_EACH.items():
        codes = dict(described_routes())[method, template]
        if "ETag" in codes:
            tag = ask(api, call, world).headers["ETag"]
            assert ask(api, call, world, headers={"if-none-match": tag}).status == 304
        if "precondition_failed" in codes:
            answer = ask(api, call, world, headers={"if-match": '"other"'})
            assert (answer.status, answer.code) == (412, "precondition_failed")


def test_everything_that_is_made_can_be_asked_for_twice(api: Api, world: World) -> None:
    for (method, template), call in ONE_OF_EACH.items():
        if "idempotency_conflict" not in dict(described_routes())[method, template]:
            continue
        key = {"idempotency-key": "mine"}
        first, again = (ask(api, call, world, headers=key) for _ in range(2))
        assert (first.status, first.body) == (again.status, again.body)
        body = {**(filled(call.body, world) or {}), "more": 1}
        other = api.send(method, filled(call.path, world), body, headers=key)
        assert (other.status, other.code) == (409, "idempotency_conflict")


def test_no_route_and_no_refusal_is_left_out() -> None:
    """What is described is what the tests above provoke, and nothing else."""
    provoked = {(one.method, template_of(f"/api{one.path}"), one.code) for one in REFUSALS}
    missing = [
        (method, template, code)
        for (method, template), codes in described_routes()
        for code in codes - set(_provoked_everywhere(method, template))
        if (method, template, code) not in provoked
    ]
    assert missing == []
    assert {route for route, _ in described_routes()} == set(ONE_OF_EACH)


def _provoked_everywhere(method: str, template: str) -> Iterator[str]:
    yield from OF_CIRCUMSTANCE
    yield from ("unauthenticated", "forbidden_origin", "forbidden_host", "ETag")
    yield from ("precondition_failed", "idempotency_conflict")
    if method != "GET":
        yield from ("unsupported_media_type", "payload_too_large", "invalid_json")
    if "{" in template:
        yield from ("not_found", "validation_error")
    if "/queue" in template:
        yield "not_a_queue_session"


def test_a_repeated_ending_gets_the_same_answer_whatever_came_since(api: Api, world: World) -> None:
    queue, claim = f"/sessions/{world['busy']}/queue", {"claimId": world["claim"]}
    first = api.post(f"{queue}/complete", claim)
    api.post(f"{queue}/next")
    api.post(f"{queue}/complete")
    again = api.post(f"{queue}/complete", {**claim, "reason": "sent again"})
    assert (again.status, again.body) == (first.status, first.body)
    assert api.post(f"{queue}/fail", claim).code == "not_processing"

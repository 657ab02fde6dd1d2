"""Whatever the description allows, and much that it forbids: every answer is a described one."""

from typing import Any
from zlib import crc32

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from conftest import HOST
from tests.conformance.conftest import World
from tests.docs.test_openapi import FILE

schema = schemathesis.openapi.from_path(FILE)
schema.app = get_wsgi_application()
load_all_checks()
# It takes every 400 and 412 for a mistake; what is one is looked for below.
TOO_STRICT: list[Any] = list(CHECKS.get_by_names(["positive_data_acceptance"]))
# What no description says of a field, because it hangs on other fields or on what there is.
BEYOND = {"agent", "message", "metadata", "role", "status", "taskIds", "text"}
SHORT = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@schema.parametrize()
@SHORT
def test_every_answer_is_a_described_one(records: None, world: World, case: Case) -> None:
    check(case, world)


@pytest.mark.soak
@schema.parametrize()
@settings(SHORT, max_examples=400, derandomize=False)
def test_every_answer_is_a_described_one_for_long(records: None, world: World, case: Case) -> None:
    check(case, world)


def check(case: Case, world: World) -> None:
    allowed = case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
    if allowed:
        for part in ("path_parameters", "query", "body"):
            setattr(case, part, with_real_ids(getattr(case, part), world))
    response = case.call(headers={"host": HOST})
    case.validate_response(response, excluded_checks=TOO_STRICT)
    if allowed and response.status_code == 400:
        refused = response.json()
        if refused["code"] == "validation_error":
            assert {name.rpartition(".")[2] for name in refused["details"]} <= BEYOND


def with_real_ids(found: Any, world: World, name: str = "") -> Any:
    """Of three ids two name a record of the world, the same one for the same id."""
    if isinstance(found, dict):
        return {key: with_real_ids(value, world, key) for key, value in found.items()}
    if isinstance(found, list):
        return [with_real_ids(value, world, name) for value in found]
    number = crc32(repr(found).encode("utf-8", "replace"))
    names_a_record = name.endswith(("Id", "Ids", "_id")) or name == "dependencies"
    if not names_a_record or not isinstance(found, str) or number % 3 == 0:
        return found
    return sorted(world.values())[number % len(world)]

"""Documents of any shape: what would be written for one is what is written once it is taken in."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import MaestroError
from storage_app.kinds import all_kinds, kind_named
from tests.records import wipe_index

pytestmark = pytest.mark.usefixtures("index")
WORDS = st.sampled_from(["", "one", "sess_1", "running", "working", "queue", "tree", "é"])
TEXT = st.one_of(st.none(), WORDS)
MOMENT = st.one_of(st.none(), st.integers(-5, 2**53 - 1), st.floats(0, 10**12))
IDS = st.lists(st.sampled_from(["sess_1", "sess_2", "task_1"]), max_size=4)
OBJECT = st.dictionaries(WORDS, st.one_of(TEXT, MOMENT), max_size=3)
ENTRY = {"id": WORDS, "type": WORDS, "taskId": WORDS, "timestamp": MOMENT}
ENTRIES = st.lists(st.fixed_dictionaries({}, optional=ENTRY), max_size=3)
STATUSES = st.sampled_from(["idle", "working", "running", "needs-user-input", "failed"])
ITEM = st.fixed_dictionaries(
    {"taskId": st.sampled_from(["task_1", "task_2"])},
    optional={"status": st.sampled_from(["queued", "processing"]), "startedAt": MOMENT, "x": TEXT},
)
ANYTHING = st.one_of(TEXT, MOMENT, st.booleans(), IDS, OBJECT, ENTRIES, st.just(2**60))
KEYS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "project": {"name": TEXT, "workingDir": TEXT, "agent": TEXT, "updatedAt": MOMENT},
    "task": {
        "parentId": TEXT,
        "title": TEXT,
        "status": TEXT,
        "dependencies": IDS,
        "sessionIds": IDS,
        "taskSessionStatuses": st.dictionaries(st.sampled_from(["sess_1", "sess_3"]), TEXT),
        "sessionStatus": TEXT,
        "model": TEXT,
        "completedAt": MOMENT,
    },
    "session": {
        "taskIds": IDS,
        "name": TEXT,
        "status": STATUSES,
        "strategy": WORDS,
        "env": OBJECT,
        "metadata": OBJECT,
        "needsInput": OBJECT,
        "events": ENTRIES,
        "timeline": ENTRIES,
        "transitions": ENTRIES,
        "lastActivity": MOMENT,
        "startedAt": MOMENT,
    },
    "queue": {
        "items": st.lists(ITEM, max_size=3),
        "keepOpen": st.booleans(),
        "currentIndex": MOMENT,
        "updatedAt": MOMENT,
    },
}


@st.composite
def documents(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """Mostly of the right shape; sometimes one key holds anything."""
    must = {"id": "one_1", "projectId": "proj_1"}
    if kind == "queue":
        must = {"id": "que_sess_1", "sessionId": "sess_1"}
    known = draw(st.fixed_dictionaries({}, optional=KEYS[kind]))
    unknown = draw(st.dictionaries(st.sampled_from(["colour", "x-y"]), ANYTHING, max_size=2))
    names = [*KEYS[kind], *([None] * len(KEYS[kind]))]
    odd = draw(st.sampled_from(names))
    broken = {odd: draw(ANYTHING)} if odd else {}
    return {**must, **known, "createdAt": 5, **unknown, **broken}


@pytest.mark.parametrize("kind", list(KEYS))
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(values=st.data())
def test_what_would_be_written_is_what_is_written(kind: str, values: st.DataObject) -> None:
    document = values.draw(documents(kind))
    try:
        expected = kind_named(kind).as_stored(document)
    except (MaestroError, ValueError):
        expected = None
    try:
        with transaction.atomic():
            found = kind_named(kind).read(kind_named(kind).load(document))
    except (MaestroError, ValueError):
        found = None
    wipe_index()
    assert found == expected
    if expected is not None:
        assert kind_named(kind).as_stored(expected) == expected


def test_every_kind_is_tried() -> None:
    assert set(KEYS) == {kind.name for kind in all_kinds()}

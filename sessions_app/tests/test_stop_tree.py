"""Stopping a session, and with it what it spawned."""

import pytest

from access_app.actors import USER
from sessions_app.ending import stop_tree
from sessions_app.models import Session, Transition
from sessions_app.rules import Status
from tests.records import log_types, make_session, status_of, timeline_of

pytestmark = pytest.mark.usefixtures("records", "clock")


@pytest.fixture
def tree() -> dict[str, Session]:
    """root over a and b; a over c, which lives, and d, which has ended."""
    root = make_session(name="root")
    a = make_session(name="a", parent_id=root.pk)
    b = make_session(name="b", parent_id=root.pk, status=Status.SPAWNING)
    c = make_session(name="c", parent_id=a.pk, status=Status.WORKING)
    d = make_session(name="d", parent_id=a.pk)
    stop_tree(d.pk, by=USER, cascade=False)
    return {session.name: session for session in (root, a, b, c, d)}


def test_with_cascade_live_descendants_stop_deepest_first(tree: dict[str, Session]) -> None:
    stopped = stop_tree(tree["root"].pk, by=USER, cascade=True)
    names = {session.pk: name for name, session in tree.items()}
    assert [names[session_id] for session_id in stopped] == ["c", "a", "b", "root"]
    assert all(status_of(session.pk) is Status.STOPPED for session in tree.values())


def test_who_stopped_whom_is_kept(tree: dict[str, Session]) -> None:
    stop_tree(tree["root"].pk, by=USER, cascade=True)
    last = {
        name: Transition.objects.filter(session=session).last().body["by"]  # type: ignore[union-attr]
        for name, session in tree.items()
    }
    assert last == {"root": "user", "a": "cascade", "b": "cascade", "c": "cascade", "d": "user"}
    assert timeline_of(tree["c"].pk)[-1]["message"] == "Session stopped by cascade: root stopped"


def test_without_cascade_only_the_session_stops(tree: dict[str, Session]) -> None:
    assert stop_tree(tree["a"].pk, by=USER, cascade=False) == [tree["a"].pk]
    assert status_of(tree["c"].pk) is Status.WORKING


def test_a_final_session_is_not_stopped_again_and_says_nothing(tree: dict[str, Session]) -> None:
    before = log_types()
    assert stop_tree(tree["d"].pk, by=USER, cascade=True) == []
    assert log_types() == before


def test_the_reason_is_told(tree: dict[str, Session]) -> None:
    stop_tree(tree["b"].pk, by=USER, reason="Wrong task", cascade=False)
    assert timeline_of(tree["b"].pk)[-1]["message"] == "Session stopped by user: Wrong task"


def test_parents_that_form_a_circle_in_files_are_stopped_once_each() -> None:
    one = make_session(name="one")
    two = make_session(name="two", parent_id=one.pk)
    Session.objects.filter(pk=one.pk).update(
        parent_id=two.pk, metadata={"spawnedBy": two.pk, "role": "worker"}
    )
    assert sorted(stop_tree(one.pk, by=USER, cascade=True)) == sorted([one.pk, two.pk])

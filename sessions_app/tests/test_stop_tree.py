"""Stopping a session, and with it what it spawned."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from access_app.actors import USER
from conftest import START_MS
from events_app.models import LogEntry
from sessions_app import ending
from sessions_app.ending import end_session, stop_tree
from sessions_app.models import Session, Transition
from sessions_app.rules import Status
from sessions_app.services import NewSession, create_session
from tests.records import documents, log_types, make_session, status_of, timeline_of, types_of

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


def test_a_session_that_is_its_own_parent_in_a_file_can_be_stopped() -> None:
    one = make_session(name="one")
    Session.objects.filter(pk=one.pk).update(
        parent_id=one.pk, metadata={"spawnedBy": one.pk, "role": "worker"}
    )
    assert stop_tree(one.pk, by=USER, cascade=True) == [one.pk]
    assert types_of(one.pk) == ["session_started", "session_stopped"]


def family(*, wide: int, deep: int) -> list[str]:
    """A root over `wide` children, the last of which is over a chain `deep` levels long."""
    root = make_session(name="root")

    def child(parent: Session) -> Session:
        new = NewSession(project_id=root.project_id, parent_id=parent.pk)
        return create_session(new, by=USER)

    below = [child(root) for _ in range(wide)]
    for _ in range(deep):
        below.append(child(below[-1]))
    return [root.pk, *(session.pk for session in below)]


@pytest.mark.parametrize(("wide", "deep"), [(200, 0), (1, 50), (20, 20)])
def test_a_wide_or_deep_tree_stops_in_one_commit(wide: int, deep: int) -> None:
    ids = family(wide=wide, deep=deep)
    newest = LogEntry.objects.latest("seq").seq
    with commits() as made:
        stopped = stop_tree(ids[0], by=USER, cascade=True)
    assert made.count == 1
    assert sorted(stopped) == sorted(ids)
    assert stopped[-1] == ids[0]
    assert stopped[:deep] == list(reversed(ids))[:deep]
    assert set(Session.objects.values_list("status", flat=True)) == {"stopped"}
    assert set(LogEntry.objects.filter(seq__gt=newest).values_list("at", flat=True)) == {START_MS}


def test_a_tree_of_which_one_cannot_stop_goes_on_as_a_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = family(wide=5, deep=2)
    before, log = documents(), log_types()

    def all_but_the_root(session_id: str, *more: Any, **options: Any) -> Session:
        if session_id == ids[0]:
            raise ZeroDivisionError
        return end_session(session_id, *more, **options)

    monkeypatch.setattr(ending, "end_session", all_but_the_root)
    with pytest.raises(ZeroDivisionError):
        stop_tree(ids[0], by=USER, cascade=True)
    assert documents() == before
    assert log_types() == log


class Commits:
    """How often this thread's connection committed since it began to be watched."""

    def __init__(self) -> None:
        self.count = 0

    def noted(self, statement: str) -> None:
        self.count += statement == "COMMIT"


@contextmanager
def commits() -> Iterator[Commits]:
    made = Commits()
    connection.ensure_connection()
    connection.connection.set_trace_callback(made.noted)
    try:
        yield made
    finally:
        connection.connection.set_trace_callback(None)

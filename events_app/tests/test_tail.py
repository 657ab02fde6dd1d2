"""What the live end of the log begins with."""

import pytest

from events_app import tail
from storage_app.changes import change

pytestmark = pytest.mark.usefixtures("records")


def record(number: int, *, size: int) -> None:
    for place in range(number):
        with change() as changed:
            changed.record("storage:problem", {"keptAs": None, "reason": f"{place}" + "x" * size})


def test_a_server_begins_with_the_newest_of_the_log_in_order() -> None:
    record(tail.LOOK_BACK + 5, size=0)
    epoch, newest, entries = tail._start()
    seqs = [entry.seq for entry in entries]
    assert seqs == list(range(newest - len(seqs) + 1, newest + 1))
    assert len(seqs) == tail.LOOK_BACK + 5
    assert epoch


def test_it_reads_no_more_of_a_log_of_large_rows_than_it_has_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record(30, size=1000)
    monkeypatch.setattr(tail, "LOOK_BACK", 5)
    monkeypatch.setattr(tail, "RING_CHARS", 7000)
    _, newest, entries = tail._start()
    assert [entry.seq for entry in entries] == list(range(newest - 9, newest + 1))


def test_an_empty_log_begins_at_nothing() -> None:
    assert tail._start()[1:] == (0, [])

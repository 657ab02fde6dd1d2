"""The ring holds the newest entries and knows how far back it reaches."""

from events_app.log import Entry
from events_app.ring import Ring


def entries(*seqs: int, size: int = 0) -> list[Entry]:
    places = {"project_id": None, "session_id": None, "task_id": None}
    text = {"x": "x" * size}
    return [Entry(seq=seq, at=1, type="task:updated", payload=text, **places) for seq in seqs]


def seqs(found: list[Entry] | None) -> list[int] | None:
    return None if found is None else [entry.seq for entry in found]


def test_a_cursor_gets_what_comes_after_it_a_few_at_a_time() -> None:
    ring = Ring(entries=10, size_chars=10_000)
    ring.extend(entries(1, 2, 3, 4, 5))
    assert seqs(ring.after(0, 3)) == [1, 2, 3]
    assert seqs(ring.after(3, 3)) == [4, 5]
    assert seqs(ring.after(5, 3)) == []


def test_a_gap_in_the_seqs_is_no_loss() -> None:
    ring = Ring(entries=10, size_chars=10_000)
    ring.extend(entries(1, 2, 7, 9))
    assert seqs(ring.after(2, 9)) == [7, 9]
    assert seqs(ring.after(5, 9)) == [7, 9]


def test_what_is_too_much_makes_room_oldest_first() -> None:
    ring = Ring(entries=3, size_chars=10_000)
    ring.extend(entries(1, 2, 3, 4, 5))
    assert seqs(ring.after(1, 9)) is None
    assert seqs(ring.after(2, 9)) == [3, 4, 5]


def test_large_entries_make_room_sooner() -> None:
    ring = Ring(entries=100, size_chars=10_000)
    ring.extend(entries(*range(1, 51), size=1000))
    assert ring.begins_after >= 40
    assert seqs(ring.after(ring.begins_after, 100)) == list(range(ring.begins_after + 1, 51))


def test_one_entry_beyond_all_room_is_left_to_the_log() -> None:
    ring = Ring(entries=100, size_chars=100)
    ring.extend(entries(1, size=1000))
    assert ring.after(0, 9) is None
    assert ring.after(1, 9) == []


def test_it_begins_where_a_server_found_the_log() -> None:
    ring = Ring(entries=10, size_chars=10_000)
    ring.start(entries(8, 9), after=7)
    assert ring.after(6, 9) is None
    assert seqs(ring.after(7, 9)) == [8, 9]

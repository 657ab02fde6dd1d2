"""The writers' turn: who has it, and what waits until it is given up."""

import threading

import pytest

from core.sqlite import after_turn, writers_turn


def test_what_is_to_be_done_afterwards_waits_for_the_outermost_turn_to_end() -> None:
    done: list[str] = []
    with writers_turn():
        with writers_turn():
            after_turn(lambda: done.append("first"))
            after_turn(lambda: done.append("second"))
        assert done == []
    assert done == ["first", "second"]


def test_without_a_turn_it_is_done_at_once() -> None:
    done: list[str] = []
    after_turn(lambda: done.append("now"))
    assert done == ["now"]


def test_what_is_done_afterwards_may_wait_for_one_who_waits_for_the_turn() -> None:
    """As a spawn waits for its files, while the writer that holds them notes what it wrote."""
    files, holds_files = threading.Lock(), threading.Event()

    def write() -> None:
        with files:
            holds_files.set()
            with writers_turn():
                pass

    def wait_for_files() -> None:
        assert files.acquire(timeout=10)
        files.release()

    with writers_turn():
        writer = threading.Thread(target=write)
        writer.start()
        assert holds_files.wait(10)
        after_turn(wait_for_files)
    writer.join(10)
    assert not writer.is_alive()


def test_a_turn_that_ends_in_an_error_does_nothing_afterwards() -> None:
    done: list[str] = []

    def fail() -> None:
        with writers_turn():
            after_turn(lambda: done.append("never"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    after_turn(lambda: done.append("now"))
    assert done == ["now"]

"""Atomic writing, fingerprints and the lock."""

import os
from pathlib import Path

import pytest

from core.files import LockTaken, exclusive_lock, fingerprint_of, write_atomically


def test_a_written_file_is_recognised_by_its_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "a.json"
    written = write_atomically(path, b"one")
    assert path.read_bytes() == b"one"
    assert written.looks_like(path)
    assert written == fingerprint_of(path, b"one")


def test_an_edit_and_a_removal_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    written = write_atomically(path, b"one")
    os.utime(path, ns=(1, 1))
    assert not written.looks_like(path)
    path.unlink()
    assert not written.looks_like(path)


def test_a_failed_write_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new")
    assert {found.name: found.read_bytes() for found in tmp_path.iterdir()} == {"a.json": b"old"}


def test_the_lock_names_its_holder_to_the_second(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with (
        exclusive_lock(path, holder="pid 1 at 8000"),
        pytest.raises(LockTaken, match="pid 1 at 8000"),
        exclusive_lock(path, holder="pid 2"),
    ):
        raise AssertionError("two hold one lock")


def test_a_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with exclusive_lock(path, holder="first"):
        pass
    assert path.read_text() == ""
    with exclusive_lock(path, holder="second"):
        assert path.read_text() == "second"

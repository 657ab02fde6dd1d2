"""Which item is next and what a queue counts: tables of cases."""

from dataclasses import dataclass

import pytest

from queues_app.rules import counts, current_index, first_ready, is_exhausted, share_ended


@dataclass
class Item:
    task_id: str
    status: str


def items(*statuses: str) -> list[Item]:
    return [Item(f"t{place}", status) for place, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("statuses", "waits", "ready"),
    [
        ((), {}, None),
        (("queued", "queued"), {}, "t0"),
        (("completed", "queued"), {}, "t1"),
        (("queued", "queued"), {"t0": ["x"]}, "t1"),
        (("queued", "queued"), {"t0": ["x"], "t1": ["t0"]}, None),
        (("queued", "queued"), {"t0": []}, "t0"),
        (("failed", "skipped"), {}, None),
    ],
)
def test_the_first_ready_item_is_next(
    statuses: tuple[str, ...], waits: dict[str, list[str]], ready: str | None
) -> None:
    found = first_ready(items(*statuses), waits)
    assert (found and found.task_id) == ready


@pytest.mark.parametrize(
    ("statuses", "index", "exhausted", "share"),
    [
        ((), -1, True, None),
        (("queued",), -1, False, 0.0),
        (("completed", "processing"), 1, False, 0.5),
        (("completed", "failed", "skipped"), -1, True, 1.0),
    ],
)
def test_where_a_queue_stands(
    statuses: tuple[str, ...], index: int, exhausted: bool, share: float | None
) -> None:
    found = items(*statuses)
    assert (current_index(found), is_exhausted(found), share_ended(found)) == (
        index,
        exhausted,
        share,
    )


def test_counts_have_every_status() -> None:
    assert counts(items("queued", "failed", "failed")) == {
        "total": 3,
        "queued": 1,
        "processing": 0,
        "completed": 0,
        "failed": 2,
        "skipped": 0,
    }

"""Moments that files may hold, as a calendar has them."""

import pytest

from core.clock import as_datetime


@pytest.mark.parametrize(
    ("at_ms", "said"),
    [
        (0, "1970-01-01T00:00:00+00:00"),
        (-(10**15), "1970-01-01T00:00:00+00:00"),
        (1_700_000_000_123, "2023-11-14T22:13:20.123000+00:00"),
        (2**53 - 1, "9999-12-31T23:59:59+00:00"),
    ],
)
def test_a_number_that_no_calendar_has_is_the_nearest_moment(at_ms: int, said: str) -> None:
    assert as_datetime(at_ms).isoformat() == said

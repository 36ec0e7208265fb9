"""Instants and durations on the wire."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from keyvaluedb._times import Duration, from_timestamp, to_duration, to_timestamp


@pytest.mark.parametrize(
    ("duration", "seconds", "nanos"),
    [
        (1, 1, 0),
        (0.0011, 0, 2_000_000),
        (16.1, 16, 100_000_000),  # 16.1 * 1000 is more than 16100 in binary.
        (timedelta(microseconds=1), 0, 1_000_000),
        (timedelta(milliseconds=1), 0, 1_000_000),
        (timedelta(days=400, milliseconds=3), 34_560_000, 3_000_000),
        (-1.5, -1, -500_000_000),
        (timedelta(microseconds=-1), 0, 0),
    ],
)
def test_durations_are_rounded_up_to_milliseconds(
    duration: Duration, seconds: int, nanos: int
) -> None:
    made = to_duration(duration)
    assert (made.seconds, made.nanos) == (seconds, nanos)


@pytest.mark.parametrize("duration", [float("inf"), float("nan")])
def test_durations_are_finite(duration: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        to_duration(duration)


def test_instants_are_rounded_up_to_milliseconds() -> None:
    made = to_timestamp(datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC))
    assert made.nanos == 1_000_000
    before = to_timestamp(datetime(1969, 12, 31, 23, 59, 59, 999_001, tzinfo=UTC))
    assert (before.seconds, before.nanos) == (0, 0)


def test_instants_keep_their_zone() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert from_timestamp(to_timestamp(noon)) == noon
    assert from_timestamp(to_timestamp(noon)).tzinfo is UTC


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_timestamp(datetime(2026, 1, 1))  # noqa: DTZ001

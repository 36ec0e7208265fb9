"""Instants and durations of Python, and those of the wire.

The store counts in whole milliseconds: what is finer is rounded up, so that nothing ends early.
"""

import math
from datetime import UTC, datetime, timedelta

from google.protobuf import duration_pb2, timestamp_pb2

Duration = float | timedelta
"""Seconds, or a timedelta."""

MILLISECOND = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NANOS_PER_MILLISECOND = 1_000_000
MILLISECONDS_PER_SECOND = 1000


def seconds(duration: Duration) -> float:
    """Give a duration in seconds."""
    return duration.total_seconds() if isinstance(duration, timedelta) else float(duration)


def to_duration(duration: Duration) -> duration_pb2.Duration:
    """Give a duration as the wire has it, rounded up to whole milliseconds."""
    if not isinstance(duration, timedelta):
        if not math.isfinite(duration):
            raise ValueError(f"a duration must be finite, not {duration}")
        duration = timedelta(seconds=duration)
    whole, rest = divmod(_ceil_milliseconds(duration), MILLISECONDS_PER_SECOND)
    if whole < 0 and rest > 0:  # Seconds and nanoseconds of a Duration have the same sign.
        whole, rest = whole + 1, rest - MILLISECONDS_PER_SECOND
    return duration_pb2.Duration(seconds=whole, nanos=rest * NANOS_PER_MILLISECOND)


def to_timestamp(instant: datetime) -> timestamp_pb2.Timestamp:
    """Give an instant as the wire has it, rounded up to whole milliseconds."""
    if instant.tzinfo is None:
        raise ValueError("a datetime must have a time zone, such as datetime.now(UTC)")
    whole, rest = divmod(_ceil_milliseconds(instant - EPOCH), MILLISECONDS_PER_SECOND)
    return timestamp_pb2.Timestamp(seconds=whole, nanos=rest * NANOS_PER_MILLISECOND)


def from_timestamp(timestamp: timestamp_pb2.Timestamp) -> datetime:
    """Give the instant, in UTC."""
    microseconds = timestamp.seconds * 1_000_000 + timestamp.nanos // 1000
    return EPOCH + timedelta(microseconds=microseconds)


def _ceil_milliseconds(duration: timedelta) -> int:
    return -(-duration // MILLISECOND)

"""When a call is made again, and after how long."""

from datetime import timedelta

import grpc
import pytest

import keyvaluedb as kv
from keyvaluedb._retry import CONFLICTS, TRIES, Tries

UNAVAILABLE = kv.UnavailableError("gone", reason="UNREACHABLE", code=grpc.StatusCode.UNAVAILABLE)


def overloaded(retry_after: timedelta | None) -> kv.KeyValueError:
    return kv.KeyValueError(
        "full",
        reason="OVERLOADED",
        code=grpc.StatusCode.RESOURCE_EXHAUSTED,
        retry_after=retry_after,
    )


def test_waits_double_from_50_ms_to_2_s() -> None:
    whole = [TRIES.wait(failures, 1) for failures in range(1, 9)]
    assert whole == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0])
    assert TRIES.wait(10_000, 1) == 2.0


def test_waits_are_a_random_half_to_the_whole() -> None:
    assert TRIES.wait(1, 0) == pytest.approx(0.025)
    assert TRIES.wait(1, 0.5) == pytest.approx(0.0375)


def test_conflicts_wait_up_to_10_ms_doubled_to_640_ms() -> None:
    assert CONFLICTS.wait(1, 0) == 0
    assert CONFLICTS.wait(1, 1) == pytest.approx(0.01)
    assert CONFLICTS.wait(7, 1) == pytest.approx(0.64)
    assert CONFLICTS.wait(10, 1) == pytest.approx(0.64)


def test_the_server_says_how_long() -> None:
    tries = Tries(10, retries=True, now=lambda: 0, draw=lambda: 1)
    assert tries.wait_after(overloaded(timedelta(milliseconds=700))) == 0.7


@pytest.mark.parametrize(
    "error",
    [
        overloaded(None),
        kv.DeadlineExceededError(
            "late", reason="DEADLINE_EXCEEDED", code=grpc.StatusCode.DEADLINE_EXCEEDED
        ),
        kv.KeyValueError("other", reason="OTHER", code=grpc.StatusCode.INTERNAL),
    ],
)
def test_nothing_else_is_made_again(error: kv.KeyValueError) -> None:
    with pytest.raises(kv.KeyValueError) as raised:
        Tries(10, retries=True).wait_after(error)
    assert raised.value is error


def test_the_last_error_is_raised_where_the_next_try_would_be_late() -> None:
    clock = [0.0]
    tries = Tries(0.3, retries=True, now=lambda: clock[0], draw=lambda: 1)
    assert tries.remaining() == pytest.approx(0.3)
    for expected in (0.05, 0.1):
        wait = tries.wait_after(UNAVAILABLE)
        assert wait == pytest.approx(expected)
        clock[0] += wait
    assert tries.remaining() == pytest.approx(0.15)
    with pytest.raises(kv.UnavailableError):
        tries.wait_after(UNAVAILABLE)


def test_without_retries_there_is_one_try() -> None:
    with pytest.raises(kv.UnavailableError):
        Tries(10, retries=False).wait_after(UNAVAILABLE)


def test_without_a_deadline_it_goes_on() -> None:
    tries = Tries(float("inf"), retries=True)
    assert tries.remaining() is None
    assert all(tries.wait_after(UNAVAILABLE) <= 2 for _ in range(100))

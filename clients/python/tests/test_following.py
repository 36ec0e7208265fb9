"""Where a watch goes on after it was cut."""

from datetime import timedelta
from typing import Any

import grpc
import pytest

import keyvaluedb as kv
from keyvaluedb._following import Follower, follow_changes

SLOW = kv.KeyValueError(
    "slow",
    reason="SLOW_FOLLOWER",
    code=grpc.StatusCode.RESOURCE_EXHAUSTED,
    metadata={"resume_token": "theirs"},
)
GONE = kv.UnavailableError("gone", reason="UNREACHABLE", code=grpc.StatusCode.UNAVAILABLE)


def told(token: str, *, synced: bool = False) -> kv.WatchMessage:
    return kv.WatchMessage((), token, None, synced=synced, restarted=False)


def follow(start: kv.StartPosition) -> Follower[kv.WatchMessage]:
    return follow_changes((), start, (), None, include_previous=False)


def start_of(follower: Follower[Any]) -> str:
    request: Any = follower.call().request
    position = request.start.WhichOneof("position")
    return f"{position} {getattr(request.start, position)}"


def test_it_goes_on_from_the_last_token_that_it_gave_out() -> None:
    follower = follow(kv.FromRevision(5))
    assert start_of(follower) == "revision 5"
    follower.take(told("one"))
    follower.take(told("two"))
    for error in (GONE, SLOW, None):
        follower.wait_after(error)
        assert start_of(follower) == "resume_token two"


def test_it_goes_on_from_the_token_of_the_error_where_it_gave_out_none() -> None:
    follower = follow(kv.NOW)
    follower.wait_after(GONE)
    assert start_of(follower) == "now True"
    follower.wait_after(SLOW)
    assert start_of(follower) == "resume_token theirs"


def test_a_current_state_that_was_not_whole_begins_again_and_says_so() -> None:
    follower = follow(kv.CURRENT_STATE)
    assert not follower.take(told("half")).restarted
    follower.wait_after(SLOW)
    assert start_of(follower) == "current_state True"
    assert follower.take(told("again")).restarted
    assert not follower.take(told("more")).restarted
    assert not follower.take(told("whole", synced=True)).restarted
    follower.wait_after(GONE)
    assert start_of(follower) == "resume_token whole"
    assert not follower.take(told("after")).restarted


def test_a_current_state_of_which_nothing_was_told_does_not_say_so() -> None:
    follower = follow(kv.CURRENT_STATE)
    follower.wait_after(GONE)
    assert not follower.take(told("first")).restarted


def test_waits_grow_until_something_is_told() -> None:
    follower = Follower(follow(kv.NOW)._begin, kv.NOW, draw=lambda: 1)
    assert [follower.wait_after(GONE) for _ in range(3)] == pytest.approx([0.05, 0.1, 0.2])
    follower.take(told("one"))
    assert follower.wait_after(None) == pytest.approx(0.05)


def test_the_server_says_how_long() -> None:
    error = kv.KeyValueError(
        "full",
        reason="OVERLOADED",
        code=grpc.StatusCode.RESOURCE_EXHAUSTED,
        retry_after=timedelta(seconds=3),
    )
    assert follow(kv.NOW).wait_after(error) == 3


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("REVISION_COMPACTED", grpc.StatusCode.OUT_OF_RANGE),
        ("HISTORY_CHANGED", grpc.StatusCode.FAILED_PRECONDITION),
        ("INVALID_FIELD", grpc.StatusCode.INVALID_ARGUMENT),
        ("OTHER", grpc.StatusCode.INTERNAL),
    ],
)
def test_it_ends_with_what_cannot_be_mended(reason: str, code: grpc.StatusCode) -> None:
    error = kv.KeyValueError("no", reason=reason, code=code)
    with pytest.raises(kv.KeyValueError) as raised:
        follow(kv.NOW).wait_after(error)
    assert raised.value is error

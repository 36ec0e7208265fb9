"""When a call is made again, and after how long. Pure: whoever performs the call also waits.

Every write has a request id, so every call of one request can be made again: after UNAVAILABLE, and
after RESOURCE_EXHAUSTED if the server said after how long. It goes on until the call's deadline.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import grpc

from keyvaluedb._errors import KeyValueError

DOUBLINGS_MAX = 16


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double, each a random part of the whole. In seconds."""

    first: float
    most: float
    least_part: float
    """How much of the whole a wait has at the least, from 0 to 1."""

    def wait(self, failures: int, draw: float) -> float:
        """Give the wait after so many failures, 1 or more; `draw` is random, from 0 to 1."""
        whole = min(self.first * 2.0 ** min(failures - 1, DOUBLINGS_MAX), self.most)
        return whole * (self.least_part + (1 - self.least_part) * draw)


TRIES = Backoff(first=0.05, most=2.0, least_part=0.5)
"""Between the tries of a call, and the connections of a watch."""

CONFLICTS = Backoff(first=0.01, most=0.64, least_part=0.0)
"""Between the attempts of a transaction."""


def is_retryable(error: KeyValueError) -> bool:
    """Tell whether the same call may succeed later."""
    if error.code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return error.retry_after is not None
    return error.code is grpc.StatusCode.UNAVAILABLE


def wait_for(error: KeyValueError | None, failures: int, draw: float) -> float:
    """Give the seconds to wait: as the server said, else as so many failures make it."""
    if error is not None and error.retry_after:
        return error.retry_after.total_seconds()
    return TRIES.wait(failures, draw)


class Tries:
    """The tries of one call: how long the next one may take, and whether there is one."""

    def __init__(
        self,
        timeout: float,
        *,
        retries: bool,
        now: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._now = now
        self._draw = draw
        self._retries = retries
        self._deadline = now() + timeout
        self._failures = 0

    def remaining(self) -> float | None:
        """Give the seconds until the deadline; None: there is none."""
        if self._deadline == float("inf"):
            return None
        return max(self._deadline - self._now(), 0)

    def wait_after(self, error: KeyValueError) -> float:
        """Give the seconds to wait for the next try, or raise the error: there is none."""
        if not self._retries or not is_retryable(error):
            raise error
        self._failures += 1
        wait = wait_for(error, self._failures, self._draw())
        if self._now() + wait >= self._deadline:
            raise error
        return wait

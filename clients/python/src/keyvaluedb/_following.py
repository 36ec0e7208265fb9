"""Where a watch is, and how it goes on: everything of a watch that is no I/O.

    begins at a start ──► is told messages, each with a token ──► is cut
                                      ▲                              │
                                      └── goes on from its last token ┘

One that began with the current state and was not synced has no place to go on from: it begins
again, and its next message says so.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, TypeVar

from keyvaluedb._calls import Call, make
from keyvaluedb._entries import (
    EventKind,
    ExpirationMessage,
    WatchMessage,
    read_event,
    read_expiration,
    read_progress,
    to_event_kind,
)
from keyvaluedb._errors import KeyValueError
from keyvaluedb._ranges import (
    CurrentState,
    KeyRange,
    ResumeToken,
    StartPosition,
    to_range,
    to_start,
)
from keyvaluedb._retry import is_retryable, wait_for
from keyvaluedb._times import Duration, to_duration
from keyvaluedb.v1 import key_value_service_pb2 as pb

Message = TypeVar("Message", bound=WatchMessage | ExpirationMessage)

MENDED = frozenset({"SLOW_FOLLOWER", "OVERLOADED"})


class Follower(Generic[Message]):
    """The state of one watch."""

    def __init__(
        self,
        begin: Callable[[StartPosition], Call[Message]],
        start: StartPosition,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._begin = begin
        self._start = start
        self._draw = draw
        self._has_told = False
        self._is_restarting = False
        self._failures = 0

    def call(self) -> Call[Message]:
        """Give the call that goes on from where the watch is."""
        return self._begin(self._start)

    def take(self, message: Message) -> Message:
        """Note a message that is given out now, and give it as it is told."""
        self._failures = 0
        self._has_told = True
        if isinstance(message, WatchMessage):
            if not isinstance(self._start, CurrentState) or message.synced:
                self._start = ResumeToken(message.resume_token)
            if self._is_restarting:
                self._is_restarting = False
                return replace(message, restarted=True)
        else:
            self._start = ResumeToken(message.resume_token)
        return message

    def wait_after(self, error: KeyValueError | None) -> float:
        """Give the seconds to wait before connecting again, or raise what cannot be mended.

        None stands for a stream that ended.
        """
        if error is not None and not is_retryable(error) and error.reason not in MENDED:
            raise error
        self._failures += 1
        if isinstance(self._start, CurrentState):
            self._is_restarting = self._has_told
        elif not self._has_told and error is not None and "resume_token" in error.metadata:
            # What was never told has no token of ours. Otherwise ours is the one to trust: what the
            # server sent after it may not have come.
            self._start = ResumeToken(error.metadata["resume_token"])
        return wait_for(error, self._failures, self._draw())


def follow_changes(
    ranges: tuple[KeyRange, ...],
    start: StartPosition,
    kinds: tuple[EventKind, ...],
    progress_interval: Duration | None,
    *,
    include_previous: bool,
) -> Follower[WatchMessage]:
    """Follow the changes of some ranges."""

    def begin(position: StartPosition) -> Call[WatchMessage]:
        return make(
            "Watch",
            lambda: pb.WatchRequest(
                ranges=[to_range(keys) for keys in ranges],
                start=to_start(position),
                kinds=[to_event_kind(kind) for kind in kinds],
                include_previous=include_previous,
                progress_interval=_interval(progress_interval),
            ),
            _read_changes,
        )

    begin(start)  # What cannot be sent is refused now, not at the first message.
    return Follower(begin, start)


def follow_expirations(
    keys: KeyRange,
    start: StartPosition,
    progress_interval: Duration | None,
    *,
    include_value: bool,
) -> Follower[ExpirationMessage]:
    """Follow the expirations of a range."""

    def begin(position: StartPosition) -> Call[ExpirationMessage]:
        return make(
            "WatchExpirations",
            lambda: pb.WatchExpirationsRequest(
                range=to_range(keys),
                start=to_start(position),
                include_value=include_value,
                progress_interval=_interval(progress_interval),
            ),
            _read_expirations,
        )

    begin(start)
    return Follower(begin, start)


def _interval(interval: Duration | None) -> Any:  # noqa: ANN401
    return None if interval is None else to_duration(interval)


def _read_changes(reply: pb.WatchResponse) -> WatchMessage:
    return WatchMessage(
        events=tuple(read_event(event) for event in reply.events),
        resume_token=reply.resume_token,
        progress=read_progress(reply.progress) if reply.HasField("progress") else None,
        synced=reply.synced,
        restarted=False,
    )


def _read_expirations(reply: pb.WatchExpirationsResponse) -> ExpirationMessage:
    return ExpirationMessage(
        expirations=tuple(read_expiration(told) for told in reply.expirations),
        resume_token=reply.resume_token,
        progress=read_progress(reply.progress) if reply.HasField("progress") else None,
    )

# Made from aio/_streams.py by tools/unasync.py. DO NOT EDIT.
"""The streams that a client gives: the entries of a scan, and the messages of a watch.

They read at the pace of whoever takes from them, so that the flow control of HTTP/2 reaches the
server.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Generic, Self

from keyvaluedb._call_options import CallOptions
from keyvaluedb._calls import Call
from keyvaluedb._entries import Entry
from keyvaluedb._errors import KeyValueError
from keyvaluedb._following import Follower, Message
from keyvaluedb._retry import Tries
from keyvaluedb._sync._transport import Connection, Transport
from keyvaluedb._times import seconds

__all__ = ["EntryStream", "Watch"]


class EntryStream(Iterator[Entry[bytes]]):
    """The entries of a scan, all of one revision, in the store's order.

    It opens with the first entry that is taken. Use it in a `with`, or close it, where not all of
    it is taken.
    """

    def __init__(
        self,
        transport: Transport,
        asked: Call[Sequence[Entry[bytes]]],
        call: CallOptions,
    ) -> None:
        self._transport = transport
        self._asked = asked
        self._call = call
        self._connection: Connection[Sequence[Entry[bytes]]] | None = None
        self._entries: deque[Entry[bytes]] = deque()
        self._closing = transport.closing.child()

    def __next__(self) -> Entry[bytes]:
        while not self._entries:
            if self._closing.is_set():
                self._transport.check_open()
                raise StopIteration
            message = self._read()
            if message is None:
                self.close()
                raise StopIteration
            self._entries.extend(message)
        return self._entries.popleft()

    def close(self) -> None:
        """End the scan. What was not taken is dropped."""
        self._closing.set()
        self._entries.clear()
        if self._connection is not None:
            self._connection.cancel()

    def _read(self) -> Sequence[Entry[bytes]] | None:
        if self._connection is None:
            return self._open()
        try:
            return self._connection.read()
        except KeyValueError as error:
            raise self._end(error) from error.__cause__

    def _open(self) -> Sequence[Entry[bytes]] | None:
        """Give the first message, which comes at once. Until then nothing is lost by a new try."""
        timeout = self._call.get("timeout")
        whole = None if timeout is None else seconds(timeout)
        tries = self._transport.options.tries(self._call)
        while True:
            remaining = tries.remaining()
            self._connection = self._transport.stream(
                self._asked, None if whole is None else remaining
            )
            try:
                return self._connection.read_within(remaining)
            except KeyValueError as problem:
                error = problem
            self._connection.cancel()
            try:
                wait = tries.wait_after(error)
            except KeyValueError:
                raise self._end(error) from error.__cause__
            self._closing.wait(wait)
            self._transport.check_open()

    def _end(self, error: KeyValueError) -> KeyValueError:
        self._closing.set()
        return self._transport.blame(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Watch(Iterator[Message], Generic[Message]):
    """The messages of a watch, without an end: it connects again by itself.

    It ends when it is closed, and with an error that cannot be mended. It connects with the first
    message that is taken; a `now` that it begins at is then.
    """

    def __init__(self, transport: Transport, follower: Follower[Message], timeout: float) -> None:
        self._transport = transport
        self._tries = Tries(timeout, retries=True)
        self._follower = follower
        self._connection: Connection[Message] | None = None
        self._closing = transport.closing.child()

    def __next__(self) -> Message:
        while not self._closing.is_set():
            error: KeyValueError | None = None
            try:
                message = self._read()
                if message is not None:
                    return self._follower.take(message)
            except KeyValueError as problem:
                error = problem
            if self._closing.is_set():
                break
            self._closing.wait(self._wait_after(error))
        self._transport.check_open()
        raise StopIteration

    def close(self) -> None:
        """End the watch. A read under way ends, too."""
        self._closing.set()
        if self._connection is not None:
            self._connection.cancel()

    def _read(self) -> Message | None:
        if self._connection is None:
            self._connection = self._transport.stream(
                self._follower.call(), self._tries.remaining()
            )
        message: Message | None = None
        try:
            message = self._connection.read()
        finally:
            # A connection that gave no message is done with, also when it was the reader that was
            # interrupted: the next read goes on from the last token.
            if message is None:
                self._connection.cancel()
                self._connection = None
        return message

    def _wait_after(self, error: KeyValueError | None) -> float:
        try:
            return self._follower.wait_after(error)
        except KeyValueError:
            self._closing.set()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

"""The I/O of the asyncio client: one channel, calls and streams on it, and waits that closing ends.

Beside its counterpart in `_sync` this is the only module that is written for asyncio alone. All
that stands above it is written once, here; `tools/unasync.py` makes the synchronous one of it.
"""

import asyncio
import weakref
from typing import Any, Generic, TypeVar

import grpc
import grpc.aio

from keyvaluedb._call_options import CallOptions
from keyvaluedb._calls import Call
from keyvaluedb._errors import KeyValueError, closed, deadline_exceeded, from_rpc
from keyvaluedb._options import Options
from keyvaluedb.v1.admin_service_pb2_grpc import AdminServiceStub
from keyvaluedb.v1.key_value_service_pb2_grpc import KeyValueServiceStub

Result = TypeVar("Result")
Message = TypeVar("Message")


class Closing:
    """Whether something is closed, to be waited for. What hangs on it is closed with it."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._children: weakref.WeakSet[Closing] = weakref.WeakSet()

    def child(self) -> "Closing":
        """Make one that is closed with this one."""
        child = Closing()
        self._children.add(child)
        if self.is_set():
            child.set()
        return child

    def is_set(self) -> bool:
        """Tell whether it is closed."""
        return self._event.is_set()

    def set(self) -> None:
        """Close it."""
        self._event.set()
        for child in list(self._children):
            child.set()

    async def wait(self, seconds: float) -> None:
        """Wait for so long, or until it is closed."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return


class Connection(Generic[Message]):
    """One stream from the server."""

    def __init__(self, call: grpc.aio.UnaryStreamCall[Any, Any], asked: Call[Message]) -> None:
        self._call = call
        self._read = asked.read

    async def read(self) -> Message | None:
        """Wait for the next message; None: the stream has ended."""
        try:
            message = await self._call.read()
        except grpc.RpcError as failure:
            raise from_rpc(failure) from failure
        except asyncio.CancelledError:
            if is_task_cancelled():
                raise
            raise KeyValueError(
                "the stream was cancelled", reason="CANCELLED", code=grpc.StatusCode.CANCELLED
            ) from None
        return None if message is grpc.aio.EOF else self._read(message)

    async def read_within(self, seconds: float | None) -> Message | None:
        """Wait for the next message, but not for longer."""
        try:
            async with asyncio.timeout(seconds):
                return await self.read()
        except TimeoutError as late:
            if isinstance(late, KeyValueError):
                raise
            raise deadline_exceeded() from None

    def cancel(self) -> None:
        """End the stream."""
        self._call.cancel()


class Transport:
    """The channel, made when it is first needed: it belongs to the loop that runs then."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.closing = Closing()
        self._credentials = options.credentials()
        self._channel: grpc.aio.Channel | None = None
        self._stubs: tuple[Any, ...] = ()
        self._calls: weakref.WeakSet[Any] = weakref.WeakSet()

    async def unary(self, asked: Call[Result], call: CallOptions) -> Result:
        """Make a call, again and again as the contract says, and give what it answers."""
        tries = self.options.tries(call)
        while True:
            made = self._call(asked, tries.remaining())
            try:
                return asked.read(await made)
            except grpc.RpcError as failure:
                error = self.blame(from_rpc(failure))
                error.__cause__ = failure
            except asyncio.CancelledError:
                # gRPC ends the calls of a channel that is closed as if their task was cancelled.
                if is_task_cancelled():
                    raise
                raise closed() from None
            await self.closing.wait(tries.wait_after(error))

    def stream(self, asked: Call[Message], timeout: float | None) -> Connection[Message]:
        """Open a stream."""
        return Connection(self._call(asked, timeout), asked)

    def blame(self, error: KeyValueError) -> KeyValueError:
        """Give the error, or that of a client that was closed meanwhile."""
        return closed() if self.closing.is_set() else error

    def check_open(self) -> None:
        """Raise CLOSED after `close`."""
        if self.closing.is_set():
            raise closed()

    async def close(self) -> None:
        """End every call and stream, and the connection."""
        self.closing.set()
        # A channel that is closed does not find every call that is under way: not in grpcio 1.74.
        for made in list(self._calls):
            made.cancel()
        if self._channel is not None:
            await self._channel.close()

    def _call(self, asked: Call[Any], timeout: float | None) -> Any:  # noqa: ANN401
        self.check_open()
        made = self._method(asked)(asked.request, timeout=timeout)
        self._calls.add(made)
        return made

    def _method(self, asked: Call[Any]) -> Any:  # noqa: ANN401
        if self._channel is None:
            self._channel = self._open()
            self._stubs = (KeyValueServiceStub(self._channel), AdminServiceStub(self._channel))
        for stub in self._stubs:
            method = getattr(stub, asked.method, None)
            if method is not None:
                return method
        raise ValueError(f"there is no call {asked.method}")

    def _open(self) -> grpc.aio.Channel:
        address, arguments = self.options.address, self.options.channel_arguments()
        if self._credentials is None:
            return grpc.aio.insecure_channel(address, arguments)
        return grpc.aio.secure_channel(address, self._credentials, arguments)


def is_task_cancelled() -> bool:
    """Tell whether it is the task that runs that was cancelled, and not a call of ours."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0

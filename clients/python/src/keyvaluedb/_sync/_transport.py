"""The I/O of the synchronous client: a channel, calls and streams on it, and waits.

What waits is ended by closing.

Beside its counterpart in `aio` this is the only module that is written for threads alone.
"""

import threading
import weakref
from typing import Any, Generic, TypeVar

import grpc

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
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._children: weakref.WeakSet[Closing] = weakref.WeakSet()

    def child(self) -> "Closing":
        """Make one that is closed with this one."""
        child = Closing()
        with self._lock:
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
        with self._lock:
            children = list(self._children)
        for child in children:
            child.set()

    def wait(self, seconds: float) -> None:
        """Wait for so long, or until it is closed."""
        self._event.wait(seconds)


class Connection(Generic[Message]):
    """One stream from the server."""

    def __init__(self, call: Any, asked: Call[Message]) -> None:  # noqa: ANN401
        self._call = call
        self._read = asked.read

    def read(self) -> Message | None:
        """Wait for the next message; None: the stream has ended."""
        try:
            return self._read(next(self._call))
        except StopIteration:
            return None
        except grpc.RpcError as failure:
            raise from_rpc(failure) from failure

    def read_within(self, seconds: float | None) -> Message | None:
        """Wait for the next message, but not for longer."""
        if seconds is None:
            return self.read()
        is_late = threading.Event()

        def give_up() -> None:
            is_late.set()
            self.cancel()

        timer = threading.Timer(seconds, give_up)
        timer.daemon = True
        timer.start()
        try:
            return self.read()
        except KeyValueError as error:
            if is_late.is_set() and error.reason == "CANCELLED":
                raise deadline_exceeded() from None
            raise
        finally:
            timer.cancel()

    def cancel(self) -> None:
        """End the stream."""
        self._call.cancel()


class Transport:
    """The channel. It connects when it is first needed."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.closing = Closing()
        self._channel = self._open()
        self._stubs: tuple[Any, ...] = (
            KeyValueServiceStub(self._channel),
            AdminServiceStub(self._channel),
        )

    def unary(self, asked: Call[Result], call: CallOptions) -> Result:
        """Make a call, again and again as the contract says, and give what it answers."""
        tries = self.options.tries(call)
        while True:
            method = self._method(asked)
            try:
                return asked.read(method(asked.request, timeout=tries.remaining()))
            except grpc.RpcError as failure:
                error = self.blame(from_rpc(failure))
                error.__cause__ = failure
            except ValueError:
                # So a channel refuses a call that came while it was being closed.
                self.check_open()
                raise
            self.closing.wait(tries.wait_after(error))

    def stream(self, asked: Call[Message], timeout: float | None) -> Connection[Message]:
        """Open a stream."""
        try:
            return Connection(self._method(asked)(asked.request, timeout=timeout), asked)
        except ValueError:
            self.check_open()
            raise

    def blame(self, error: KeyValueError) -> KeyValueError:
        """Give the error, or that of a client that was closed meanwhile."""
        return closed() if self.closing.is_set() else error

    def check_open(self) -> None:
        """Raise CLOSED after `close`."""
        if self.closing.is_set():
            raise closed()

    def close(self) -> None:
        """End every call and stream, and the connection."""
        self.closing.set()
        self._channel.close()

    def _method(self, asked: Call[Any]) -> Any:  # noqa: ANN401
        self.check_open()
        for stub in self._stubs:
            method = getattr(stub, asked.method, None)
            if method is not None:
                return method
        raise ValueError(f"there is no call {asked.method}")

    def _open(self) -> grpc.Channel:
        address, arguments = self.options.address, self.options.channel_arguments()
        credentials = self.options.credentials()
        if credentials is None:
            return grpc.insecure_channel(address, arguments)
        return grpc.secure_channel(address, credentials, arguments)

# Made from aio/_client.py by tools/unasync.py. DO NOT EDIT.
"""The client: what is asked of it, and how it is opened and closed."""

from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

from keyvaluedb._call_options import CallOptions
from keyvaluedb._codecs import BYTES, Codec, codec_for, decode_entry, encode_value
from keyvaluedb._entries import Entry
from keyvaluedb._operations import SetOptions
from keyvaluedb._options import DEFAULT_ADDRESS, Options, Tls
from keyvaluedb._results import SetResult
from keyvaluedb._sync._admin import Admin
from keyvaluedb._sync._transaction import Transactions
from keyvaluedb._sync._transport import Transport
from keyvaluedb._sync._views import View
from keyvaluedb._times import Duration

Value = TypeVar("Value")


class Client(Transactions, Admin):
    """A client of one server. It connects when it is first used, and again whenever it must.

    address: `host:port`.
    timeout: the deadline of each call with all its tries, in seconds or as a timedelta.
    retries: whether calls are made again after UNAVAILABLE, and after RESOURCE_EXHAUSTED if the
        server says after how long.
    keepalive: a ping after so long without traffic, so that a dead connection is noticed.
    keepalive_timeout: how long its answer may take.
    tls: True, or a Tls with options, towards what ends TLS in front of the server.
    codec: what `get_value` and `set_value` use unless they are told.
    transaction_attempts: how often the function of a transaction is called at the most.
    """

    def __init__(
        self,
        address: str = DEFAULT_ADDRESS,
        *,
        timeout: Duration = 10,
        retries: bool = True,
        keepalive: Duration = 30,
        keepalive_timeout: Duration = 10,
        tls: Tls | bool | None = None,
        codec: Codec[Any] | None = None,
        transaction_attempts: int = 10,
    ) -> None:
        self._transport = Transport(
            Options.of(
                address,
                timeout=timeout,
                retries=retries,
                keepalive=keepalive,
                keepalive_timeout=keepalive_timeout,
                tls=tls,
                codec=codec,
                transaction_attempts=transaction_attempts,
            )
        )

    def view(self, codec: Codec[Value]) -> View[Value]:
        """Give a view that reads and writes values of one type."""
        return View(self, codec)

    def get_value(
        self, key: str, codec: Codec[Any] | None = None, **call: Unpack[CallOptions]
    ) -> Entry[Any] | None:
        """Read a key with a codec; without one, with the client's, or the content type's."""
        entry = self.get(key, **call)
        if entry is None:
            return None
        used = codec or self._transport.options.codec or codec_for(entry.content_type)
        return decode_entry(used, entry)

    def set_value(
        self,
        key: str,
        value: Any,  # noqa: ANN401
        codec: Codec[Any] | None = None,
        **options: Unpack[SetOptions],
    ) -> SetResult:
        """Set a key with a codec; without one, with the client's, or as bytes."""
        used = codec or self._transport.options.codec or BYTES
        data = encode_value(used, value)
        return self.set(key, data, content_type=used.content_type, **options)

    def close(self) -> None:
        """End what is under way, and the connection. Later calls raise ClosedError."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

"""A view of a client through a codec: values of one type instead of bytes."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Generic, TypeVar, Unpack

from keyvaluedb._call_options import CallOptions
from keyvaluedb._codecs import Codec, decode_entry, encode_value
from keyvaluedb._entries import Entry
from keyvaluedb._operations import SetOptions
from keyvaluedb._ranges import EVERYTHING, KeyRange
from keyvaluedb._results import SetResult

if TYPE_CHECKING:
    from keyvaluedb.aio._client import Client

Value = TypeVar("Value")


class View(Generic[Value]):
    """Reads and writes values of one type. It shares the connection of its client."""

    def __init__(self, client: "Client", codec: Codec[Value]) -> None:
        self._client = client
        self._codec = codec

    async def get(
        self, key: str, *, revision: int = 0, **call: Unpack[CallOptions]
    ) -> Entry[Value] | None:
        """Read a key. Raises CodecError (DECODE_FAILED) where its value is of another kind."""
        entry = await self._client.get(key, revision=revision, **call)
        return None if entry is None else self.decode(entry)

    async def set(self, key: str, value: Value, **options: Unpack[SetOptions]) -> SetResult:
        """Set a key. The options are those of the client's `set`."""
        data = encode_value(self._codec, value)
        return await self._client.set(key, data, content_type=self._codec.content_type, **options)

    async def scan(
        self,
        keys: KeyRange = EVERYTHING,
        *,
        filter: str = "",  # noqa: A002
        descending: bool = False,
        limit: int = 0,
        **call: Unpack[CallOptions],
    ) -> AsyncIterator[Entry[Value]]:
        """Read every entry of a range as it was at one revision."""
        async with self._client.scan(
            keys, filter=filter, descending=descending, limit=limit, **call
        ) as entries:
            async for entry in entries:
                yield self.decode(entry)

    async def list_versions(
        self, key: str, **call: Unpack[CallOptions]
    ) -> AsyncIterator[Entry[Value]]:
        """List the versions of a key that are kept, newest first."""
        async for entry in self._client.list_versions(key, **call):
            yield self.decode(entry)

    def decode(self, entry: Entry[bytes]) -> Entry[Value]:
        """Read an entry that came otherwise, such as one of an event."""
        return decode_entry(self._codec, entry)

"""The calls that read keys, list them and follow what happens to them."""

from collections.abc import AsyncIterator, Sequence
from math import inf
from typing import Unpack

from keyvaluedb import _calls as calls
from keyvaluedb._call_options import CallOptions
from keyvaluedb._entries import Entry, EventKind, ExpirationMessage, WatchMessage
from keyvaluedb._following import follow_changes, follow_expirations
from keyvaluedb._operations import Get
from keyvaluedb._ranges import EVERYTHING, NOW, KeyRange, StartPosition
from keyvaluedb._times import Duration, seconds
from keyvaluedb.aio._streams import EntryStream, Watch
from keyvaluedb.aio._transport import Transport


class Reads:
    """What a client reads with."""

    _transport: Transport

    async def get(
        self, key: str, *, revision: int = 0, **call: Unpack[CallOptions]
    ) -> Entry[bytes] | None:
        """Read a key, as it is or as it was at a revision. None: there is no such key."""
        return await self._transport.unary(calls.get(Get(key, revision=revision)), call)

    async def list_keys(
        self,
        keys: KeyRange = EVERYTHING,
        *,
        descending: bool = False,
        page_size: int = 0,
        **call: Unpack[CallOptions],
    ) -> AsyncIterator[str]:
        """List the keys of a range in the store's order, page after page, each a call of its own.

        Each page is consistent at its own revision; `scan` reads everything at one.
        """
        token = ""
        while True:
            asked = calls.list_keys(keys, page_size, token, descending=descending)
            page = await self._transport.unary(asked, call)
            for key in page.items:
                yield key
            token = page.next_token
            if not token:
                return

    async def count_keys(self, keys: KeyRange = EVERYTHING, **call: Unpack[CallOptions]) -> int:
        """Count the keys of a range."""
        return await self._transport.unary(calls.count_keys(keys), call)

    async def list_versions(
        self, key: str, *, page_size: int = 0, **call: Unpack[CallOptions]
    ) -> AsyncIterator[Entry[bytes]]:
        """List the versions of a key that are kept, newest first, page after page."""
        token = ""
        while True:
            page = await self._transport.unary(calls.list_versions(key, page_size, token), call)
            for entry in page.items:
                yield entry
            token = page.next_token
            if not token:
                return

    def scan(
        self,
        keys: KeyRange = EVERYTHING,
        *,
        include_values: bool = True,
        filter: str = "",  # noqa: A002 - It is the schema's name.
        descending: bool = False,
        limit: int = 0,
        **call: Unpack[CallOptions],
    ) -> EntryStream:
        """Read every entry of a range as it was at one revision, in the store's order.

        `filter` is an expression in CEL, such as `json.size > 100`. Without values, the update
        time and the content type are left out, too. A timeout that is given is for all of it; the
        client's own is for the first answer only.
        """
        asked = calls.scan(
            keys, limit, filter, include_values=include_values, descending=descending
        )
        return EntryStream(self._transport, asked, call)

    def watch(
        self,
        *ranges: KeyRange,
        start: StartPosition = NOW,
        kinds: Sequence[EventKind] = (),
        include_previous: bool = False,
        progress_interval: Duration | None = None,
        timeout: Duration = inf,
    ) -> Watch[WatchMessage]:
        """Tell every change in some ranges, or everywhere, in order, once it is durable.

        Without kinds, all kinds are told. A message without events is a mark of progress: it comes
        when nothing happened for `progress_interval` (10 s by default).
        """
        return Watch(
            self._transport,
            follow_changes(
                ranges,
                start,
                tuple(kinds),
                progress_interval,
                include_previous=include_previous,
            ),
            seconds(timeout),
        )

    def watch_expirations(
        self,
        keys: KeyRange = EVERYTHING,
        *,
        start: StartPosition = NOW,
        include_value: bool = False,
        progress_interval: Duration | None = None,
        timeout: Duration = inf,
    ) -> Watch[ExpirationMessage]:
        """Tell every expiration in a range, in order, once it is durable, at least once."""
        return Watch(
            self._transport,
            follow_expirations(keys, start, progress_interval, include_value=include_value),
            seconds(timeout),
        )

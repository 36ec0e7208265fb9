# Made from aio/_transaction.py by tools/unasync.py. DO NOT EDIT.
"""The transaction that a function gets: it reads at once, and writes when the function returns."""

import random
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, Unpack

from keyvaluedb import _operations as ops
from keyvaluedb._call_options import CallOptions
from keyvaluedb._codecs import Codec, encode_value
from keyvaluedb._draft import Draft, conflict
from keyvaluedb._entries import Entry
from keyvaluedb._retry import CONFLICTS
from keyvaluedb._sync._reads import Reads
from keyvaluedb._sync._writes import Writes
from keyvaluedb._times import Duration

Result = TypeVar("Result")


class Transaction:
    """One attempt of a transaction. It is of no use after its function has returned."""

    def __init__(self, client: Reads, draft: Draft, call: CallOptions) -> None:
        self._client = client
        self._draft = draft
        self._call = call

    def get(self, key: str) -> Entry[bytes] | None:
        """Read a key, as the writes of this transaction have left it. None: there is none.

        An entry that this transaction has set has the revision 0. Raises RuntimeError for a key
        that it has incremented or touched: what that is, is known when it is made.
        """
        if not self._draft.knows(key):
            self._draft.note_read(key, self._client.get(key, **self._call))
        return self._draft.entry(key)

    def set(
        self,
        key: str,
        value: bytes,
        *,
        ttl: Duration | None = None,
        expire_time: datetime | None = None,
        keep_expiration: bool = False,
        content_type: str = "",
    ) -> None:
        """Set a key to a value."""
        self._draft.write(
            ops.Set(
                key,
                value,
                ttl=ttl,
                expire_time=expire_time,
                keep_expiration=keep_expiration,
                content_type=content_type,
            )
        )

    def set_value(
        self,
        key: str,
        value: Any,  # noqa: ANN401
        codec: Codec[Any],
        *,
        ttl: Duration | None = None,
    ) -> None:
        """Set a key to what a codec makes of a value."""
        self.set(key, encode_value(codec, value), ttl=ttl, content_type=codec.content_type)

    def delete(self, key: str) -> None:
        """Delete a key."""
        self._draft.write(ops.Delete(key))

    def touch(
        self,
        key: str,
        *,
        ttl: Duration | None = None,
        expire_time: datetime | None = None,
        persist: bool = False,
    ) -> None:
        """Change when a key expires."""
        self._draft.write(ops.Touch(key, ttl=ttl, expire_time=expire_time, persist=persist))

    def increment(
        self,
        key: str,
        delta: int = 1,
        *,
        ttl: Duration | None = None,
        expire_time: datetime | None = None,
    ) -> None:
        """Add to a number that a key holds as decimal text."""
        self._draft.write(ops.Increment(key, delta, ttl=ttl, expire_time=expire_time))


class Transactions(Reads, Writes):
    """What a client makes transactions with."""

    def transaction(
        self,
        function: Callable[[Transaction], Result],
        *,
        attempts: int | None = None,
        **call: Unpack[CallOptions],
    ) -> Result:
        """Call a function with a transaction, make what it wrote, and give what it returned.

        All of it is made at one revision, on the condition that every key that it read is as it
        was read. Otherwise the function is called again, from the beginning: up to 10 times, or as
        the client says; then ConflictError (PRECONDITION_FAILED) is raised. An error that the
        function raises ends it, and nothing is written. The timeout is for each call within.
        """
        most = self._transport.options.transaction_attempts if attempts is None else attempts
        for attempt in range(1, most + 1):
            draft = Draft()
            result = function(Transaction(self, draft, call))
            if draft.is_needless():
                return result
            made = self.transact(draft.conditions(), draft.operations, **call)
            if made.succeeded:
                return result
            if attempt < most:
                self._transport.closing.wait(CONFLICTS.wait(attempt, random.random()))
        raise conflict(most)

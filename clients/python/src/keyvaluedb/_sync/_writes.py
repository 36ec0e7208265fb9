# Made from aio/_writes.py by tools/unasync.py. DO NOT EDIT.
"""The calls that change keys. Each has a request id, so that it can be made again safely."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar, Unpack

from keyvaluedb import _calls as calls
from keyvaluedb import _operations as ops
from keyvaluedb import _results as results
from keyvaluedb._call_options import CallOptions
from keyvaluedb._calls import Call
from keyvaluedb._conditions import Condition, Precondition
from keyvaluedb._ranges import KeyRange
from keyvaluedb._sync._transport import Transport
from keyvaluedb._times import Duration

Result = TypeVar("Result")


class Writes:
    """What a client writes with."""

    _transport: Transport

    def set(
        self,
        key: str,
        value: bytes,
        *,
        ttl: Duration | None = None,
        expire_time: datetime | None = None,
        keep_expiration: bool = False,
        precondition: Precondition | None = None,
        return_previous: bool = False,
        content_type: str = "",
        request_id: str | None = None,
        **call: Unpack[CallOptions],
    ) -> results.SetResult:
        """Set a key to a value, whether or not the key exists.

        It expires after `ttl` or at `expire_time`, or keeps the deadline that it has; without a
        choice it never expires. Raises ConflictError where the precondition does not hold.
        """
        return self._write(
            lambda used_id: calls.set_(
                ops.Set(
                    key,
                    value,
                    ttl=ttl,
                    expire_time=expire_time,
                    keep_expiration=keep_expiration,
                    precondition=precondition,
                    return_previous=return_previous,
                    content_type=content_type,
                    request_id=used_id,
                )
            ),
            request_id,
            call,
        )

    def delete(
        self,
        key: str,
        *,
        precondition: Precondition | None = None,
        return_previous: bool = False,
        request_id: str | None = None,
        **call: Unpack[CallOptions],
    ) -> results.DeleteResult:
        """Delete a key. One that is not there is no error."""
        return self._write(
            lambda used_id: calls.delete(
                ops.Delete(
                    key,
                    precondition=precondition,
                    return_previous=return_previous,
                    request_id=used_id,
                )
            ),
            request_id,
            call,
        )

    def touch(
        self,
        key: str,
        *,
        ttl: Duration | None = None,
        expire_time: datetime | None = None,
        persist: bool = False,
        precondition: Precondition | None = None,
        return_previous: bool = False,
        request_id: str | None = None,
        **call: Unpack[CallOptions],
    ) -> results.TouchResult:
        """Change when a key expires: after `ttl`, at `expire_time`, or never (`persist`)."""
        return self._write(
            lambda used_id: calls.touch(
                ops.Touch(
                    key,
                    ttl=ttl,
                    expire_time=expire_time,
                    persist=persist,
                    precondition=precondition,
                    return_previous=return_previous,
                    request_id=used_id,
                )
            ),
            request_id,
            call,
        )

    def increment(
        self,
        key: str,
        delta: int = 1,
        *,
        ttl: Duration | None = None,
        expire_time: datetime | None = None,
        keep_expiration: bool = False,
        request_id: str | None = None,
        **call: Unpack[CallOptions],
    ) -> results.IncrementResult:
        """Add to a number that a key holds as decimal text, and make the key where it is absent.

        The expiration is that of a key that this makes; one that is there keeps its own.
        """
        return self._write(
            lambda used_id: calls.increment(
                ops.Increment(
                    key,
                    delta,
                    ttl=ttl,
                    expire_time=expire_time,
                    keep_expiration=keep_expiration,
                    request_id=used_id,
                )
            ),
            request_id,
            call,
        )

    def delete_range(
        self,
        keys: KeyRange,
        *,
        limit: int = 0,
        request_id: str | None = None,
        **call: Unpack[CallOptions],
    ) -> results.DeleteRangeResult:
        """Delete the keys of a range, or the first `limit` of them, in one transaction.

        One call deletes 10,000 keys at the most by default; `more` says that there are others.
        """
        return self._write(
            lambda used_id: calls.delete_range(keys, limit, used_id), request_id, call
        )

    def transact(
        self,
        conditions: Sequence[Condition] = (),
        then: Sequence[ops.Operation] = (),
        otherwise: Sequence[ops.Operation] = (),
        *,
        request_id: str | None = None,
        **call: Unpack[CallOptions],
    ) -> results.TransactResult:
        """Ask for the state of keys and, by the answer, do one of two lists of operations.

        All of it is at one revision, or nothing is done.
        """
        return self._write(
            lambda used_id: calls.transact(conditions, then, otherwise, used_id), request_id, call
        )

    def _write(
        self,
        make: Callable[[str], Call[Result]],
        request_id: str | None,
        call: CallOptions,
    ) -> Result:
        used_id = self._transport.options.request_id(request_id, call)
        return self._transport.unary(make(used_id), call)

"""The reads and writes of one key: as a call of its own, or as one step of a transaction.

Each knows what it is on the wire, and how to read its answer.
"""

from dataclasses import KW_ONLY, dataclass
from datetime import datetime

from keyvaluedb import _results as results
from keyvaluedb._call_options import CallOptions
from keyvaluedb._conditions import Precondition, to_precondition
from keyvaluedb._entries import Entry, read_entry
from keyvaluedb._times import Duration, from_timestamp, to_duration, to_timestamp
from keyvaluedb.v1 import key_value_service_pb2 as pb

__all__ = ["Delete", "Get", "Increment", "Operation", "Set", "SetOptions", "Touch"]


class SetOptions(CallOptions, total=False):
    """The options of a set, where they are passed on."""

    ttl: Duration | None
    expire_time: datetime | None
    keep_expiration: bool
    precondition: Precondition | None
    return_previous: bool
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Set:
    """Sets a key to a value, whether or not the key exists."""

    key: str
    value: bytes
    _: KW_ONLY
    ttl: Duration | None = None
    """So long after the commit the key expires."""
    expire_time: datetime | None = None
    """At this moment the key expires."""
    keep_expiration: bool = False
    """The key keeps the deadline that it has. Without a choice it is cleared."""
    precondition: Precondition | None = None
    """For a call of its own; a transaction has conditions."""
    return_previous: bool = False
    content_type: str = ""
    request_id: str = ""
    """For a call of its own; a transaction has its own."""

    def request(self) -> pb.SetRequest:
        """Give the request."""
        _check_expiration(self.ttl, self.expire_time, self.keep_expiration)
        return pb.SetRequest(
            key=self.key,
            value=self.value,
            ttl=None if self.ttl is None else to_duration(self.ttl),
            expire_time=None if self.expire_time is None else to_timestamp(self.expire_time),
            keep_expiration=self.keep_expiration or None,
            precondition=to_precondition(self.precondition),
            return_previous=self.return_previous,
            content_type=self.content_type,
            request_id=self.request_id,
        )


@dataclass(frozen=True, slots=True)
class Get:
    """Reads a key, as it is or, outside of a transaction, as it was at a revision."""

    key: str
    _: KW_ONLY
    revision: int = 0

    def request(self) -> pb.GetRequest:
        """Give the request."""
        return pb.GetRequest(key=self.key, revision=self.revision)


@dataclass(frozen=True, slots=True)
class Delete:
    """Deletes a key; one that is not there is no error."""

    key: str
    _: KW_ONLY
    precondition: Precondition | None = None
    return_previous: bool = False
    request_id: str = ""

    def request(self) -> pb.DeleteRequest:
        """Give the request."""
        return pb.DeleteRequest(
            key=self.key,
            precondition=to_precondition(self.precondition),
            return_previous=self.return_previous,
            request_id=self.request_id,
        )


@dataclass(frozen=True, slots=True)
class Touch:
    """Changes when a key expires, and leaves its value and version alone. Give one of the three."""

    key: str
    _: KW_ONLY
    ttl: Duration | None = None
    """So long after the commit the key expires."""
    expire_time: datetime | None = None
    """At this moment the key expires."""
    persist: bool = False
    """The key never expires."""
    precondition: Precondition | None = None
    return_previous: bool = False
    request_id: str = ""

    def request(self) -> pb.TouchRequest:
        """Give the request."""
        _check_expiration(self.ttl, self.expire_time, self.persist)
        return pb.TouchRequest(
            key=self.key,
            ttl=None if self.ttl is None else to_duration(self.ttl),
            expire_time=None if self.expire_time is None else to_timestamp(self.expire_time),
            persist=self.persist or None,
            precondition=to_precondition(self.precondition),
            return_previous=self.return_previous,
            request_id=self.request_id,
        )


@dataclass(frozen=True, slots=True)
class Increment:
    """Adds to a number that a key holds as decimal text, and makes the key where it is absent."""

    key: str
    delta: int = 1
    _: KW_ONLY
    ttl: Duration | None = None
    """So long after the commit a key that this makes expires; one that is there keeps its own."""
    expire_time: datetime | None = None
    """At this moment a key that this makes expires."""
    keep_expiration: bool = False
    request_id: str = ""

    def request(self) -> pb.IncrementRequest:
        """Give the request."""
        _check_expiration(self.ttl, self.expire_time, self.keep_expiration)
        return pb.IncrementRequest(
            key=self.key,
            delta=self.delta,
            ttl=None if self.ttl is None else to_duration(self.ttl),
            expire_time=None if self.expire_time is None else to_timestamp(self.expire_time),
            keep_expiration=self.keep_expiration or None,
            request_id=self.request_id,
        )


Operation = Set | Get | Delete | Touch | Increment


def to_operation(operation: Operation) -> pb.Operation:
    """Give one step of a transaction as the wire has it."""
    match operation:
        case Set():
            return pb.Operation(set=operation.request())
        case Get():
            return pb.Operation(get=operation.request())
        case Delete():
            return pb.Operation(delete=operation.request())
        case Touch():
            return pb.Operation(touch=operation.request())
        case Increment():
            return pb.Operation(increment=operation.request())


def read_set(reply: pb.SetResponse) -> results.SetResult:
    """Read what a set answers."""
    return results.SetResult(
        revision=reply.revision,
        expire_time=_expire_time(reply),
        previous=_previous(reply),
        replayed=reply.replayed,
    )


def read_get(reply: pb.GetResponse) -> results.GetResult:
    """Read what a get answers."""
    entry = read_entry(reply.entry) if reply.HasField("entry") else None
    return results.GetResult(entry=entry, revision=reply.revision)


def read_delete(reply: pb.DeleteResponse) -> results.DeleteResult:
    """Read what a delete answers."""
    return results.DeleteResult(
        revision=reply.revision,
        deleted=reply.deleted,
        previous=_previous(reply),
        replayed=reply.replayed,
    )


def read_touch(reply: pb.TouchResponse) -> results.TouchResult:
    """Read what a touch answers."""
    return results.TouchResult(
        revision=reply.revision,
        touched=reply.touched,
        expire_time=_expire_time(reply),
        previous=_previous(reply),
        replayed=reply.replayed,
    )


def read_increment(reply: pb.IncrementResponse) -> results.IncrementResult:
    """Read what an increment answers."""
    return results.IncrementResult(
        revision=reply.revision,
        value=reply.value,
        expire_time=_expire_time(reply),
        replayed=reply.replayed,
    )


def read_result(result: pb.OperationResult) -> results.OperationResult:
    """Read what one step of a transaction answers."""
    match result.WhichOneof("result"):
        case "set":
            return read_set(result.set)
        case "get":
            return read_get(result.get)
        case "delete":
            return read_delete(result.delete)
        case "touch":
            return read_touch(result.touch)
        case "increment":
            return read_increment(result.increment)
        case kind:
            raise ValueError(f"a transaction answers no {kind}")


def _check_expiration(*choices: object) -> None:
    if sum(choice is not None and choice is not False for choice in choices) > 1:
        raise ValueError("give one choice of expiration at most")


def _expire_time(
    reply: pb.SetResponse | pb.TouchResponse | pb.IncrementResponse,
) -> datetime | None:
    return from_timestamp(reply.expire_time) if reply.HasField("expire_time") else None


def _previous(
    reply: pb.SetResponse | pb.DeleteResponse | pb.TouchResponse,
) -> Entry[bytes] | None:
    return read_entry(reply.previous) if reply.HasField("previous") else None

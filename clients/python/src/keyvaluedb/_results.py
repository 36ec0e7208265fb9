"""What calls answer, beside entries."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from keyvaluedb._entries import Entry

__all__ = [
    "CompactResult",
    "DeleteRangeResult",
    "DeleteResult",
    "GetResult",
    "IncrementResult",
    "Latency",
    "MethodStatus",
    "OperationResult",
    "SetResult",
    "Snapshot",
    "Status",
    "TouchResult",
    "TransactResult",
]


@dataclass(frozen=True, slots=True)
class SetResult:
    """What a set answers."""

    revision: int
    expire_time: datetime | None
    """When the key expires. None: never."""
    previous: Entry[bytes] | None
    """The entry that was replaced, if it was asked for and there was one."""
    replayed: bool
    """The call was made before with this request id: the answer is that of the first time."""


@dataclass(frozen=True, slots=True)
class GetResult:
    """What a get answers as an operation of a transaction."""

    entry: Entry[bytes] | None
    revision: int


@dataclass(frozen=True, slots=True)
class DeleteResult:
    """What a delete answers."""

    revision: int
    deleted: bool
    """Whether there was such a key."""
    previous: Entry[bytes] | None
    """The entry that was deleted, if it was asked for and there was one."""
    replayed: bool
    """The call was made before with this request id: the answer is that of the first time."""


@dataclass(frozen=True, slots=True)
class TouchResult:
    """What a touch answers."""

    revision: int
    touched: bool
    """Whether there was such a key."""
    expire_time: datetime | None
    """When the key expires. None: never, or there is no such key."""
    previous: Entry[bytes] | None
    """The entry as it was before, if it was asked for and there was one."""
    replayed: bool
    """The call was made before with this request id: the answer is that of the first time."""


@dataclass(frozen=True, slots=True)
class IncrementResult:
    """What an increment answers."""

    revision: int
    value: int
    """The number that the key holds now."""
    expire_time: datetime | None
    """When the key expires. None: never."""
    replayed: bool
    """The call was made before with this request id: the answer is that of the first time."""


OperationResult = SetResult | GetResult | DeleteResult | TouchResult | IncrementResult


@dataclass(frozen=True, slots=True)
class TransactResult:
    """What a transaction answers."""

    revision: int
    succeeded: bool
    """Whether all conditions held, so that `then` was done."""
    results: tuple[OperationResult, ...]
    """One for each operation that was done, in order."""
    replayed: bool
    """The call was made before with this request id: the answer is that of the first time."""


@dataclass(frozen=True, slots=True)
class DeleteRangeResult:
    """What the deletion of a range answers."""

    revision: int
    deleted_count: int
    more: bool
    """The range still had keys: more than the limit, or more than one transaction may hold."""
    replayed: bool
    """The call was made before with this request id: the answer is that of the first time."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file on the server that holds every entry as it was at one revision."""

    snapshot_id: str
    revision: int
    key_count: int
    size_bytes: int
    sha256: bytes
    """Of the file without its last 32 bytes, which repeat it."""
    create_time: datetime


@dataclass(frozen=True, slots=True)
class CompactResult:
    """What a compaction did."""

    bytes_before: int
    bytes_after: int
    segments_before: int
    segments_after: int
    dropped_sets: int
    dropped_tombstones: int
    dropped_replies: int
    damaged_segments: int
    """Segments that were left alone because a record in them is damaged."""
    duration: timedelta


@dataclass(frozen=True, slots=True)
class Latency:
    """How long those took that ended lately: in a window of one to two minutes.

    A quantile is never too short, and at most a sixteenth and a microsecond too long; past 71
    minutes only the longest is known.
    """

    window: timedelta
    """How long the window is that ends now. Shorter than a minute: the server started in it."""
    count: int
    """How many ended in it."""
    p50: timedelta
    """Half of them took no longer."""
    p99: timedelta
    """99 of a hundred took no longer."""
    p999: timedelta
    """999 of a thousand took no longer."""
    max: timedelta
    """The one that took longest, exact."""


@dataclass(frozen=True, slots=True)
class MethodStatus:
    """How often a method was called, and how long its calls took lately.

    Counts are since the start of the server's process.
    """

    method: str
    """Its name, such as `Set`."""
    call_count: int
    """How many calls were begun, streams included: of which a request was there, whole and no
    longer than it may be."""
    error_count: int
    """How many of those ended with a status that is no success, those left aside that their callers
    cancelled."""
    refused_count: int
    """How many calls were refused instead of begun, because more came than could be served
    (`RESOURCE_EXHAUSTED`)."""
    latency: Latency | None
    """From when a request was there, whole, to when its answer was given to the connection: of
    calls of one reply, those that failed included, and of the requests of pipelines. None: there
    was none lately, or the method's replies are a stream of another kind, which lasts as long as
    its caller wants."""
    operation_count: int
    """How many operations were answered in pipelines, gets included; 0 of other methods."""
    operation_error_count: int
    """How many of those were answered with an error, which is none of the call."""


@dataclass(frozen=True, slots=True)
class Status:
    """How the store is. The whole answer, with its comments, is GetStatusResponse of the schema."""

    version: str
    """The version of the server's program."""
    store_id: str
    history_id: str
    """Names the history that revisions and tokens belong to. A restore begins a new one."""
    revision: int
    oldest_retained_revision: int
    key_count: int
    live_bytes: int
    disk_bytes: int
    segment_count: int
    overdue_count: int
    """Keys that are past their deadline and wait for their expiration to be recorded."""
    follower_count: int
    next_expire_time: datetime | None
    logical_time: datetime
    """The store's own time, which never goes back."""
    start_time: datetime
    key_order: str
    """`BYTES`, `REVERSE`, `NATURAL` or `CASE_INSENSITIVE`."""
    history_versions: int
    alarms: tuple[str, ...]
    """What is wrong, in words. Empty: nothing."""
    methods: tuple[MethodStatus, ...]
    """Each method that was ever called, by name."""
    sync_latency: Latency | None
    """How long a sync of the log took, from the write before it, or from the change to a new
    segment where it made one, to when the server knew that it had ended. None: there was none
    lately."""

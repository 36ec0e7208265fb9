"""Each call as data: which one, what is asked, and how its answer is read.

What performs them knows nothing of what they mean; so both clients make the same calls.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from google.protobuf.message import Message

from keyvaluedb import _operations as ops
from keyvaluedb import _results as results
from keyvaluedb._conditions import Condition, to_condition
from keyvaluedb._entries import Entry, read_entry
from keyvaluedb._errors import invalid_field
from keyvaluedb._ranges import KeyRange, to_range
from keyvaluedb._times import from_timestamp
from keyvaluedb.v1 import admin_service_pb2 as admin
from keyvaluedb.v1 import key_value_service_pb2 as pb
from keyvaluedb.v1 import types_pb2

Result = TypeVar("Result")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Call(Generic[Result]):
    """A call that has not been made."""

    method: str
    request: Message
    read: Callable[[Any], Result]
    """Makes what the caller gets of what the server answers; of a stream, of each message."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A part of a listing."""

    items: Sequence[Item]
    next_token: str
    """Where to go on. Empty: this was the last page."""


def new_request_id() -> str:
    """Make an id for a call, so that it can be made again."""
    return str(uuid.uuid4())


def make(
    method: str, request: Callable[[], Message], read: Callable[[Any], Result]
) -> Call[Result]:
    """Make a call of a request. What is no text is refused here, since it cannot be sent."""
    try:
        return Call(method, request(), read)
    except UnicodeEncodeError as problem:
        raise invalid_field("key", "must be valid UTF-8") from problem


def set_(operation: ops.Set) -> Call[results.SetResult]:
    """Set a key."""
    return make("Set", operation.request, ops.read_set)


def get(operation: ops.Get) -> Call[Entry[bytes] | None]:
    """Read a key."""
    return make("Get", operation.request, lambda reply: ops.read_get(reply).entry)


def delete(operation: ops.Delete) -> Call[results.DeleteResult]:
    """Delete a key."""
    return make("Delete", operation.request, ops.read_delete)


def touch(operation: ops.Touch) -> Call[results.TouchResult]:
    """Change when a key expires."""
    return make("Touch", operation.request, ops.read_touch)


def increment(operation: ops.Increment) -> Call[results.IncrementResult]:
    """Add to a number."""
    return make("Increment", operation.request, ops.read_increment)


def delete_range(keys: KeyRange, limit: int, request_id: str) -> Call[results.DeleteRangeResult]:
    """Delete the keys of a range."""
    return make(
        "DeleteRange",
        lambda: pb.DeleteRangeRequest(range=to_range(keys), limit=limit, request_id=request_id),
        lambda reply: results.DeleteRangeResult(
            revision=reply.revision,
            deleted_count=reply.deleted_count,
            more=reply.more,
            replayed=reply.replayed,
        ),
    )


def transact(
    conditions: Sequence[Condition],
    then: Sequence[ops.Operation],
    otherwise: Sequence[ops.Operation],
    request_id: str,
) -> Call[results.TransactResult]:
    """Compare, then change or read many keys."""
    return make(
        "Transact",
        lambda: pb.TransactRequest(
            conditions=[to_condition(condition) for condition in conditions],
            then=[ops.to_operation(operation) for operation in then],
            otherwise=[ops.to_operation(operation) for operation in otherwise],
            request_id=request_id,
        ),
        lambda reply: results.TransactResult(
            revision=reply.revision,
            succeeded=reply.succeeded,
            results=tuple(ops.read_result(result) for result in reply.results),
            replayed=reply.replayed,
        ),
    )


def list_keys(keys: KeyRange, page_size: int, token: str, *, descending: bool) -> Call[Page[str]]:
    """List a page of keys."""
    return make(
        "ListKeys",
        lambda: pb.ListKeysRequest(
            range=to_range(keys), page_size=page_size, page_token=token, descending=descending
        ),
        lambda reply: Page(reply.keys, reply.next_page_token),
    )


def count_keys(keys: KeyRange) -> Call[int]:
    """Count keys."""
    return make(
        "ListKeys",
        lambda: pb.ListKeysRequest(range=to_range(keys), count_only=True),
        lambda reply: int(reply.total_size),
    )


def list_versions(key: str, page_size: int, token: str) -> Call[Page[Entry[bytes]]]:
    """List a page of the versions of a key."""
    return make(
        "ListVersions",
        lambda: pb.ListVersionsRequest(key=key, page_size=page_size, page_token=token),
        lambda reply: Page([read_entry(entry) for entry in reply.entries], reply.next_page_token),
    )


def scan(
    keys: KeyRange, limit: int, filter_: str, *, include_values: bool, descending: bool
) -> Call[Sequence[Entry[bytes]]]:
    """Read the entries of a range, as a stream."""
    return make(
        "Scan",
        lambda: pb.ScanRequest(
            range=to_range(keys),
            include_values=include_values,
            filter=filter_,
            descending=descending,
            limit=limit,
        ),
        lambda reply: [read_entry(entry) for entry in reply.entries],
    )


def snapshot() -> Call[results.Snapshot]:
    """Make a snapshot."""
    return Call("Snapshot", pb.SnapshotRequest(), lambda reply: _snapshot(reply.snapshot))


def compact() -> Call[results.CompactResult]:
    """Give back disk space."""
    return Call(
        "Compact",
        pb.CompactRequest(),
        lambda reply: results.CompactResult(
            bytes_before=reply.bytes_before,
            bytes_after=reply.bytes_after,
            segments_before=reply.segments_before,
            segments_after=reply.segments_after,
            dropped_sets=reply.dropped_sets,
            dropped_tombstones=reply.dropped_tombstones,
            dropped_replies=reply.dropped_replies,
            damaged_segments=reply.damaged_segments,
            duration=reply.duration.ToTimedelta(),
        ),
    )


def status() -> Call[results.Status]:
    """Tell how the store is."""
    return Call("GetStatus", admin.GetStatusRequest(include_methods=True), _status)


def list_snapshots() -> Call[list[results.Snapshot]]:
    """List the snapshots."""
    return Call(
        "ListSnapshots",
        admin.ListSnapshotsRequest(),
        lambda reply: [_snapshot(made) for made in reply.snapshots],
    )


def delete_snapshot(snapshot_id: str) -> Call[bool]:
    """Delete a snapshot."""
    return make(
        "DeleteSnapshot",
        lambda: admin.DeleteSnapshotRequest(snapshot_id=snapshot_id),
        lambda reply: bool(reply.deleted),
    )


def _snapshot(made: types_pb2.Snapshot) -> results.Snapshot:
    return results.Snapshot(
        snapshot_id=made.snapshot_id,
        revision=made.revision,
        key_count=made.key_count,
        size_bytes=made.size_bytes,
        sha256=made.sha256,
        create_time=from_timestamp(made.create_time),
    )


def _status(reply: admin.GetStatusResponse) -> results.Status:
    next_expires = reply.HasField("next_expire_time")
    return results.Status(
        version=reply.version,
        store_id=reply.store_id,
        history_id=reply.history_id,
        revision=reply.revision,
        oldest_retained_revision=reply.oldest_retained_revision,
        key_count=reply.key_count,
        live_bytes=reply.live_bytes,
        disk_bytes=reply.disk_bytes,
        segment_count=reply.segment_count,
        overdue_count=reply.overdue_count,
        follower_count=reply.follower_count,
        next_expire_time=from_timestamp(reply.next_expire_time) if next_expires else None,
        logical_time=from_timestamp(reply.logical_time),
        start_time=from_timestamp(reply.start_time),
        key_order=_KEY_ORDERS.get(reply.key_order, "UNSPECIFIED"),
        history_versions=reply.history_versions,
        alarms=tuple(alarm.message for alarm in reply.alarms),
        methods=tuple(_method(method) for method in reply.methods),
        sync_latency=_latency(reply.sync_latency) if reply.HasField("sync_latency") else None,
    )


def _method(method: admin.MethodStatus) -> results.MethodStatus:
    return results.MethodStatus(
        method=method.method,
        call_count=method.call_count,
        error_count=method.error_count,
        refused_count=method.refused_count,
        latency=_latency(method.latency) if method.HasField("latency") else None,
        operation_count=method.operation_count,
        operation_error_count=method.operation_error_count,
    )


def _latency(latency: admin.Latency) -> results.Latency:
    return results.Latency(
        window=latency.window.ToTimedelta(),
        count=latency.count,
        p50=latency.p50.ToTimedelta(),
        p99=latency.p99.ToTimedelta(),
        p999=latency.p999.ToTimedelta(),
        max=latency.max.ToTimedelta(),
    )


_KEY_ORDERS = {number: name.removeprefix("KEY_ORDER_") for name, number in admin.KeyOrder.items()}

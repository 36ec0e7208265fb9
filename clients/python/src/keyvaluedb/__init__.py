"""The client of KeyValueDB, a persistent key-value store served over gRPC.

`Client` is synchronous and may be shared by threads; `keyvaluedb.aio.Client` is for asyncio. The
stubs alone are in `keyvaluedb.v1`.
"""

from keyvaluedb._call_options import CallOptions
from keyvaluedb._codecs import (
    BytesCodec,
    CborCodec,
    Codec,
    JsonCodec,
    MappedCodec,
    MessagePackCodec,
    ProtobufCodec,
    TextCodec,
    codec_for,
    decode_value,
    encode_value,
)
from keyvaluedb._conditions import Condition, Precondition
from keyvaluedb._entries import (
    Entry,
    Event,
    EventKind,
    Expiration,
    ExpirationCause,
    ExpirationMessage,
    Progress,
    WatchMessage,
)
from keyvaluedb._errors import (
    ClosedError,
    CodecError,
    ConflictError,
    DeadlineExceededError,
    KeyValueError,
    PositionLostError,
    UnavailableError,
)
from keyvaluedb._operations import Delete, Get, Increment, Operation, Set, Touch
from keyvaluedb._options import DEFAULT_ADDRESS, Tls
from keyvaluedb._ranges import (
    CURRENT_STATE,
    EVERYTHING,
    NOW,
    CurrentState,
    FromRevision,
    Glob,
    Interval,
    KeyRange,
    Now,
    Prefix,
    ResumeToken,
    StartPosition,
)
from keyvaluedb._results import (
    CompactResult,
    DeleteRangeResult,
    DeleteResult,
    GetResult,
    IncrementResult,
    Latency,
    MethodStatus,
    OperationResult,
    SetResult,
    Snapshot,
    Status,
    TouchResult,
    TransactResult,
)
from keyvaluedb._sync._client import Client
from keyvaluedb._sync._streams import EntryStream, Watch
from keyvaluedb._sync._transaction import Transaction
from keyvaluedb._sync._views import View
from keyvaluedb._times import Duration

__version__ = "0.1.0"

__all__ = [
    "CURRENT_STATE",
    "DEFAULT_ADDRESS",
    "EVERYTHING",
    "NOW",
    "BytesCodec",
    "CallOptions",
    "CborCodec",
    "Client",
    "ClosedError",
    "Codec",
    "CodecError",
    "CompactResult",
    "Condition",
    "ConflictError",
    "CurrentState",
    "DeadlineExceededError",
    "Delete",
    "DeleteRangeResult",
    "DeleteResult",
    "Duration",
    "Entry",
    "EntryStream",
    "Event",
    "EventKind",
    "Expiration",
    "ExpirationCause",
    "ExpirationMessage",
    "FromRevision",
    "Get",
    "GetResult",
    "Glob",
    "Increment",
    "IncrementResult",
    "Interval",
    "JsonCodec",
    "KeyRange",
    "KeyValueError",
    "Latency",
    "MappedCodec",
    "MessagePackCodec",
    "MethodStatus",
    "Now",
    "Operation",
    "OperationResult",
    "PositionLostError",
    "Precondition",
    "Prefix",
    "Progress",
    "ProtobufCodec",
    "ResumeToken",
    "Set",
    "SetResult",
    "Snapshot",
    "StartPosition",
    "Status",
    "TextCodec",
    "Tls",
    "Touch",
    "TouchResult",
    "TransactResult",
    "Transaction",
    "UnavailableError",
    "View",
    "Watch",
    "WatchMessage",
    "codec_for",
    "decode_value",
    "encode_value",
]

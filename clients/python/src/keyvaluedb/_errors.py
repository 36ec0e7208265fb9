"""What a call fails with: one type, with the reason that a program can act on.

The reason, the metadata and the time to wait are those of the `google.rpc` details that the server
sends with a status. The subclasses are for `except`; which one it is follows from the reason.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

__all__ = [
    "ClosedError",
    "CodecError",
    "ConflictError",
    "DeadlineExceededError",
    "KeyValueError",
    "PositionLostError",
    "UnavailableError",
    "closed",
    "codec_error",
    "from_rpc",
    "invalid_field",
]

DOMAIN = "keyvaluedb"
DETAILS_KEY = "grpc-status-details-bin"


class KeyValueError(Exception):
    """What every call, iteration and codec of this package fails with."""

    reason: str
    """Why, as the server says it, such as `INVALID_FIELD`; the set is open. The client's own are
    `UNREACHABLE`, `CLOSED`, `DECODE_FAILED` and `ENCODE_FAILED`; a status without details is
    `DEADLINE_EXCEEDED`, `CANCELLED`, `UNREACHABLE` or `OTHER`."""
    code: grpc.StatusCode
    """The gRPC status."""
    message: str
    """The same in words, with names and numbers."""
    metadata: Mapping[str, str]
    """`field`, `key`, `revision`, `oldest_revision`, `resume_token` and the like, as far as the
    reason has them."""
    retry_after: timedelta | None
    """After how long to try again, if the server said so."""

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        code: grpc.StatusCode,
        metadata: Mapping[str, str] | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.code = code
        self.metadata = MappingProxyType(dict(metadata or {}))
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{self.message} ({self.reason})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Keywords do not pickle by themselves, and errors travel between processes.
        rebuild = partial(
            type(self),
            reason=self.reason,
            code=self.code,
            metadata=dict(self.metadata),
            retry_after=self.retry_after,
        )
        return rebuild, (self.message,)


class ConflictError(KeyValueError):
    """A precondition did not hold: PRECONDITION_FAILED, KEY_EXISTS or KEY_ABSENT."""


class UnavailableError(KeyValueError):
    """No server, or none that serves: UNREACHABLE, STARTING, DRAINING or STORAGE_FAILED.

    A write may have been applied, except after STARTING and DRAINING.
    """


class DeadlineExceededError(KeyValueError, TimeoutError):
    """The call's own deadline has passed. A write may have been applied."""


class PositionLostError(KeyValueError):
    """A watch cannot go on from where it was: REVISION_COMPACTED or HISTORY_CHANGED."""


class CodecError(KeyValueError):
    """A value that a codec cannot write or read: ENCODE_FAILED or DECODE_FAILED."""


class ClosedError(KeyValueError):
    """The client was closed."""


_CLASSES: Mapping[str, type[KeyValueError]] = {
    "PRECONDITION_FAILED": ConflictError,
    "KEY_EXISTS": ConflictError,
    "KEY_ABSENT": ConflictError,
    "UNREACHABLE": UnavailableError,
    "STARTING": UnavailableError,
    "DRAINING": UnavailableError,
    "STORAGE_FAILED": UnavailableError,
    "DEADLINE_EXCEEDED": DeadlineExceededError,
    "REVISION_COMPACTED": PositionLostError,
    "HISTORY_CHANGED": PositionLostError,
    "DECODE_FAILED": CodecError,
    "ENCODE_FAILED": CodecError,
    "CLOSED": ClosedError,
}

# Of a status without details, which the library or something on the way made.
_REASONS: Mapping[grpc.StatusCode, str] = {
    grpc.StatusCode.UNAVAILABLE: "UNREACHABLE",
    grpc.StatusCode.DEADLINE_EXCEEDED: "DEADLINE_EXCEEDED",
    grpc.StatusCode.CANCELLED: "CANCELLED",
}

# What gRPC says of a stream that something on the way has reset, such as a proxy whose server is
# gone. A server's own INTERNAL says what failed.
_RESET = "RST_STREAM"


def error(
    message: str,
    *,
    reason: str,
    code: grpc.StatusCode,
    metadata: Mapping[str, str] | None = None,
    retry_after: timedelta | None = None,
) -> KeyValueError:
    """Make the error of the class that the reason has."""
    make = _CLASSES.get(reason, KeyValueError)
    return make(message, reason=reason, code=code, metadata=metadata, retry_after=retry_after)


def from_rpc(failure: grpc.RpcError) -> KeyValueError:
    """Read the error of a call or a stream that gRPC reports."""
    code = failure.code()
    info, retry = _details(failure)
    if code is grpc.StatusCode.INTERNAL and info is None and _RESET in (failure.details() or ""):
        code = grpc.StatusCode.UNAVAILABLE
    reason = _REASONS.get(code, "OTHER")
    metadata: dict[str, str] = {}
    retry_after: timedelta | None = None
    if info is not None:
        reason = info.reason
        metadata = dict(info.metadata)
    if retry is not None:
        retry_after = retry.retry_delay.ToTimedelta()
    return error(
        failure.details() or code.name,
        reason=reason,
        code=code,
        metadata=metadata,
        retry_after=retry_after,
    )


def closed() -> KeyValueError:
    """Make the error of a call on a client that was closed."""
    return error("this client was closed", reason="CLOSED", code=grpc.StatusCode.CANCELLED)


def deadline_exceeded() -> KeyValueError:
    """Make the error of a call that this side has given up."""
    return error(
        "the deadline has passed",
        reason="DEADLINE_EXCEEDED",
        code=grpc.StatusCode.DEADLINE_EXCEEDED,
    )


def invalid_field(field: str, problem: str) -> KeyValueError:
    """Make the error of what cannot be sent; the server's own is the same."""
    return error(
        f"{field}: {problem}",
        reason="INVALID_FIELD",
        code=grpc.StatusCode.INVALID_ARGUMENT,
        metadata={"field": field},
    )


def codec_error(reason: str, message: str, **metadata: str) -> KeyValueError:
    """Make the error of a codec; the status is that of a caller's value, or of stored data."""
    encoding = reason == "ENCODE_FAILED"
    code = grpc.StatusCode.INVALID_ARGUMENT if encoding else grpc.StatusCode.FAILED_PRECONDITION
    return error(message, reason=reason, code=code, metadata=metadata)


def _details(
    failure: grpc.RpcError,
) -> tuple[error_details_pb2.ErrorInfo | None, error_details_pb2.RetryInfo | None]:
    """Give the details of a status; those of another make are none."""
    trailers: Any = failure.trailing_metadata() or ()  # Pairs, which its type does not say.
    info = retry = None
    for key, value in trailers:
        if key != DETAILS_KEY:
            continue
        try:
            for detail in status_pb2.Status.FromString(value).details:
                if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                    read = error_details_pb2.ErrorInfo.FromString(detail.value)
                    info = read if read.domain == DOMAIN else info
                elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
                    retry = error_details_pb2.RetryInfo.FromString(detail.value)
        except DecodeError:
            break
    return info, retry

"""Errors: their reasons, their classes, and their way between processes."""

import pickle
from datetime import timedelta

import grpc
import pytest

import keyvaluedb as kv
from keyvaluedb import _errors


class Failure(grpc.RpcError):
    """A status, as gRPC reports it."""

    def __init__(
        self,
        code: grpc.StatusCode,
        trailers: tuple[tuple[str, bytes], ...] = (),
        words: str = "words",
    ) -> None:
        self._code = code
        self._trailers = trailers
        self._words = words

    def code(self) -> grpc.StatusCode:
        """Give the status."""
        return self._code

    def details(self) -> str:
        """Give the message."""
        return self._words

    def trailing_metadata(self) -> tuple[tuple[str, bytes], ...]:  # type: ignore[override]
        """Give the trailers."""
        return self._trailers


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (grpc.StatusCode.UNAVAILABLE, "UNREACHABLE", kv.UnavailableError),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", TimeoutError),
        (grpc.StatusCode.CANCELLED, "CANCELLED", kv.KeyValueError),
        (grpc.StatusCode.INTERNAL, "OTHER", kv.KeyValueError),
    ],
)
def test_a_status_without_details_has_a_reason(
    code: grpc.StatusCode, reason: str, kind: type[Exception]
) -> None:
    error = _errors.from_rpc(Failure(code))
    assert (error.reason, error.code, error.message) == (reason, code, "words")
    assert isinstance(error, kind)


def test_a_stream_that_a_proxy_reset_is_a_broken_one() -> None:
    reset = Failure(grpc.StatusCode.INTERNAL, words="Received RST_STREAM with error code 2")
    error = _errors.from_rpc(reset)
    assert (error.reason, error.code) == ("UNREACHABLE", grpc.StatusCode.UNAVAILABLE)
    assert isinstance(error, kv.UnavailableError)


def test_details_of_another_make_are_none() -> None:
    trailers = (("grpc-status-details-bin", b"\xff\xff"), ("other", b""))
    assert _errors.from_rpc(Failure(grpc.StatusCode.INTERNAL, trailers)).reason == "OTHER"


def test_errors_pickle() -> None:
    error = _errors.error(
        "no",
        reason="KEY_EXISTS",
        code=grpc.StatusCode.ALREADY_EXISTS,
        metadata={"key": "a"},
        retry_after=timedelta(seconds=1),
    )
    assert isinstance(error, kv.ConflictError)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(again) is kv.ConflictError
    assert str(again) == "no (KEY_EXISTS)"
    assert again.metadata == {"key": "a"}
    assert again.retry_after == timedelta(seconds=1)

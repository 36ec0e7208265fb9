"""What stands on the lines between the harness and an agent, and what it is in Python."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf import duration_pb2

import keyvaluedb as kv

Json = dict[str, Any]

# Options that several commands have, by their names in the client.
EXPIRATION = ("ttl", "keep_expiration")
WRITE = ("precondition", "return_previous", "request_id")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def to_bytes(text: str) -> bytes:
    """Give a value."""
    return base64.b64decode(text)


def from_bytes(value: bytes) -> str:
    """Write a value."""
    return base64.b64encode(value).decode()


def to_time(milliseconds: int) -> datetime:
    """Give an instant."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def from_time(instant: datetime | None) -> int | None:
    """Write an instant."""
    return None if instant is None else (instant - EPOCH) // MILLISECOND


def to_range(line: Mapping[str, Any] | None) -> kv.KeyRange:
    """Give a range; absent, it is everything."""
    match line:
        case {"prefix": prefix}:
            return kv.Prefix(prefix)
        case {"glob": pattern}:
            return kv.Glob(pattern)
        case {"interval": interval}:
            return kv.Interval(interval.get("start", ""), interval.get("end", ""))
        case _:
            return kv.EVERYTHING


def to_start(line: Mapping[str, Any] | None) -> kv.StartPosition:
    """Give a position; absent, it is now."""
    match line:
        case {"revision": revision}:
            return kv.FromRevision(revision)
        case {"resume_token": token}:
            return kv.ResumeToken(token)
        case {"current_state": True}:
            return kv.CURRENT_STATE
        case _:
            return kv.NOW


def options(line: Json, *names: str) -> Json:
    """Give those of these options that a command has, as keywords of the client's."""
    given: Json = {}
    for name in names:
        if name in line:
            given[name] = _option(name, line[name])
    if "ttl" in names and "ttl_ms" in line:
        given["ttl"] = timedelta(milliseconds=line["ttl_ms"])
        given["expire_time"] = None
    if "ttl" in names and "expire_time_ms" in line:
        given["expire_time"] = to_time(line["expire_time_ms"])
    return given


def call_options(line: Json) -> Json:
    """Give what every call takes."""
    given: Json = {}
    if "deadline_ms" in line:
        given["timeout"] = timedelta(milliseconds=line["deadline_ms"])
    if "retries" in line:
        given["retries"] = line["retries"]
    return given


def to_condition(line: Json) -> kv.Condition:
    """Give a condition of a transaction."""
    return kv.Condition(line["key"], **_check(line))


def to_operation(line: Json) -> kv.Operation:
    """Give an operation of a transaction."""
    match line:
        case {"set": given}:
            more = options(given, *EXPIRATION, *WRITE, "content_type")
            return kv.Set(given["key"], to_bytes(given.get("value", "")), **more)
        case {"get": given}:
            return kv.Get(given["key"], **options(given, "revision"))
        case {"delete": given}:
            return kv.Delete(given["key"], **options(given, *WRITE))
        case {"touch": given}:
            return kv.Touch(given["key"], **options(given, "ttl", "persist", *WRITE))
        case {"increment": given}:
            more = options(given, *EXPIRATION, "request_id")
            return kv.Increment(given["key"], int(given.get("delta", 0)), **more)
        case _:
            raise ValueError(f"no operation: {line}")


def from_entry(entry: kv.Entry[bytes] | None) -> Json | None:
    """Write an entry."""
    if entry is None:
        return None
    return {
        "key": entry.key,
        "value": from_bytes(entry.value),
        "revision": entry.revision,
        "create_revision": entry.create_revision,
        "version": entry.version,
        "expire_time_ms": from_time(entry.expire_time),
        "update_time_ms": from_time(entry.update_time),
        "content_type": entry.content_type,
    }


def from_result(result: object) -> Json:
    """Write what a call answers: a frozen dataclass, field by field."""
    names: list[str] = list(getattr(type(result), "__dataclass_fields__", {}))
    return {key: value for name in names for key, value in _field(name, getattr(result, name))}


def from_operation_result(result: kv.OperationResult) -> Json:
    """Write what an operation of a transaction answers; an increment's value is text."""
    match result:
        case kv.SetResult():
            return {"set": from_result(result)}
        case kv.GetResult():
            return {"get": from_result(result)}
        case kv.DeleteResult():
            return {"delete": from_result(result)}
        case kv.TouchResult():
            return {"touch": from_result(result)}
        case kv.IncrementResult():
            return {"increment": {**from_result(result), "value": str(result.value)}}


def from_error(error: kv.KeyValueError) -> Json:
    """Write an error."""
    line: Json = {
        "reason": error.reason,
        "code": error.code.name,
        "message": error.message,
        "metadata": dict(error.metadata),
    }
    if error.retry_after is not None:
        line["retry_after_ms"] = error.retry_after / MILLISECOND
    return line


class HexCodec:
    """A codec as a user would write it: text whose bytes are written as hexadecimal digits."""

    content_type = "application/x-hex"

    def reads(self, media_type: str) -> bool:
        """Tell whether it reads that."""
        return media_type == self.content_type

    def encode(self, value: str) -> bytes:
        """Write text."""
        return value.encode().hex().encode()

    def decode(self, data: bytes) -> str:
        """Read text."""
        return bytes.fromhex(data.decode()).decode()


def _base64_to_bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _to_duration(line: Json) -> duration_pb2.Duration:
    return duration_pb2.Duration(**line)


def _from_duration(duration: duration_pb2.Duration) -> Json:
    return {"seconds": duration.seconds, "nanos": duration.nanos}


CODECS: Mapping[str, kv.Codec[Any]] = {
    "text": kv.TextCodec(),
    "json": kv.JsonCodec(),
    "msgpack": kv.MessagePackCodec(),
    "cbor": kv.CborCodec(),
    "protobuf": kv.MappedCodec(
        kv.ProtobufCodec(duration_pb2.Duration), _to_duration, _from_duration
    ),
    "hex": HexCodec(),
    "bytes": kv.MappedCodec(kv.BytesCodec(), _base64_to_bytes, from_bytes),
}


def codec_of(content_type: str) -> kv.Codec[Any]:
    """Give the codec that a content type names, bytes if none does."""
    named = [codec for name, codec in CODECS.items() if name != "bytes"]
    found = kv.codec_for(content_type, named)
    return CODECS["bytes"] if isinstance(found, kv.BytesCodec) else found


def _option(name: str, value: Any) -> Any:  # noqa: ANN401
    if name == "precondition":
        return kv.Precondition(**_check(value))
    return value


def _check(line: Json) -> Json:
    check: Json = {name: line[name] for name in ("exists", "revision", "value") if name in line}
    if "value" in check:
        check["value"] = to_bytes(check["value"])
    return check


def _field(name: str, value: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
    match value:
        case datetime():
            return [(f"{name}_ms", from_time(value))]
        case b"":
            return []  # It was not asked for, or has nothing in it.
        case bytes():
            return [(name, from_bytes(value))]
        case kv.Entry():
            return [(name, from_entry(value))]
        case kv.Progress():
            return [(name, from_result(value))]
        case tuple():
            return [(name, [from_result(item) for item in value])]
        case timedelta():
            return [(f"{name}_ms", value // MILLISECOND)]
        case _:
            return [(name, value)]

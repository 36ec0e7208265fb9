"""Codecs: what they write, what they read, and what they refuse."""

import zlib
from dataclasses import asdict, dataclass
from typing import Any

import pytest
from google.protobuf import duration_pb2

import keyvaluedb as kv
from keyvaluedb import codec_for, decode_value, encode_value

NESTED = {"name": "ü", "list": [1, 2.5, None, True], "empty": {}}

STANDARD: list[tuple[kv.Codec[Any], Any, str]] = [
    (kv.BytesCodec(), b"\x00\xff", ""),
    (kv.TextCodec(), "hé", "text/plain; charset=utf-8"),
    (kv.JsonCodec(), NESTED, "application/json"),
    (kv.MessagePackCodec(), NESTED, "application/vnd.msgpack"),
    (kv.MessagePackCodec(), {1: b"bytes"}, "application/vnd.msgpack"),
    (kv.CborCodec(), NESTED, "application/cbor"),
    (
        kv.ProtobufCodec(duration_pb2.Duration),
        duration_pb2.Duration(seconds=1, nanos=2),
        "application/protobuf",
    ),
]


@pytest.mark.parametrize(("codec", "value", "content_type"), STANDARD)
def test_what_is_written_is_read(codec: kv.Codec[Any], value: Any, content_type: str) -> None:
    assert codec.content_type == content_type
    assert decode_value(codec, encode_value(codec, value), content_type) == value


@pytest.mark.parametrize(
    ("codec", "content_type", "reads"),
    [
        (kv.BytesCodec(), "anything/else", True),
        (kv.TextCodec(), "", True),
        (kv.TextCodec(), "text/html; charset=utf-8", True),
        (kv.TextCodec(), "application/json", False),
        (kv.JsonCodec(), "Application/JSON; charset=utf-8", True),
        (kv.JsonCodec(), "application/problem+json", True),
        (kv.JsonCodec(), "", False),
        (kv.MessagePackCodec(), "application/x-msgpack", True),
        (kv.MessagePackCodec(), "application/msgpack", True),
        (kv.MessagePackCodec(), "application/cbor", False),
        (kv.CborCodec(), "application/senml+cbor", True),
        (kv.CborCodec(), "application/json", False),
        (kv.ProtobufCodec(duration_pb2.Duration), "application/x-protobuf", True),
        (kv.ProtobufCodec(duration_pb2.Duration), "application/vnd.google.protobuf", True),
        (kv.ProtobufCodec(duration_pb2.Duration), "application/json", False),
    ],
)
def test_media_types_are_compared_without_parameters_and_case(
    codec: kv.Codec[Any], content_type: str, reads: bool
) -> None:
    assert codec.reads(content_type.partition(";")[0].lower()) is reads
    if not reads:
        with pytest.raises(kv.CodecError) as raised:
            decode_value(codec, b"1", content_type)
        assert raised.value.reason == "DECODE_FAILED"
        assert codec.content_type in raised.value.message
        assert (content_type or "no content type") in raised.value.message


@pytest.mark.parametrize(
    ("codec", "data"),
    [
        (kv.TextCodec(), b"\xff"),
        (kv.JsonCodec(), b"{"),
        (kv.JsonCodec(), b"NaN"),
        (kv.JsonCodec(), "1".encode("utf-16")),
        (kv.MessagePackCodec(), b"\x01\x01"),
        (kv.MessagePackCodec(), b"\xc1"),
        (kv.CborCodec(), b"\x01\x01"),
        (kv.CborCodec(), b"\x82\x01"),
        (kv.ProtobufCodec(duration_pb2.Duration), b"\xff"),
    ],
)
def test_what_does_not_decode_is_refused(codec: kv.Codec[Any], data: bytes) -> None:
    with pytest.raises(kv.CodecError) as raised:
        decode_value(codec, data, codec.content_type)
    assert raised.value.reason == "DECODE_FAILED"
    assert raised.value.__cause__ is not None


@pytest.mark.parametrize(
    ("codec", "value"),
    [
        (kv.BytesCodec(), 5),
        (kv.TextCodec(), "\ud800"),
        (kv.JsonCodec(), float("nan")),
        (kv.JsonCodec(), {1, 2}),
        (kv.MessagePackCodec(), object()),
        (kv.CborCodec(), object()),
        (kv.ProtobufCodec(duration_pb2.Duration), {"seconds": 1}),
    ],
)
def test_what_cannot_be_written_is_refused(codec: kv.Codec[Any], value: Any) -> None:
    with pytest.raises(kv.CodecError) as raised:
        encode_value(codec, value)
    assert raised.value.reason == "ENCODE_FAILED"


def test_the_content_type_names_the_codec() -> None:
    assert isinstance(codec_for("application/json"), kv.JsonCodec)
    assert isinstance(codec_for("text/plain"), kv.TextCodec)
    assert isinstance(codec_for("application/x-unknown"), kv.BytesCodec)
    assert isinstance(codec_for(""), kv.BytesCodec)


@dataclass
class User:
    """A class of a user's own."""

    name: str
    age: int


class Deflated:
    """A codec around a codec, as a user would write it."""

    def __init__(self, codec: kv.Codec[Any]) -> None:
        self.codec = codec
        self.content_type = "application/x-deflated"

    def reads(self, media_type: str) -> bool:
        """Tell whether it reads that."""
        return media_type == self.content_type

    def encode(self, value: Any) -> bytes:
        """Write and deflate."""
        return zlib.compress(self.codec.encode(value))

    def decode(self, data: bytes) -> Any:
        """Inflate and read."""
        return self.codec.decode(zlib.decompress(data))


def test_codecs_stand_around_codecs() -> None:
    users: kv.MappedCodec[User, Any] = kv.MappedCodec(
        Deflated(kv.JsonCodec()), asdict, lambda read: User(**read)
    )
    data = encode_value(users, User("Ada", 36))
    assert users.content_type == "application/x-deflated"
    assert decode_value(users, data, users.content_type) == User("Ada", 36)

"""Codecs turn values of Python into bytes and back, and say what they are in `content_type`.

One of your own is a class with these four members; deflating, encrypting and the like are codecs
around codecs.
"""

import json
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any, Final, Generic, Protocol, TypeVar

from google.protobuf.message import Message

from keyvaluedb._entries import Entry
from keyvaluedb._errors import CodecError, codec_error

__all__ = [
    "BytesCodec",
    "CborCodec",
    "Codec",
    "JsonCodec",
    "MappedCodec",
    "MessagePackCodec",
    "ProtobufCodec",
    "TextCodec",
    "codec_for",
    "decode_value",
    "encode_value",
]

Value = TypeVar("Value")
Inner = TypeVar("Inner")
AnyMessage = TypeVar("AnyMessage", bound=Message)


class Codec(Protocol[Value]):
    """Writes and reads values of one kind. What it raises becomes a CodecError."""

    @property
    def content_type(self) -> str:
        """What the written bytes are, such as `application/json`."""

    def reads(self, media_type: str) -> bool:
        """Tell whether it reads that: lower case, without parameters; empty where none is said."""

    def encode(self, value: Value, /) -> bytes:
        """Write a value."""

    def decode(self, data: bytes, /) -> Value:
        """Read a value."""


class BytesCodec:
    """Bytes, as they are. Reads everything."""

    content_type: Final = ""

    def reads(self, _media_type: str) -> bool:
        """Tell that it reads that."""
        return True

    def encode(self, value: bytes) -> bytes:
        """Give the bytes."""
        if not isinstance(value, bytes | bytearray | memoryview):
            raise TypeError(f"bytes are needed, not {type(value).__name__}")
        return bytes(value)

    def decode(self, data: bytes) -> bytes:
        """Give the bytes."""
        return data


class TextCodec:
    """Text in UTF-8, which is checked. Also reads what has no content type, and every text."""

    content_type: Final = "text/plain; charset=utf-8"

    def reads(self, media_type: str) -> bool:
        """Tell whether it reads that."""
        return media_type == "" or media_type.startswith("text/")

    def encode(self, value: str) -> bytes:
        """Write text."""
        return value.encode()

    def decode(self, data: bytes) -> str:
        """Read text."""
        return data.decode()


class JsonCodec:
    """JSON: whatever `json` writes, without NaN and the infinities, which are none."""

    content_type: Final = "application/json"

    def reads(self, media_type: str) -> bool:
        """Tell whether it reads that."""
        return media_type == self.content_type or media_type.endswith("+json")

    def encode(self, value: Any) -> bytes:  # noqa: ANN401
        """Write a value."""
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()

    def decode(self, data: bytes) -> Any:  # noqa: ANN401
        """Read a value."""
        return json.loads(data.decode(), parse_constant=_refuse_constant)


class MessagePackCodec:
    """MessagePack; needs `keyvaluedb[msgpack]`."""

    content_type: Final = "application/vnd.msgpack"

    def reads(self, media_type: str) -> bool:
        """Tell whether it reads that."""
        return media_type in {self.content_type, "application/msgpack", "application/x-msgpack"}

    def encode(self, value: Any) -> bytes:  # noqa: ANN401
        """Write a value."""
        import msgpack  # noqa: PLC0415 - It may not be there.

        packed: bytes = msgpack.packb(value, datetime=True)
        return packed

    def decode(self, data: bytes) -> Any:  # noqa: ANN401
        """Read a value. Keys of maps may be of any type that can be one."""
        import msgpack  # noqa: PLC0415

        return msgpack.unpackb(data, strict_map_key=False, timestamp=3)


class CborCodec:
    """CBOR; needs `keyvaluedb[cbor]`."""

    content_type: Final = "application/cbor"

    def reads(self, media_type: str) -> bool:
        """Tell whether it reads that."""
        return media_type == self.content_type or media_type.endswith("+cbor")

    def encode(self, value: Any) -> bytes:  # noqa: ANN401
        """Write a value."""
        import cbor2  # noqa: PLC0415 - It may not be there.

        return cbor2.dumps(value)

    def decode(self, data: bytes) -> Any:  # noqa: ANN401
        """Read a value. Bytes after it are refused."""
        import cbor2  # noqa: PLC0415

        file = BytesIO(data)
        value = cbor2.CBORDecoder(file).decode()
        if file.tell() != len(data):
            raise ValueError("there are bytes after the value")
        return value


class ProtobufCodec(Generic[AnyMessage]):
    """Messages of one protobuf type."""

    content_type: Final = "application/protobuf"

    def __init__(self, message_type: type[AnyMessage]) -> None:
        self._type = message_type

    def reads(self, media_type: str) -> bool:
        """Tell whether it reads that."""
        return media_type in {
            self.content_type,
            "application/x-protobuf",
            "application/vnd.google.protobuf",
        }

    def encode(self, value: AnyMessage) -> bytes:
        """Write a message."""
        if not isinstance(value, self._type):
            raise TypeError(f"a {self._type.__name__} is needed, not {type(value).__name__}")
        return value.SerializeToString()

    def decode(self, data: bytes) -> AnyMessage:
        """Read a message."""
        return self._type.FromString(data)


class MappedCodec(Generic[Value, Inner]):
    """Values of one's own type by way of another: `MappedCodec(JsonCodec(), asdict, User.of)`."""

    def __init__(
        self,
        codec: Codec[Inner],
        write: Callable[[Value], Inner],
        read: Callable[[Inner], Value],
    ) -> None:
        self._codec = codec
        self._write = write
        self._read = read

    @property
    def content_type(self) -> str:
        """What the other codec writes."""
        return self._codec.content_type

    def reads(self, media_type: str) -> bool:
        """Tell whether the other codec reads that."""
        return self._codec.reads(media_type)

    def encode(self, value: Value) -> bytes:
        """Write a value."""
        return self._codec.encode(self._write(value))

    def decode(self, data: bytes) -> Value:
        """Read a value."""
        return self._read(self._codec.decode(data))


BYTES: Final = BytesCodec()
STANDARD: Final[Sequence[Codec[Any]]] = (
    TextCodec(),
    JsonCodec(),
    MessagePackCodec(),
    CborCodec(),
)


def codec_for(content_type: str, codecs: Sequence[Codec[Any]] = STANDARD) -> Codec[Any]:
    """Give the first codec that reads a content type; bytes where none is said or none does."""
    media_type = media_type_of(content_type)
    if media_type:
        for codec in codecs:
            if codec.reads(media_type):
                return codec
    return BYTES


def media_type_of(content_type: str) -> str:
    """Give a content type without parameters and case."""
    return content_type.partition(";")[0].strip().lower()


def encode_value(codec: Codec[Value], value: Value) -> bytes:
    """Write a value, or raise CodecError (ENCODE_FAILED)."""
    try:
        return codec.encode(value)
    except Exception as problem:
        message = f"a {type(value).__name__} cannot be written as {_name(codec)}: {problem}"
        raise codec_error("ENCODE_FAILED", message) from problem


def decode_value(codec: Codec[Value], data: bytes, content_type: str) -> Value:
    """Read a value of that content type, or raise CodecError (DECODE_FAILED)."""
    if not codec.reads(media_type_of(content_type)):
        found = content_type or "of no content type"
        raise codec_error("DECODE_FAILED", f"the value is {found}, not {_name(codec)}")
    try:
        return codec.decode(data)
    except Exception as problem:
        message = f"the value cannot be read as {_name(codec)}: {problem}"
        raise codec_error("DECODE_FAILED", message) from problem


def decode_entry(codec: Codec[Value], entry: Entry[bytes]) -> Entry[Value]:
    """Read the value of an entry, or raise CodecError (DECODE_FAILED), which names the key."""
    try:
        return entry.map(lambda found: decode_value(codec, found.value, found.content_type))
    except CodecError as error:
        message = f"{entry.key!r}: {error.message}"
        raise codec_error(error.reason, message, key=entry.key) from error.__cause__


def _name(codec: Codec[Any]) -> str:
    return codec.content_type or "bytes"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")

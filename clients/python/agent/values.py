"""The commands that read and write values with codecs."""

from typing import Any

import wire
from wire import Json, call_options, options

import keyvaluedb as kv


class Values:
    """What an agent does with codecs."""

    _client: Any

    async def do_encode(self, line: Json) -> Json:
        """Write a value, which needs no server: what a view would send."""
        codec = wire.CODECS[line["codec"]]
        data = kv.encode_value(codec, line.get("value"))
        return {"bytes": wire.from_bytes(data), "content_type": codec.content_type}

    async def do_decode(self, line: Json) -> Json:
        """Read a value."""
        content_type = line.get("content_type") or ""
        data = wire.to_bytes(line.get("bytes", ""))
        codec = wire.CODECS[line["codec"]] if line.get("codec") else wire.codec_of(content_type)
        return {"value": kv.decode_value(codec, data, content_type)}

    async def do_set_value(self, line: Json) -> Json:
        """Set a key with a codec."""
        named = options(line, *wire.EXPIRATION, *wire.WRITE)
        codec = wire.CODECS[line["codec"]]
        made = await self._client.set_value(
            line["key"], line.get("value"), codec, **named, **call_options(line)
        )
        return wire.from_result(made)

    async def do_get_value(self, line: Json) -> Json:
        """Read a key with a codec."""
        if line.get("codec"):
            codec = wire.CODECS[line["codec"]]
            entry = await self._client.get_value(line["key"], codec, **call_options(line))
        else:
            found = await self._client.get(line["key"], **call_options(line))
            codec = wire.codec_of("" if found is None else found.content_type)
            entry = found and found.map(
                lambda read: kv.decode_value(codec, read.value, read.content_type)
            )
        if entry is None:
            return {"value": None}
        return {"value": entry.value, "content_type": entry.content_type}

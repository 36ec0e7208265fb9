"""The commands that watch."""

from datetime import timedelta
from typing import Any

import grpc
import wire
from wire import Json, options

import keyvaluedb as kv


class Streams:
    """The watches of an agent, each with its name."""

    _client: Any
    _streams: dict[str, Any]

    async def do_watch(self, line: Json) -> Json:
        """Begin to watch, and give the first message."""
        ranges = [wire.to_range(keys) for keys in line.get("ranges", ())]
        named = options(line, "include_previous")
        if "kinds" in line:
            named["kinds"] = [kv.EventKind(kind) for kind in line["kinds"]]
        return await self._begin(line, self._client.watch(*ranges, **named, **following(line)))

    async def do_watch_expirations(self, line: Json) -> Json:
        """Begin to watch expirations, and give the first message."""
        keys = wire.to_range(line.get("range"))
        named = options(line, "include_value")
        watch = self._client.watch_expirations(keys, **named, **following(line))
        return await self._begin(line, watch)

    async def _begin(self, line: Json, watch: Any) -> Json:  # noqa: ANN401
        self._streams[line["stream"]] = watch
        return wire.from_result(await anext(watch))

    async def do_next(self, line: Json) -> Json:
        """Take messages of a watch."""
        watch = self._streams[line["stream"]]
        answer: Json = {}
        while True:
            try:
                told = wire.from_result(await anext(watch))
            except StopAsyncIteration:
                raise ended() from None
            gather(answer, told)
            count = max(len(answer.get(name, ())) for name in ("events", "expirations"))
            if ("until" in line and told.get(line["until"])) or count >= line.get(
                "count", count + 1
            ):
                return answer

    async def do_end(self, line: Json) -> Json:
        """End a watch."""
        await self._streams[line["stream"]].close()
        return {}


def following(line: Json) -> Json:
    """Give the options of both watches."""
    named: Json = {"start": wire.to_start(line.get("start"))}
    if "progress_interval_ms" in line:
        named["progress_interval"] = timedelta(milliseconds=line["progress_interval_ms"])
    if "deadline_ms" in line:
        named["timeout"] = timedelta(milliseconds=line["deadline_ms"])
    return named


def gather(answer: Json, told: Json) -> None:
    """Add a message to what is answered of several."""
    for name in ("events", "expirations"):
        if name in told:
            answer.setdefault(name, []).extend(told[name])
    answer["resume_token"] = told["resume_token"]
    for name in ("progress", "synced", "restarted"):
        if told.get(name):
            answer[name] = told[name]


def ended() -> kv.KeyValueError:
    """Make the error of a read of a watch that was ended."""
    return kv.KeyValueError(
        "the watch was ended", reason="CANCELLED", code=grpc.StatusCode.CANCELLED
    )

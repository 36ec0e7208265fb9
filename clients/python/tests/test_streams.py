"""Scans and watches of both clients, against a server that answers as it is told to."""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from fake_server import FakeServer, refuse

import keyvaluedb as kv
from keyvaluedb.v1 import key_value_service_pb2 as pb
from keyvaluedb.v1 import types_pb2

Make = Callable[..., Any]


def unavailable(_request: Any, context: grpc.ServicerContext) -> None:
    refuse(context, grpc.StatusCode.UNAVAILABLE, "STARTING")


def test_a_scan_is_made_again_only_before_its_first_message(server: FakeServer, make: Make) -> None:
    def refused(_request: Any, context: grpc.ServicerContext) -> Iterator[pb.ScanResponse]:
        unavailable(_request, context)
        yield pb.ScanResponse()

    def cut(_request: Any, context: grpc.ServicerContext) -> Iterator[pb.ScanResponse]:
        yield pb.ScanResponse(revision=1)
        yield pb.ScanResponse(entries=[types_pb2.Entry(key="a")], revision=1)
        refuse(context, grpc.StatusCode.UNAVAILABLE, "DRAINING")

    server.answers = [refused, cut]

    async def run() -> None:
        client = make(server.address)
        entries = client.scan()
        assert (await anext(entries)).key == "a"
        with pytest.raises(kv.UnavailableError):
            await anext(entries)
        with pytest.raises(StopAsyncIteration):
            await anext(entries)
        await client.close()

    asyncio.run(run())
    assert len(server.asked) == 2


def test_a_watch_goes_on_by_itself(server: FakeServer, make: Make) -> None:
    def one(_request: Any, context: grpc.ServicerContext) -> Iterator[pb.WatchResponse]:
        yield pb.WatchResponse(resume_token="one")
        refuse(context, grpc.StatusCode.UNAVAILABLE, "DRAINING", resume_token="later")

    def two(_request: Any, _context: grpc.ServicerContext) -> Iterator[pb.WatchResponse]:
        yield pb.WatchResponse(resume_token="two")

    def lost(_request: Any, context: grpc.ServicerContext) -> Iterator[pb.WatchResponse]:
        refuse(context, grpc.StatusCode.OUT_OF_RANGE, "REVISION_COMPACTED", oldest_revision="9")
        yield pb.WatchResponse()

    server.answers = [one, two, lost]

    async def run() -> None:
        client = make(server.address)
        watch = client.watch(kv.Prefix("a/"), kinds=[kv.EventKind.SET])
        assert [(await anext(watch)).resume_token for _ in range(2)] == ["one", "two"]
        with pytest.raises(kv.PositionLostError) as raised:
            await anext(watch)
        assert raised.value.metadata == {"oldest_revision": "9"}
        with pytest.raises(StopAsyncIteration):
            await anext(watch)
        await client.close()

    asyncio.run(run())
    assert [request.start.resume_token for request in server.asked] == ["", "one", "two"]


def silent(_request: Any, context: grpc.ServicerContext) -> Iterator[pb.WatchResponse]:
    yield pb.WatchResponse(resume_token="first")
    while context.is_active():
        time.sleep(0.01)


def test_a_watch_ends_when_it_is_closed(server: FakeServer, make: Make) -> None:
    server.answers = [silent]

    async def run() -> None:
        client = make(server.address)
        watch = client.watch()
        await anext(watch)
        waiting = asyncio.ensure_future(anext(watch, None))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await watch.close()
        assert await waiting is None
        await client.close()

    asyncio.run(run())


def test_closing_ends_what_is_under_way(server: FakeServer, make: Make) -> None:
    server.answers = [silent]

    async def run() -> None:
        client = make(server.address)
        watch = client.watch()
        await anext(watch)
        waiting = asyncio.ensure_future(anext(watch))
        await asyncio.sleep(0.05)
        await client.close()
        with pytest.raises(kv.ClosedError):
            await waiting
        with pytest.raises(kv.ClosedError):
            await client.get("a")

    asyncio.run(run())


def test_an_interrupted_read_of_a_watch_loses_nothing(server: FakeServer) -> None:
    from keyvaluedb import aio  # noqa: PLC0415 - Tasks are cancelled in asyncio alone.

    server.answers = [silent]

    async def run() -> None:
        async with aio.Client(server.address) as client:
            watch = client.watch()
            await anext(watch)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(watch), 0.05)
            assert (await anext(watch)).resume_token == "first"

    asyncio.run(run())
    assert [request.start.resume_token for request in server.asked] == ["", "first"]

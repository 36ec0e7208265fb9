"""Both clients against a server that answers as it is told to."""

import asyncio
import time
from collections.abc import Callable
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


def set_at(revision: int) -> Callable[[Any, grpc.ServicerContext], pb.SetResponse]:
    return lambda _request, _context: pb.SetResponse(revision=revision)


def test_a_write_is_made_again_with_the_same_id(server: FakeServer, make: Make) -> None:
    server.answers = [unavailable, unavailable, set_at(3)]

    async def run() -> None:
        client = make(server.address)
        assert (await client.set("a", b"1")).revision == 3
        await client.close()

    asyncio.run(run())
    ids = {request.request_id for request in server.asked}
    assert len(server.asked) == 3
    assert len(ids) == 1
    assert len(ids.pop()) == 36


def test_an_overloaded_server_says_when(server: FakeServer, make: Make) -> None:
    def overloaded(_request: Any, context: grpc.ServicerContext) -> None:
        code = grpc.StatusCode.RESOURCE_EXHAUSTED
        refuse(context, code, "OVERLOADED", retry_ms=200)

    server.answers = [overloaded, set_at(3)]

    async def run() -> float:
        client = make(server.address)
        began = time.monotonic()
        await client.set("a", b"1", request_id="mine")
        await client.close()
        return time.monotonic() - began

    assert asyncio.run(run()) >= 0.2
    assert [request.request_id for request in server.asked] == ["mine", "mine"]


def test_without_retries_there_is_one_try_and_no_id(server: FakeServer, make: Make) -> None:
    server.answers = [unavailable]

    async def run() -> None:
        client = make(server.address)
        with pytest.raises(kv.UnavailableError) as raised:
            await client.set("a", b"1", retries=False)
        assert raised.value.reason == "STARTING"
        await client.close()

    asyncio.run(run())
    assert [request.request_id for request in server.asked] == [""]


def test_the_last_error_is_told_when_the_deadline_comes(server: FakeServer, make: Make) -> None:
    server.answers = [unavailable]

    async def run() -> None:
        client = make(server.address, timeout=0.4)
        with pytest.raises(kv.UnavailableError):
            await client.get("a")
        await client.close()

    asyncio.run(run())
    assert 2 <= len(server.asked) <= 7


def test_a_refusal_has_its_reason_and_metadata(server: FakeServer, make: Make) -> None:
    def refused(_request: Any, context: grpc.ServicerContext) -> None:
        code = grpc.StatusCode.ABORTED
        refuse(context, code, "PRECONDITION_FAILED", revision="7")

    def later(_request: Any, context: grpc.ServicerContext) -> None:
        refuse(context, grpc.StatusCode.FAILED_PRECONDITION, "OF_A_LATER_SERVER")

    server.answers = [refused, later]

    async def run() -> None:
        client = make(server.address)
        with pytest.raises(kv.ConflictError) as raised:
            await client.set("a", b"1", precondition=kv.Precondition(revision=1))
        assert raised.value.metadata == {"revision": "7"}
        with pytest.raises(kv.KeyValueError) as unknown:
            await client.get("a")
        assert unknown.value.reason == "OF_A_LATER_SERVER"
        await client.close()

    asyncio.run(run())
    assert len(server.asked) == 2


def test_what_is_no_text_is_refused_as_the_server_would(make: Make) -> None:
    async def run() -> None:
        client = make("127.0.0.1:1")
        with pytest.raises(kv.KeyValueError) as raised:
            await client.get("\ud800")
        assert raised.value.reason == "INVALID_FIELD"
        await client.close()

    asyncio.run(run())


def test_a_transaction_is_called_again_on_conflict(server: FakeServer, make: Make) -> None:
    def read(_request: Any, _context: grpc.ServicerContext) -> pb.GetResponse:
        entry = types_pb2.Entry(key="a", value=b"1", revision=4)
        return pb.GetResponse(entry=entry, revision=9)

    def made(*, succeeded: bool) -> Callable[[Any, grpc.ServicerContext], pb.TransactResponse]:
        return lambda _request, _context: pb.TransactResponse(succeeded=succeeded)

    server.answers = [read, made(succeeded=False), read, made(succeeded=True)]
    attempts = 0

    async def add(transaction: Any) -> str:
        nonlocal attempts
        attempts += 1
        entry = await transaction.get("a")
        transaction.set("b", entry.value)
        return "done"

    async def run() -> None:
        client = make(server.address)
        assert await client.transaction(add) == "done"
        await client.close()

    asyncio.run(run())
    assert attempts == 2
    last = server.asked[-1]
    assert [condition.revision for condition in last.conditions] == [4]
    assert [operation.set.key for operation in last.then] == ["b"]


def test_a_transaction_gives_up(server: FakeServer, make: Make) -> None:
    server.answers = [lambda _request, _context: pb.TransactResponse(succeeded=False)]

    async def write(transaction: Any) -> None:
        transaction.set("a", b"1")

    async def run() -> None:
        client = make(server.address, transaction_attempts=3)
        with pytest.raises(kv.ConflictError) as raised:
            await client.transaction(write)
        assert raised.value.reason == "PRECONDITION_FAILED"
        await client.close()

    asyncio.run(run())
    assert len(server.asked) == 3


def test_pages_follow_each_other(server: FakeServer, make: Make) -> None:
    server.answers = [
        lambda _request, _context: pb.ListKeysResponse(keys=["a", "b"], next_page_token="2"),
        lambda _request, _context: pb.ListKeysResponse(keys=["c"]),
    ]

    async def run() -> None:
        client = make(server.address)
        assert [key async for key in client.list_keys(page_size=2)] == ["a", "b", "c"]
        await client.close()

    asyncio.run(run())
    assert [request.page_token for request in server.asked] == ["", "2"]


def test_closing_ends_a_call_under_way(server: FakeServer, make: Make) -> None:
    def silent(_request: Any, context: grpc.ServicerContext) -> pb.GetResponse:
        while context.is_active():
            time.sleep(0.01)
        return pb.GetResponse()

    server.answers = [silent]

    async def run() -> None:
        client = make(server.address, timeout=60)
        waiting = asyncio.ensure_future(client.get("a"))
        while not server.asked:
            await asyncio.sleep(0.01)
        await client.close()
        with pytest.raises(kv.ClosedError):
            await waiting

    asyncio.run(run())


def test_closing_ends_a_wait_between_tries(server: FakeServer, make: Make) -> None:
    def later(_request: Any, context: grpc.ServicerContext) -> None:
        refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", retry_ms=900)

    server.answers = [later]

    async def run() -> float:
        client = make(server.address, timeout=60)
        waiting = asyncio.ensure_future(client.get("a"))
        while not server.asked:
            await asyncio.sleep(0.01)
        began = time.monotonic()
        await client.close()
        with pytest.raises(kv.ClosedError):
            await waiting
        return time.monotonic() - began

    assert asyncio.run(run()) < 0.8


def test_a_cancelled_call_is_cancelled(server: FakeServer) -> None:
    from keyvaluedb import aio  # noqa: PLC0415

    server.answers = [unavailable]

    async def run() -> None:
        async with aio.Client(server.address) as client:
            task = asyncio.ensure_future(client.get("a"))
            while not server.asked:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())


def test_views_read_and_write_values(server: FakeServer) -> None:
    def read(_request: Any, _context: grpc.ServicerContext) -> pb.GetResponse:
        entry = types_pb2.Entry(key="a", value=b'{"n":1}', content_type="application/json")
        return pb.GetResponse(entry=entry)

    server.answers = [set_at(1), read, read]
    with kv.Client(server.address) as client:
        view = client.view(kv.JsonCodec())
        view.set("a", {"n": 1}, ttl=5)
        entry = view.get("a")
        assert entry is not None
        assert entry.value == {"n": 1}
        with pytest.raises(kv.CodecError) as raised:
            client.get_value("a", kv.CborCodec())
        assert raised.value.metadata == {"key": "a"}
    assert server.asked[0].value == b'{"n":1}'
    assert server.asked[0].content_type == "application/json"
    assert server.asked[0].ttl.seconds == 5

"""TLS towards a proxy that ends it, as it stands in front of a server."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import pytest
import trustme
from fake_server import FakeServer

import keyvaluedb as kv
from keyvaluedb.v1 import key_value_service_pb2 as pb

NAME = "store.example"
CHUNK_BYTES = 65_536


class Proxy:
    """Ends TLS, with HTTP/2 agreed by ALPN, and passes on what comes to the server behind it."""

    def __init__(self, behind: str, certificate: trustme.LeafCert) -> None:
        self._host, port = behind.split(":")
        self._port = int(port)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.set_alpn_protocols(["h2"])
        certificate.configure_cert(self._context)
        self._is_listening = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._serving: list[asyncio.Task[None]] = []
        self.protocols: list[str | None] = []

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._is_listening.wait(5)
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._is_listening.set()
        await self._stop.wait()
        server.close()
        for serving in self._serving:
            serving.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.append(task)
        self.protocols.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
        behind_reader, behind_writer = await asyncio.open_connection(self._host, self._port)
        try:
            await asyncio.gather(pass_on(reader, behind_writer), pass_on(behind_reader, writer))
        except asyncio.CancelledError:
            pass  # The proxy stops.
        finally:
            for each in (writer, behind_writer):
                each.close()
                with suppress(OSError):
                    await each.wait_closed()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes until it ends."""
    with suppress(OSError):
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture
def authority(tmp_path: Path) -> tuple[trustme.CA, Path]:
    """Give who signs certificates, and the file that says so."""
    ca = trustme.CA()
    path = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(path)
    return ca, path


@pytest.fixture
def proxy(server: FakeServer, authority: tuple[trustme.CA, Path]) -> Iterator[Proxy]:
    """Give a proxy whose certificate has another name than its address."""
    server.answers = [lambda _request, _context: pb.GetResponse(revision=1)]
    with Proxy(server.address, authority[0].issue_cert(NAME)) as running:
        yield running


def get(make: Callable[..., Any], address: str, tls: kv.Tls | bool | None) -> None:
    async def run() -> None:
        client = make(address, tls=tls, timeout=1)
        try:
            assert await client.get("a") is None
        finally:
            await client.close()

    asyncio.run(run())


def test_a_certificate_of_the_file_and_the_name_is_believed(
    make: Callable[..., Any], proxy: Proxy, authority: tuple[trustme.CA, Path]
) -> None:
    get(make, proxy.address, kv.Tls(ca_file=authority[1], server_name=NAME))
    assert proxy.protocols == ["h2"]


@pytest.mark.parametrize("case", ["another name", "the system's certificates", "no TLS"])
def test_nothing_else_is_believed(
    make: Callable[..., Any], proxy: Proxy, authority: tuple[trustme.CA, Path], case: str
) -> None:
    tls: dict[str, kv.Tls | None] = {
        "another name": kv.Tls(ca_file=authority[1]),
        "the system's certificates": kv.Tls(server_name=NAME),
        "no TLS": None,
    }
    with pytest.raises(kv.UnavailableError) as raised:
        get(make, proxy.address, tls[case])
    assert raised.value.reason == "UNREACHABLE"


def test_the_system_certificates_can_be_named_by_the_environment(
    make: Callable[..., Any],
    proxy: Proxy,
    authority: tuple[trustme.CA, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[1]))
    get(make, proxy.address, kv.Tls(server_name=NAME))


def test_a_file_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        kv.Client(tls=kv.Tls(ca_file=tmp_path / "none.pem"))

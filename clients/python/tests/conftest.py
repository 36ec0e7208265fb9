"""What several tests need: a server to talk to, and both clients with one face."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fake_server import FakeServer, serving
from threaded import ThreadedClient

from keyvaluedb import aio


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """Give a server that answers as it is told to."""
    with serving() as fake:
        yield fake


@pytest.fixture(params=[ThreadedClient, aio.Client], ids=["sync", "asyncio"])
def make(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Give what makes a client: the synchronous one in threads, and the asyncio one."""
    made: Callable[..., Any] = request.param
    return made

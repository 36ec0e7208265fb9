"""The synchronous client with the face of the asyncio one, so that one agent serves both.

Each call is made in a thread of its own, as many at once as there are, and nothing else is added.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keyvaluedb as kv

THREADS_MAX = 512
END = object()

threads = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="agent")


async def in_thread(function: Callable[..., Any], *given: Any, **named: Any) -> Any:  # noqa: ANN401
    """Wait for a call that is made in a thread."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(threads, lambda: function(*given, **named))


class ThreadedIterator(AsyncIterator[Any]):
    """An iterator whose items are waited for in threads."""

    def __init__(self, iterator: Iterator[Any]) -> None:
        self._iterator = iterator

    async def __anext__(self) -> Any:  # noqa: ANN401
        item = await in_thread(next, self._iterator, END)
        if item is END:
            raise StopAsyncIteration
        return item

    async def close(self) -> None:
        """Close what can be."""
        await in_thread(self._iterator.close)  # type: ignore[attr-defined] # Ours all can be.


class ThreadedTransaction:
    """A transaction whose reads are waited for in threads."""

    def __init__(self, transaction: kv.Transaction) -> None:
        self.set = transaction.set
        self._transaction = transaction

    async def get(self, key: str) -> kv.Entry[bytes] | None:
        """Read a key."""
        entry: kv.Entry[bytes] | None = await in_thread(self._transaction.get, key)
        return entry


class ThreadedClient:
    """A client whose calls are made in threads."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401
        self._client = kv.Client(*given, **named)

    async def transaction(
        self,
        function: Callable[[ThreadedTransaction], Awaitable[Any]],
        **named: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Make a transaction with a function that runs in this loop."""
        loop = asyncio.get_running_loop()

        async def run(transaction: kv.Transaction) -> Any:  # noqa: ANN401
            return await function(ThreadedTransaction(transaction))

        return await in_thread(
            self._client.transaction,
            lambda made: asyncio.run_coroutine_threadsafe(run(made), loop).result(),
            **named,
        )

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Give a call, or what iterates."""
        method = getattr(self._client, name)
        if name in {"list_keys", "list_versions", "scan", "watch", "watch_expirations"}:
            return lambda *given, **named: ThreadedIterator(method(*given, **named))
        return lambda *given, **named: in_thread(method, *given, **named)

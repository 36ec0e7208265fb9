"""What each command of the harness does with the public layer of the client.

The protocol is in clients/conformance/README.md. Each method of Commands whose name is a `do` takes
the line and gives what stands under `ok`.
"""

import asyncio
import platform
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import wire
from streams import Streams
from values import Values
from wire import EXPIRATION, WRITE, Json, call_options, options

import keyvaluedb as kv
from keyvaluedb import aio

MILLISECONDS_PER_SECOND = 1000


class FunctionFailedError(Exception):
    """What the function of a transaction raises if it shall."""


class Commands(Streams, Values):
    """The client that is open, and its streams. `make` makes a client; `say` writes a line."""

    def __init__(self, make: Callable[..., Any], say: Callable[[Json], None]) -> None:
        self._make = make
        self._say = say
        self._client: Any = None
        self._streams = {}
        self._goes: dict[object, asyncio.Queue[None]] = {}

    async def do(self, line: Json) -> None:
        """Do a command and answer it."""
        if line["do"] == "go":
            self._goes[line["of"]].put_nowait(None)
            return
        self._say({"id": line["id"], **await self._answer(line)})

    async def _answer(self, line: Json) -> Json:
        perform: Callable[[Json], Coroutine[Any, Any, Json]] | None
        perform = getattr(self, f"do_{line['do']}", None)
        if perform is None:
            return {"fault": f"no such command: {line['do']}"}
        try:
            return {"ok": await perform(line)}
        except kv.KeyValueError as error:
            return {"error": wire.from_error(error)}
        except FunctionFailedError:
            return {"error": {"reason": "FUNCTION_FAILED"}}
        except Exception as fault:  # noqa: BLE001 - The harness wants to know.
            return {"fault": f"{type(fault).__name__}: {fault}"}

    async def do_open(self, line: Json) -> Json:
        """Open a client; it replaces the one before."""
        given = line.get("options", {})
        named: Json = {}
        for name, option in (
            ("deadline_ms", "timeout"),
            ("keepalive_ms", "keepalive"),
            ("keepalive_timeout_ms", "keepalive_timeout"),
        ):
            if name in given:
                named[option] = given[name] / MILLISECONDS_PER_SECOND
        if "retries" in given:
            named["retries"] = given["retries"]
        if given.get("tls"):
            tls = given["tls"] if isinstance(given["tls"], dict) else {}
            named["tls"] = kv.Tls(tls.get("ca_file"), tls.get("server_name"))
        if self._client is not None:
            await self._client.close()
        self._client = self._make(line["address"], **named)
        return {}

    async def do_hello(self, _line: Json) -> Json:
        """Tell what this is."""
        return {"version": kv.__version__, "runtime": f"python{platform.python_version()}"}

    async def do_close(self, _line: Json) -> Json:
        """Close the client."""
        await self._client.close()
        return {}

    async def do_set(self, line: Json) -> Json:
        """Set a key."""
        named = options(line, *EXPIRATION, *WRITE, "content_type")
        value = wire.to_bytes(line.get("value", ""))
        made = await self._client.set(line["key"], value, **named, **call_options(line))
        return wire.from_result(made)

    async def do_get(self, line: Json) -> Json:
        """Read a key."""
        named = options(line, "revision")
        entry = await self._client.get(line["key"], **named, **call_options(line))
        return {"entry": wire.from_entry(entry)}

    async def do_delete(self, line: Json) -> Json:
        """Delete a key."""
        named = options(line, *WRITE)
        return wire.from_result(
            await self._client.delete(line["key"], **named, **call_options(line))
        )

    async def do_touch(self, line: Json) -> Json:
        """Change when a key expires."""
        named = options(line, "ttl", "persist", *WRITE)
        return wire.from_result(
            await self._client.touch(line["key"], **named, **call_options(line))
        )

    async def do_increment(self, line: Json) -> Json:
        """Add to a number."""
        named = options(line, *EXPIRATION, "request_id")
        delta = int(line.get("delta", 0))
        made = await self._client.increment(line["key"], delta, **named, **call_options(line))
        return {**wire.from_result(made), "value": str(made.value)}

    async def do_delete_range(self, line: Json) -> Json:
        """Delete the keys of a range."""
        named = options(line, "limit", "request_id")
        keys = wire.to_range(line.get("range"))
        return wire.from_result(
            await self._client.delete_range(keys, **named, **call_options(line))
        )

    async def do_list_keys(self, line: Json) -> Json:
        """List keys."""
        named = options(line, "page_size", "descending")
        keys = wire.to_range(line.get("range"))
        listing = self._client.list_keys(keys, **named, **call_options(line))
        return {"keys": await take(listing, line.get("take"))}

    async def do_count_keys(self, line: Json) -> Json:
        """Count keys."""
        keys = wire.to_range(line.get("range"))
        return {"count": await self._client.count_keys(keys, **call_options(line))}

    async def do_scan(self, line: Json) -> Json:
        """Read the entries of a range."""
        named = options(line, "filter", "descending", "limit")
        named["include_values"] = line.get("include_values", False)
        keys = wire.to_range(line.get("range"))
        entries = self._client.scan(keys, **named, **call_options(line))
        try:
            taken = await take(entries, line.get("take"))
        finally:
            await entries.close()
        return {"entries": [wire.from_entry(entry) for entry in taken]}

    async def do_list_versions(self, line: Json) -> Json:
        """List the versions of a key."""
        named = options(line, "page_size")
        versions = self._client.list_versions(line["key"], **named, **call_options(line))
        taken = await take(versions, line.get("take"))
        return {"entries": [wire.from_entry(entry) for entry in taken]}

    async def do_transact(self, line: Json) -> Json:
        """Make a transaction of conditions and operations."""
        made = await self._client.transact(
            [wire.to_condition(condition) for condition in line.get("conditions", ())],
            [wire.to_operation(operation) for operation in line.get("then", ())],
            [wire.to_operation(operation) for operation in line.get("otherwise", ())],
            **options(line, "request_id"),
            **call_options(line),
        )
        results = [wire.from_operation_result(result) for result in made.results]
        answer = {"revision": made.revision, "succeeded": made.succeeded}
        return {**answer, "results": results, "replayed": made.replayed}

    async def do_transaction(self, line: Json) -> Json:
        """Make a transaction with a function that adds and writes."""
        attempts = 0
        values: dict[str, int] = {}
        goes = self._goes[line["id"]] = asyncio.Queue()

        async def function(transaction: aio.Transaction) -> None:
            nonlocal attempts
            attempts += 1
            for key, number in line.get("add", {}).items():
                entry = await transaction.get(key)
                values[key] = (0 if entry is None else int(entry.value)) + int(number)
                transaction.set(key, str(values[key]).encode())
            for key, text in line.get("write", {}).items():
                transaction.set(key, text.encode())
            self._say({"id": line["id"], "attempt": attempts})
            await goes.get()
            if line.get("fail"):
                raise FunctionFailedError

        named = options(line, "attempts")
        try:
            await self._client.transaction(function, **named, **call_options(line))
        finally:
            del self._goes[line["id"]]
        return {"attempts": attempts, "values": values}

    async def do_status(self, line: Json) -> Json:
        """Tell how the store is."""
        status = await self._client.status(**call_options(line))
        return {
            "revision": status.revision,
            "key_count": status.key_count,
            "version": status.version,
            "status_calls": sum(
                each.call_count for each in status.methods if each.method == "GetStatus"
            ),
        }

    async def do_snapshot(self, line: Json) -> Json:
        """Make a snapshot."""
        return wire.from_result(await self._client.snapshot(**call_options(line)))

    async def do_compact(self, line: Json) -> Json:
        """Give back disk space."""
        return wire.from_result(await self._client.compact(**call_options(line)))

    async def do_list_snapshots(self, line: Json) -> Json:
        """List the snapshots."""
        made = await self._client.list_snapshots(**call_options(line))
        return {"snapshots": [wire.from_result(snapshot) for snapshot in made]}

    async def do_delete_snapshot(self, line: Json) -> Json:
        """Delete a snapshot."""
        name = line["snapshot_id"]
        return {"deleted": await self._client.delete_snapshot(name, **call_options(line))}

    async def do_many(self, line: Json) -> Json:
        """Make one call for many keys, all at once."""
        made = call_options(line)
        prefix, count = line["prefix"], line["count"]

        async def one(number: int) -> int:
            key = f"{prefix}{number}"
            match line["call"]:
                case "set":
                    await self._client.set(key, str(number).encode(), **made)
                case "get":
                    await self._client.get(key, **made)
                case "increment":
                    return int((await self._client.increment(key, 1, **made)).value)
            return 0

        sums = await asyncio.gather(*(one(number) for number in range(count)))
        return {"count": len(sums), "sum": sum(sums)}


async def take(items: AsyncIterator[Any], count: int | None) -> list[Any]:
    """Take so many items, or all there are."""
    taken: list[Any] = []
    if count == 0:
        return taken
    async for item in items:
        taken.append(item)
        if len(taken) == count:
            break
    return taken

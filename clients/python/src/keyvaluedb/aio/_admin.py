"""The calls of whoever runs the store."""

from typing import Unpack

from keyvaluedb import _calls as calls
from keyvaluedb import _results as results
from keyvaluedb._call_options import CallOptions
from keyvaluedb.aio._transport import Transport


class Admin:
    """What a client looks after the store with."""

    _transport: Transport

    async def status(self, **call: Unpack[CallOptions]) -> results.Status:
        """Tell how the store is."""
        return await self._transport.unary(calls.status(), call)

    async def snapshot(self, **call: Unpack[CallOptions]) -> results.Snapshot:
        """Write a file of every entry at one revision into the server's data directory."""
        return await self._transport.unary(calls.snapshot(), call)

    async def list_snapshots(self, **call: Unpack[CallOptions]) -> list[results.Snapshot]:
        """List the snapshots that the server has, the oldest first."""
        return await self._transport.unary(calls.list_snapshots(), call)

    async def delete_snapshot(self, snapshot_id: str, **call: Unpack[CallOptions]) -> bool:
        """Delete a snapshot, and tell whether there was one."""
        return await self._transport.unary(calls.delete_snapshot(snapshot_id), call)

    async def compact(self, **call: Unpack[CallOptions]) -> results.CompactResult:
        """Give back the disk space of what was overwritten, deleted or expired."""
        return await self._transport.unary(calls.compact(), call)

"""The asyncio client of KeyValueDB. Everything that it takes and gives is in `keyvaluedb`."""

from keyvaluedb.aio._client import Client
from keyvaluedb.aio._streams import EntryStream, Watch
from keyvaluedb.aio._transaction import Transaction
from keyvaluedb.aio._views import View

__all__ = ["Client", "EntryStream", "Transaction", "View", "Watch"]

"""What a transaction has read and is going to write: everything of it that is no I/O.

What was read becomes conditions, what was written operations; reads see the writes before them. A
key is read once: a second read of it gives what the first one gave.
"""

import grpc

from keyvaluedb import _operations as ops
from keyvaluedb._conditions import Condition
from keyvaluedb._entries import Entry
from keyvaluedb._errors import KeyValueError, error


class Draft:
    """One attempt of a transaction."""

    def __init__(self) -> None:
        self._read: dict[str, Entry[bytes] | None] = {}
        self._written: dict[str, Entry[bytes] | None] = {}
        self._unreadable: set[str] = set()
        self.operations: list[ops.Operation] = []

    def knows(self, key: str) -> bool:
        """Tell whether a read of the key needs no call."""
        if key in self._unreadable:
            raise RuntimeError(
                f"{key!r} was incremented or touched in this transaction: what it is then is known"
                " when it is made; read it before"
            )
        return key in self._written or key in self._read

    def entry(self, key: str) -> Entry[bytes] | None:
        """Give what a read of a known key sees."""
        return self._written[key] if key in self._written else self._read[key]

    def note_read(self, key: str, entry: Entry[bytes] | None) -> None:
        """Note what a key is."""
        self._read[key] = entry

    def write(self, operation: ops.Set | ops.Delete | ops.Touch | ops.Increment) -> None:
        """Gather a write."""
        self.operations.append(operation)
        key = operation.key
        match operation:
            case ops.Set():
                self._unreadable.discard(key)
                self._written[key] = self._entry_of(operation)
            case ops.Delete():
                self._unreadable.discard(key)
                self._written[key] = None
            case ops.Touch() | ops.Increment():
                self._unreadable.add(key)

    def conditions(self) -> list[Condition]:
        """Give the conditions that every key is as it was read."""
        return [
            Condition(key, revision=0 if entry is None else entry.revision)
            for key, entry in self._read.items()
        ]

    def is_needless(self) -> bool:
        """Tell whether there is nothing to make: one read alone is consistent by itself."""
        return not self.operations and len(self._read) <= 1

    def _entry_of(self, written: ops.Set) -> Entry[bytes]:
        before = self._read.get(written.key)
        kept = before.expire_time if written.keep_expiration and before is not None else None
        return Entry(
            key=written.key,
            value=written.value,
            revision=0,
            expire_time=written.expire_time or kept,
            content_type=written.content_type,
        )


def conflict(attempts: int) -> KeyValueError:
    """Make the error of a transaction that was in conflict each time."""
    return error(
        f"what the transaction had read was changed by others, {attempts} times in a row",
        reason="PRECONDITION_FAILED",
        code=grpc.StatusCode.ABORTED,
    )

"""What the store tells of keys: entries, events, expirations and how far a stream is whole.

All of it is frozen. Values are bytes, except in what a typed view gives.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from keyvaluedb._times import from_timestamp
from keyvaluedb.v1 import types_pb2 as pb

__all__ = [
    "Entry",
    "Event",
    "EventKind",
    "Expiration",
    "ExpirationCause",
    "ExpirationMessage",
    "Progress",
    "WatchMessage",
]

Value = TypeVar("Value")
Other = TypeVar("Other")


@dataclass(frozen=True, slots=True)
class Entry(Generic[Value]):
    """A key with its value and what the store knows of it."""

    key: str
    value: Value
    revision: int
    """The revision of the last change: 1 or more, or 0 where a transaction has yet to make it."""
    create_revision: int = 0
    """The revision at which the key came to be."""
    version: int = 0
    """1 for a new key, and one more with each set."""
    expire_time: datetime | None = None
    """When the key expires, in UTC and whole milliseconds. None: never."""
    update_time: datetime | None = None
    """When the last change was committed. None where it was not asked for or is not known."""
    content_type: str = ""
    """What the value is, as the last set said it."""

    def map(self, read: Callable[["Entry[Value]"], Other]) -> "Entry[Other]":
        """Give the same entry with the value that `read` makes of it."""
        return Entry(
            key=self.key,
            value=read(self),
            revision=self.revision,
            create_revision=self.create_revision,
            version=self.version,
            expire_time=self.expire_time,
            update_time=self.update_time,
            content_type=self.content_type,
        )


class EventKind(StrEnum):
    """What can happen to a key."""

    UNSPECIFIED = "UNSPECIFIED"
    """A kind that this client does not know."""
    SET = "SET"
    DELETE = "DELETE"
    EXPIRE = "EXPIRE"
    TOUCH = "TOUCH"
    """The key was given another deadline, or none; its value is as it was."""


class ExpirationCause(StrEnum):
    """Why the store ended a key by itself."""

    UNSPECIFIED = "UNSPECIFIED"
    """A cause that this client does not know."""
    DEADLINE = "DEADLINE"
    DEADLINE_WHILE_DOWN = "DEADLINE_WHILE_DOWN"
    """The deadline passed while the server was down; it was noticed at the next start."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything up to this revision was told before."""

    revision: int
    time: datetime
    """Every event that was durable before then was told before: the store's time when the mark was
    made, or an earlier one while the watch is behind."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a key. `(revision, index)` identifies it."""

    kind: EventKind
    revision: int
    index: int
    """The place within the transaction, from 0."""
    entry: Entry[bytes]
    """As a set or a touch left it. Of a key that is gone only `key`, `revision` and, if it expired,
    `expire_time` are filled in."""
    previous: Entry[bytes] | None
    """What was there before, if that was asked for; see `previous_omitted`."""
    previous_omitted: bool
    """There was something before, but it is not here: its record is gone, or it was too large."""
    value_omitted: bool
    """The value of `entry` is not here: it was too large to be sent. `get` has it."""
    commit_time: datetime | None


@dataclass(frozen=True, slots=True)
class Expiration:
    """A key that expired. `(revision, index)` identifies it."""

    revision: int
    index: int
    """The place within the transaction, from 0."""
    key: str
    value: bytes
    """The value that it had; empty unless the watch asked for values."""
    value_size: int
    """The size of the value that it had, in bytes, whether or not it is here."""
    expire_time: datetime | None
    """The deadline that passed."""
    commit_time: datetime | None
    """When the store committed the expiration: never before `expire_time`."""
    cause: ExpirationCause
    content_type: str
    value_omitted: bool
    """The value was asked for, but is not here: too large to be kept or sent, or damaged."""


@dataclass(frozen=True, slots=True)
class WatchMessage:
    """One message of a watch: events, or a mark that says how far it is whole."""

    events: tuple[Event, ...]
    resume_token: str
    """From where a watch that has this message goes on; see ResumeToken."""
    progress: Progress | None
    """Everything up to there was told."""
    synced: bool
    """The current state has been told. What follows came after the revision of `progress`."""
    restarted: bool
    """The current state is told anew, from here: forget what was told of it before."""


@dataclass(frozen=True, slots=True)
class ExpirationMessage:
    """One message of a watch of expirations."""

    expirations: tuple[Expiration, ...]
    resume_token: str
    """From where a watch that has this message goes on; see ResumeToken."""
    progress: Progress | None
    """Everything up to there was told."""


def read_entry(entry: pb.Entry) -> Entry[bytes]:
    """Read an entry from the wire."""
    return Entry(
        key=entry.key,
        value=entry.value,
        revision=entry.revision,
        create_revision=entry.create_revision,
        version=entry.version,
        expire_time=from_timestamp(entry.expire_time) if entry.HasField("expire_time") else None,
        update_time=from_timestamp(entry.update_time) if entry.HasField("update_time") else None,
        content_type=entry.content_type,
    )


def read_event(event: pb.Event) -> Event:
    """Read an event from the wire."""
    return Event(
        kind=_EVENT_KINDS.get(event.kind, EventKind.UNSPECIFIED),
        revision=event.revision,
        index=event.index,
        entry=read_entry(event.entry),
        previous=read_entry(event.previous) if event.HasField("previous") else None,
        previous_omitted=event.previous_omitted,
        value_omitted=event.value_omitted,
        commit_time=from_timestamp(event.commit_time) if event.HasField("commit_time") else None,
    )


def read_expiration(told: pb.Expiration) -> Expiration:
    """Read an expiration from the wire."""
    return Expiration(
        revision=told.revision,
        index=told.index,
        key=told.key,
        value=told.value,
        value_size=told.value_size,
        expire_time=from_timestamp(told.expire_time) if told.HasField("expire_time") else None,
        commit_time=from_timestamp(told.commit_time) if told.HasField("commit_time") else None,
        cause=_EXPIRATION_CAUSES.get(told.cause, ExpirationCause.UNSPECIFIED),
        content_type=told.content_type,
        value_omitted=told.value_omitted,
    )


def read_progress(progress: pb.Progress) -> Progress:
    """Read a progress mark from the wire."""
    return Progress(revision=progress.revision, time=from_timestamp(progress.time))


def to_event_kind(kind: EventKind) -> pb.EventKind.ValueType:
    """Give a kind as the wire has it."""
    return pb.EventKind.Value(f"EVENT_KIND_{kind}")


_EVENT_KINDS = {
    number: EventKind(name.removeprefix("EVENT_KIND_")) for name, number in pb.EventKind.items()
}
_EXPIRATION_CAUSES = {
    number: ExpirationCause(name.removeprefix("EXPIRATION_CAUSE_"))
    for name, number in pb.ExpirationCause.items()
}

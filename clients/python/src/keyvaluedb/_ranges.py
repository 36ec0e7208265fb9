"""The keys that a call speaks of, and the positions that a watch begins at."""

from dataclasses import dataclass
from typing import Final

from keyvaluedb.v1 import types_pb2 as pb

__all__ = [
    "CURRENT_STATE",
    "EVERYTHING",
    "NOW",
    "CurrentState",
    "FromRevision",
    "Glob",
    "Interval",
    "KeyRange",
    "Now",
    "Prefix",
    "ResumeToken",
    "StartPosition",
]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Every key that begins with these characters. Empty: all keys."""

    prefix: str


@dataclass(frozen=True, slots=True)
class Interval:
    """The keys from `start` to before `end`, in the store's order. Empty: open on that side."""

    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Glob:
    r"""Every key that the whole pattern matches: `*`, `?`, `[a-c]`, `[^a]`, and `\` to escape.

    `*` stands for any characters, `/` included.
    """

    pattern: str


KeyRange = Prefix | Interval | Glob

EVERYTHING: Final = Prefix("")
"""All keys."""


@dataclass(frozen=True, slots=True)
class Now:
    """From now on."""


@dataclass(frozen=True, slots=True)
class FromRevision:
    """From this revision on, it included."""

    revision: int


@dataclass(frozen=True, slots=True)
class ResumeToken:
    """From after what this token of an earlier message covers."""

    token: str


@dataclass(frozen=True, slots=True)
class CurrentState:
    """With the entries that there are, and then with all that comes after. Not for expirations."""


StartPosition = Now | FromRevision | ResumeToken | CurrentState

NOW: Final = Now()
CURRENT_STATE: Final = CurrentState()


def to_range(keys: KeyRange) -> pb.KeyRange:
    """Give a range as the wire has it."""
    match keys:
        case Prefix(prefix):
            return pb.KeyRange(prefix=prefix)
        case Interval(start, end):
            return pb.KeyRange(interval=pb.KeyInterval(start=start, end=end))
        case Glob(pattern):
            return pb.KeyRange(glob=pattern)


def to_start(start: StartPosition) -> pb.StartPosition:
    """Give a position as the wire has it."""
    match start:
        case Now():
            return pb.StartPosition(now=True)
        case FromRevision(revision):
            return pb.StartPosition(revision=revision)
        case ResumeToken(token):
            return pb.StartPosition(resume_token=token)
        case CurrentState():
            return pb.StartPosition(current_state=True)

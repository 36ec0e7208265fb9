"""What must be so for a change to be made."""

from dataclasses import dataclass

from keyvaluedb.v1 import key_value_service_pb2 as service_pb
from keyvaluedb.v1 import types_pb2 as pb

__all__ = ["Condition", "Precondition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Precondition:
    """What must be so of the key that a call changes: one of the three."""

    exists: bool | None = None
    """Whether the key exists."""
    revision: int | None = None
    """The revision of the key's last change; 0: the key is absent."""
    value: bytes | None = None
    """The value that the key has, byte for byte."""

    def __post_init__(self) -> None:
        _check_one(self.exists, self.revision, self.value)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a transaction asks of one key: one of the three that a Precondition has."""

    key: str
    exists: bool | None = None
    revision: int | None = None
    value: bytes | None = None

    def __post_init__(self) -> None:
        _check_one(self.exists, self.revision, self.value)


def to_precondition(asked: Precondition | None) -> pb.Precondition | None:
    """Give a precondition as the wire has it."""
    if asked is None:
        return None
    return pb.Precondition(exists=asked.exists, revision=asked.revision, value=asked.value)


def to_condition(asked: Condition) -> service_pb.Condition:
    """Give a condition as the wire has it."""
    return service_pb.Condition(
        key=asked.key, exists=asked.exists, revision=asked.revision, value=asked.value
    )


def _check_one(*choices: object) -> None:
    if sum(choice is not None for choice in choices) != 1:
        raise ValueError("give one of exists, revision and value")

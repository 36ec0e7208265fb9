"""What every call takes."""

from typing import TypedDict

from keyvaluedb._times import Duration

__all__ = ["CallOptions"]


class CallOptions(TypedDict, total=False):
    """What every call takes, beside its own options."""

    timeout: Duration
    """The deadline, with all tries, in seconds or as a timedelta; else the client's."""
    retries: bool
    """Whether to make the call again; else as the client says."""

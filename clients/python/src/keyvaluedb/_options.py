"""How a client connects and what its calls do by default, and what gRPC is told of it."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from keyvaluedb._call_options import CallOptions
from keyvaluedb._calls import new_request_id
from keyvaluedb._codecs import Codec
from keyvaluedb._retry import TRIES, Tries
from keyvaluedb._times import MILLISECONDS_PER_SECOND, Duration, seconds

__all__ = ["DEFAULT_ADDRESS", "Tls"]

DEFAULT_ADDRESS = "127.0.0.1:50051"
# How long one attempt to connect may take; gRPC calls it a backoff.
CONNECT_MILLISECONDS = 5_000
RECEIVED_BYTES_MAX = 128 * 1024 * 1024  # The most that a server can be set to send.


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS towards what ends it in front of the server."""

    ca_file: str | Path | None = None
    """A PEM file with the certificates to trust. None: those of the system."""
    server_name: str | None = None
    """The name that the certificate must have. None: the host of the address."""

    def credentials(self) -> grpc.ChannelCredentials:
        """Read the certificates."""
        if self.ca_file is not None:
            return grpc.ssl_channel_credentials(Path(self.ca_file).read_bytes())
        return grpc.ssl_channel_credentials(_system_certificates())


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a client, checked."""

    address: str
    timeout: float
    retries: bool
    keepalive: float
    keepalive_timeout: float
    tls: Tls | None
    codec: Codec[Any] | None
    transaction_attempts: int

    @classmethod
    def of(
        cls,
        address: str,
        *,
        timeout: Duration,
        retries: bool,
        keepalive: Duration,
        keepalive_timeout: Duration,
        tls: Tls | bool | None,
        codec: Codec[Any] | None,
        transaction_attempts: int,
    ) -> "Options":
        if transaction_attempts < 1:
            raise ValueError("transaction_attempts must be 1 or more")
        return cls(
            address=address,
            timeout=_positive("timeout", timeout),
            retries=retries,
            keepalive=_positive("keepalive", keepalive),
            keepalive_timeout=_positive("keepalive_timeout", keepalive_timeout),
            tls=Tls() if tls is True else tls or None,
            codec=codec,
            transaction_attempts=transaction_attempts,
        )

    def credentials(self) -> grpc.ChannelCredentials | None:
        """Give what TLS needs; None: there is no TLS."""
        return None if self.tls is None else self.tls.credentials()

    def tries(self, call: CallOptions) -> Tries:
        """Begin the tries of a call."""
        timeout = call.get("timeout")
        return Tries(
            self.timeout if timeout is None else seconds(timeout), retries=self.retried(call)
        )

    def retried(self, call: CallOptions) -> bool:
        """Tell whether a call is made again."""
        return call.get("retries", self.retries)

    def request_id(self, given: str | None, call: CallOptions) -> str:
        """Give the id of a write: the caller's, or one made for it if it may be made again."""
        return given or (new_request_id() if self.retried(call) else "")

    def channel_arguments(self) -> list[tuple[str, int | str]]:
        """Give what gRPC takes."""
        reconnect_most = int(TRIES.most * MILLISECONDS_PER_SECOND)
        arguments: list[tuple[str, int | str]] = [
            # We make calls again ourselves, with their deadline and their request id.
            ("grpc.enable_retries", 0),
            # By default a lost connection is tried again after up to two minutes.
            ("grpc.initial_reconnect_backoff_ms", int(TRIES.first * MILLISECONDS_PER_SECOND)),
            ("grpc.min_reconnect_backoff_ms", CONNECT_MILLISECONDS),
            ("grpc.max_reconnect_backoff_ms", reconnect_most),
            # By default the channels of a process to one address share a connection and its waits.
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.max_receive_message_length", RECEIVED_BYTES_MAX),
            ("grpc.max_send_message_length", -1),
        ]
        if self.keepalive != float("inf"):
            arguments += [
                ("grpc.keepalive_time_ms", _milliseconds(self.keepalive)),
                ("grpc.keepalive_timeout_ms", _milliseconds(self.keepalive_timeout)),
                # A ping that measures the connection stands in for one that is due, but would be
                # waited for for a minute.
                ("grpc.http2.ping_timeout_ms", _milliseconds(self.keepalive_timeout)),
                # A watch hears but says nothing, and must be pinged all the same.
                ("grpc.http2.max_pings_without_data", 0),
            ]
        if self.tls is not None and self.tls.server_name is not None:
            arguments.append(("grpc.ssl_target_name_override", self.tls.server_name))
        return arguments


def _positive(name: str, duration: Duration) -> float:
    value = seconds(duration)
    if not value > 0:
        raise ValueError(f"{name} must be more than 0")
    return value


def _milliseconds(value: float) -> int:
    return max(1, round(value * MILLISECONDS_PER_SECOND))


def _system_certificates() -> bytes | None:
    """Give the certificates that the system trusts; gRPC's own where it has no list of them."""
    found = ssl.create_default_context().get_ca_certs(binary_form=True)
    pem = "".join(ssl.DER_cert_to_PEM_cert(certificate) for certificate in found)
    return pem.encode() or None

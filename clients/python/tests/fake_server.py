"""A server of the schema within the process of the tests, which answers as it is told to."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

from keyvaluedb.v1 import key_value_service_pb2 as pb
from keyvaluedb.v1 import key_value_service_pb2_grpc as rpc

Answer = Callable[[Any, grpc.ServicerContext], Any]


def refuse(
    context: grpc.ServicerContext,
    code: grpc.StatusCode,
    reason: str = "",
    retry_ms: int | None = None,
    **metadata: str,
) -> None:
    """End a call with a status and the details that the real server gives."""
    details: list[any_pb2.Any] = []
    if reason:
        details.append(any_pb2.Any())
        info = error_details_pb2.ErrorInfo(domain="keyvaluedb", reason=reason, metadata=metadata)
        details[-1].Pack(info)
    if retry_ms is not None:
        delay = duration_pb2.Duration(nanos=retry_ms * 1_000_000)
        details.append(any_pb2.Any())
        details[-1].Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    number: int = code.value[0]
    status = status_pb2.Status(code=number, message=f"{reason} it is", details=details)
    if details:
        trailers = (("grpc-status-details-bin", status.SerializeToString()),)
        context.set_trailing_metadata(trailers)
    context.abort(code, f"{reason} it is")


class FakeServer(rpc.KeyValueServiceServicer):
    """Keeps what it was asked, and gives its answers one by one, the last one ever on."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.answers: list[Answer] = []
        self.address = ""

    def _next(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(request, context)

    def Set(self, request: pb.SetRequest, context: grpc.ServicerContext) -> Any:  # noqa: N802, D102
        return self._next(request, context)

    def Get(self, request: pb.GetRequest, context: grpc.ServicerContext) -> Any:  # noqa: N802, D102
        return self._next(request, context)

    def Transact(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, D102
        return self._next(request, context)

    def ListKeys(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, D102
        return self._next(request, context)

    def Scan(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, D102
        yield from self._next(request, context)

    def Watch(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802, D102
        yield from self._next(request, context)


@contextmanager
def serving() -> Iterator[FakeServer]:
    """Serve on a port of loopback."""
    fake = FakeServer()  # type: ignore[abstract] # Calls that no test makes are the stub's.
    server = grpc.server(ThreadPoolExecutor(8))
    rpc.add_KeyValueServiceServicer_to_server(fake, server)
    fake.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield fake
    finally:
        server.stop(None).wait()

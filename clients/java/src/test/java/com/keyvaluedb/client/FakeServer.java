package com.keyvaluedb.client;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.keyvaluedb.v1.KeyValueServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/** A server in this process, whose calls do what a test says. It keeps every request that came. */
final class FakeServer implements AutoCloseable {
  private final String name = UUID.randomUUID().toString();
  private final ServerServiceDefinition.Builder service =
      ServerServiceDefinition.builder(KeyValueServiceGrpc.getServiceDescriptor().getName());
  final List<Object> requests = new CopyOnWriteArrayList<>();
  private Server server;

  /** What a call does: it answers with the observer, at once or later. */
  <Q, R> FakeServer on(
      MethodDescriptor<Q, R> method, BiConsumer<Q, ServerCallStreamObserver<R>> handler) {
    service.addMethod(
        ServerMethodDefinition.create(
            method,
            ServerCalls.asyncServerStreamingCall(
                (request, observer) -> {
                  requests.add(request);
                  handler.accept(request, (ServerCallStreamObserver<R>) observer);
                })));
    return this;
  }

  KeyValueClient client() throws IOException {
    return client(KeyValueClient.builder());
  }

  /** A client of it, which has begun to listen by then. */
  KeyValueClient client(KeyValueClientBuilder builder) throws IOException {
    server = InProcessServerBuilder.forName(name).addService(service.build()).build().start();
    return builder.build(InProcessChannelBuilder.forName(name));
  }

  static <R> void answer(ServerCallStreamObserver<R> call, R reply) {
    call.onNext(reply);
    call.onCompleted();
  }

  /** An error as the server tells it. */
  static StatusRuntimeException error(
      Status.Code code, String reason, Map<String, String> metadata) {
    ErrorInfo info =
        ErrorInfo.newBuilder()
            .setDomain("keyvaluedb")
            .setReason(reason)
            .putAllMetadata(metadata)
            .build();
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(code.value())
            .setMessage("because of " + reason)
            .addDetails(Any.pack(info))
            .build());
  }

  static StatusRuntimeException errorWithRetry(Status.Code code, String reason, int afterMs) {
    com.google.rpc.Status status = StatusProto.fromThrowable(error(code, reason, Map.of()));
    RetryInfo retry =
        RetryInfo.newBuilder()
            .setRetryDelay(Duration.newBuilder().setNanos(afterMs * 1_000_000))
            .build();
    return StatusProto.toStatusRuntimeException(
        status.toBuilder().addDetails(Any.pack(retry)).build());
  }

  @Override
  public void close() {
    if (server != null) server.shutdownNow();
  }
}

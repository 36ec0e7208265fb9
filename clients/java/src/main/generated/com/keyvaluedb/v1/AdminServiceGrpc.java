package com.keyvaluedb.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * How the store is, and the files it keeps. Errors are those of KeyValueService.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class AdminServiceGrpc {

  private AdminServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "keyvaluedb.v1.AdminService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.GetStatusRequest,
      com.keyvaluedb.v1.GetStatusResponse> getGetStatusMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetStatus",
      requestType = com.keyvaluedb.v1.GetStatusRequest.class,
      responseType = com.keyvaluedb.v1.GetStatusResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.GetStatusRequest,
      com.keyvaluedb.v1.GetStatusResponse> getGetStatusMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.GetStatusRequest, com.keyvaluedb.v1.GetStatusResponse> getGetStatusMethod;
    if ((getGetStatusMethod = AdminServiceGrpc.getGetStatusMethod) == null) {
      synchronized (AdminServiceGrpc.class) {
        if ((getGetStatusMethod = AdminServiceGrpc.getGetStatusMethod) == null) {
          AdminServiceGrpc.getGetStatusMethod = getGetStatusMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.GetStatusRequest, com.keyvaluedb.v1.GetStatusResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetStatus"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.GetStatusRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.GetStatusResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AdminServiceMethodDescriptorSupplier("GetStatus"))
              .build();
        }
      }
    }
    return getGetStatusMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.ListSnapshotsRequest,
      com.keyvaluedb.v1.ListSnapshotsResponse> getListSnapshotsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListSnapshots",
      requestType = com.keyvaluedb.v1.ListSnapshotsRequest.class,
      responseType = com.keyvaluedb.v1.ListSnapshotsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.ListSnapshotsRequest,
      com.keyvaluedb.v1.ListSnapshotsResponse> getListSnapshotsMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.ListSnapshotsRequest, com.keyvaluedb.v1.ListSnapshotsResponse> getListSnapshotsMethod;
    if ((getListSnapshotsMethod = AdminServiceGrpc.getListSnapshotsMethod) == null) {
      synchronized (AdminServiceGrpc.class) {
        if ((getListSnapshotsMethod = AdminServiceGrpc.getListSnapshotsMethod) == null) {
          AdminServiceGrpc.getListSnapshotsMethod = getListSnapshotsMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.ListSnapshotsRequest, com.keyvaluedb.v1.ListSnapshotsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListSnapshots"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.ListSnapshotsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.ListSnapshotsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AdminServiceMethodDescriptorSupplier("ListSnapshots"))
              .build();
        }
      }
    }
    return getListSnapshotsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.DeleteSnapshotRequest,
      com.keyvaluedb.v1.DeleteSnapshotResponse> getDeleteSnapshotMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DeleteSnapshot",
      requestType = com.keyvaluedb.v1.DeleteSnapshotRequest.class,
      responseType = com.keyvaluedb.v1.DeleteSnapshotResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.DeleteSnapshotRequest,
      com.keyvaluedb.v1.DeleteSnapshotResponse> getDeleteSnapshotMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.DeleteSnapshotRequest, com.keyvaluedb.v1.DeleteSnapshotResponse> getDeleteSnapshotMethod;
    if ((getDeleteSnapshotMethod = AdminServiceGrpc.getDeleteSnapshotMethod) == null) {
      synchronized (AdminServiceGrpc.class) {
        if ((getDeleteSnapshotMethod = AdminServiceGrpc.getDeleteSnapshotMethod) == null) {
          AdminServiceGrpc.getDeleteSnapshotMethod = getDeleteSnapshotMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.DeleteSnapshotRequest, com.keyvaluedb.v1.DeleteSnapshotResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DeleteSnapshot"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.DeleteSnapshotRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.DeleteSnapshotResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AdminServiceMethodDescriptorSupplier("DeleteSnapshot"))
              .build();
        }
      }
    }
    return getDeleteSnapshotMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.VerifyRequest,
      com.keyvaluedb.v1.VerifyResponse> getVerifyMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Verify",
      requestType = com.keyvaluedb.v1.VerifyRequest.class,
      responseType = com.keyvaluedb.v1.VerifyResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.VerifyRequest,
      com.keyvaluedb.v1.VerifyResponse> getVerifyMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.VerifyRequest, com.keyvaluedb.v1.VerifyResponse> getVerifyMethod;
    if ((getVerifyMethod = AdminServiceGrpc.getVerifyMethod) == null) {
      synchronized (AdminServiceGrpc.class) {
        if ((getVerifyMethod = AdminServiceGrpc.getVerifyMethod) == null) {
          AdminServiceGrpc.getVerifyMethod = getVerifyMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.VerifyRequest, com.keyvaluedb.v1.VerifyResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Verify"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.VerifyRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.VerifyResponse.getDefaultInstance()))
              .setSchemaDescriptor(new AdminServiceMethodDescriptorSupplier("Verify"))
              .build();
        }
      }
    }
    return getVerifyMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static AdminServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AdminServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AdminServiceStub>() {
        @java.lang.Override
        public AdminServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AdminServiceStub(channel, callOptions);
        }
      };
    return AdminServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static AdminServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AdminServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AdminServiceBlockingV2Stub>() {
        @java.lang.Override
        public AdminServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AdminServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return AdminServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static AdminServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AdminServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AdminServiceBlockingStub>() {
        @java.lang.Override
        public AdminServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AdminServiceBlockingStub(channel, callOptions);
        }
      };
    return AdminServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static AdminServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<AdminServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<AdminServiceFutureStub>() {
        @java.lang.Override
        public AdminServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new AdminServiceFutureStub(channel, callOptions);
        }
      };
    return AdminServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * How the store is, and the files it keeps. Errors are those of KeyValueService.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Tells how the store is: its revision, sizes, counts and alarms.
     * UNAVAILABLE (STARTING) while the store is being recovered.
     * </pre>
     */
    default void getStatus(com.keyvaluedb.v1.GetStatusRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.GetStatusResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetStatusMethod(), responseObserver);
    }

    /**
     * <pre>
     * Lists the snapshots in the server's data directory, the oldest first.
     * UNAVAILABLE (STARTING) while the store is being recovered.
     * </pre>
     */
    default void listSnapshots(com.keyvaluedb.v1.ListSnapshotsRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.ListSnapshotsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListSnapshotsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Deletes a snapshot. One that is not there is no error: `deleted` is false.
     * An empty or malformed name is INVALID_ARGUMENT (INVALID_FIELD).
     * </pre>
     */
    default void deleteSnapshot(com.keyvaluedb.v1.DeleteSnapshotRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.DeleteSnapshotResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeleteSnapshotMethod(), responseObserver);
    }

    /**
     * <pre>
     * Reads everything on disk and verifies it: segments, checkpoints, snapshots and the manifest, and that
     * the directory of keys in memory and the log tell the same. Reads and writes go on meanwhile, at the cost of
     * compaction.bytes_per_second of the disk.
     * The first message comes at once, then one for what was found and one now and then for how far it is. The
     * work does not wait for a caller that reads slowly: what it missed comes in one message. Damage is no error of
     * the call. The last message has `done`; a stream that ends without it was not finished.
     * RESOURCE_EXHAUSTED (OVERLOADED) while another call of it goes on: one does at a time. UNAVAILABLE (DRAINING) when
     * the server stops meanwhile, UNAVAILABLE (STARTING) while the store is being recovered. It ends with the
     * call's deadline, or when the caller cancels it.
     * </pre>
     */
    default void verify(com.keyvaluedb.v1.VerifyRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.VerifyResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getVerifyMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service AdminService.
   * <pre>
   * How the store is, and the files it keeps. Errors are those of KeyValueService.
   * </pre>
   */
  public static abstract class AdminServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return AdminServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service AdminService.
   * <pre>
   * How the store is, and the files it keeps. Errors are those of KeyValueService.
   * </pre>
   */
  public static final class AdminServiceStub
      extends io.grpc.stub.AbstractAsyncStub<AdminServiceStub> {
    private AdminServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AdminServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AdminServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Tells how the store is: its revision, sizes, counts and alarms.
     * UNAVAILABLE (STARTING) while the store is being recovered.
     * </pre>
     */
    public void getStatus(com.keyvaluedb.v1.GetStatusRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.GetStatusResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetStatusMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Lists the snapshots in the server's data directory, the oldest first.
     * UNAVAILABLE (STARTING) while the store is being recovered.
     * </pre>
     */
    public void listSnapshots(com.keyvaluedb.v1.ListSnapshotsRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.ListSnapshotsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListSnapshotsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Deletes a snapshot. One that is not there is no error: `deleted` is false.
     * An empty or malformed name is INVALID_ARGUMENT (INVALID_FIELD).
     * </pre>
     */
    public void deleteSnapshot(com.keyvaluedb.v1.DeleteSnapshotRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.DeleteSnapshotResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeleteSnapshotMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Reads everything on disk and verifies it: segments, checkpoints, snapshots and the manifest, and that
     * the directory of keys in memory and the log tell the same. Reads and writes go on meanwhile, at the cost of
     * compaction.bytes_per_second of the disk.
     * The first message comes at once, then one for what was found and one now and then for how far it is. The
     * work does not wait for a caller that reads slowly: what it missed comes in one message. Damage is no error of
     * the call. The last message has `done`; a stream that ends without it was not finished.
     * RESOURCE_EXHAUSTED (OVERLOADED) while another call of it goes on: one does at a time. UNAVAILABLE (DRAINING) when
     * the server stops meanwhile, UNAVAILABLE (STARTING) while the store is being recovered. It ends with the
     * call's deadline, or when the caller cancels it.
     * </pre>
     */
    public void verify(com.keyvaluedb.v1.VerifyRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.VerifyResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getVerifyMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service AdminService.
   * <pre>
   * How the store is, and the files it keeps. Errors are those of KeyValueService.
   * </pre>
   */
  public static final class AdminServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<AdminServiceBlockingV2Stub> {
    private AdminServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AdminServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AdminServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Tells how the store is: its revision, sizes, counts and alarms.
     * UNAVAILABLE (STARTING) while the store is being recovered.
     * </pre>
     */
    public com.keyvaluedb.v1.GetStatusResponse getStatus(com.keyvaluedb.v1.GetStatusRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetStatusMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists the snapshots in the server's data directory, the oldest first.
     * UNAVAILABLE (STARTING) while the store is being recovered.
     * </pre>
     */
    public com.keyvaluedb.v1.ListSnapshotsResponse listSnapshots(com.keyvaluedb.v1.ListSnapshotsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListSnapshotsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Deletes a snapshot. One that is not there is no error: `deleted` is false.
     * An empty or malformed name is INVALID_ARGUMENT (INVALID_FIELD).
     * </pre>
     */
    public com.keyvaluedb.v1.DeleteSnapshotResponse deleteSnapshot(com.keyvaluedb.v1.DeleteSnapshotRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDeleteSnapshotMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Reads everything on disk and verifies it: segments, checkpoints, snapshots and the manifest, and that
     * the directory of keys in memory and the log tell the same. Reads and writes go on meanwhile, at the cost of
     * compaction.bytes_per_second of the disk.
     * The first message comes at once, then one for what was found and one now and then for how far it is. The
     * work does not wait for a caller that reads slowly: what it missed comes in one message. Damage is no error of
     * the call. The last message has `done`; a stream that ends without it was not finished.
     * RESOURCE_EXHAUSTED (OVERLOADED) while another call of it goes on: one does at a time. UNAVAILABLE (DRAINING) when
     * the server stops meanwhile, UNAVAILABLE (STARTING) while the store is being recovered. It ends with the
     * call's deadline, or when the caller cancels it.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, com.keyvaluedb.v1.VerifyResponse>
        verify(com.keyvaluedb.v1.VerifyRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getVerifyMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service AdminService.
   * <pre>
   * How the store is, and the files it keeps. Errors are those of KeyValueService.
   * </pre>
   */
  public static final class AdminServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<AdminServiceBlockingStub> {
    private AdminServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AdminServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AdminServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Tells how the store is: its revision, sizes, counts and alarms.
     * UNAVAILABLE (STARTING) while the store is being recovered.
     * </pre>
     */
    public com.keyvaluedb.v1.GetStatusResponse getStatus(com.keyvaluedb.v1.GetStatusRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetStatusMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists the snapshots in the server's data directory, the oldest first.
     * UNAVAILABLE (STARTING) while the store is being recovered.
     * </pre>
     */
    public com.keyvaluedb.v1.ListSnapshotsResponse listSnapshots(com.keyvaluedb.v1.ListSnapshotsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListSnapshotsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Deletes a snapshot. One that is not there is no error: `deleted` is false.
     * An empty or malformed name is INVALID_ARGUMENT (INVALID_FIELD).
     * </pre>
     */
    public com.keyvaluedb.v1.DeleteSnapshotResponse deleteSnapshot(com.keyvaluedb.v1.DeleteSnapshotRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeleteSnapshotMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Reads everything on disk and verifies it: segments, checkpoints, snapshots and the manifest, and that
     * the directory of keys in memory and the log tell the same. Reads and writes go on meanwhile, at the cost of
     * compaction.bytes_per_second of the disk.
     * The first message comes at once, then one for what was found and one now and then for how far it is. The
     * work does not wait for a caller that reads slowly: what it missed comes in one message. Damage is no error of
     * the call. The last message has `done`; a stream that ends without it was not finished.
     * RESOURCE_EXHAUSTED (OVERLOADED) while another call of it goes on: one does at a time. UNAVAILABLE (DRAINING) when
     * the server stops meanwhile, UNAVAILABLE (STARTING) while the store is being recovered. It ends with the
     * call's deadline, or when the caller cancels it.
     * </pre>
     */
    public java.util.Iterator<com.keyvaluedb.v1.VerifyResponse> verify(
        com.keyvaluedb.v1.VerifyRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getVerifyMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service AdminService.
   * <pre>
   * How the store is, and the files it keeps. Errors are those of KeyValueService.
   * </pre>
   */
  public static final class AdminServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<AdminServiceFutureStub> {
    private AdminServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected AdminServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new AdminServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Tells how the store is: its revision, sizes, counts and alarms.
     * UNAVAILABLE (STARTING) while the store is being recovered.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.keyvaluedb.v1.GetStatusResponse> getStatus(
        com.keyvaluedb.v1.GetStatusRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetStatusMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Lists the snapshots in the server's data directory, the oldest first.
     * UNAVAILABLE (STARTING) while the store is being recovered.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.keyvaluedb.v1.ListSnapshotsResponse> listSnapshots(
        com.keyvaluedb.v1.ListSnapshotsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListSnapshotsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Deletes a snapshot. One that is not there is no error: `deleted` is false.
     * An empty or malformed name is INVALID_ARGUMENT (INVALID_FIELD).
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.keyvaluedb.v1.DeleteSnapshotResponse> deleteSnapshot(
        com.keyvaluedb.v1.DeleteSnapshotRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeleteSnapshotMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_GET_STATUS = 0;
  private static final int METHODID_LIST_SNAPSHOTS = 1;
  private static final int METHODID_DELETE_SNAPSHOT = 2;
  private static final int METHODID_VERIFY = 3;

  private static final class MethodHandlers<Req, Resp> implements
      io.grpc.stub.ServerCalls.UnaryMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ServerStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ClientStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.BidiStreamingMethod<Req, Resp> {
    private final AsyncService serviceImpl;
    private final int methodId;

    MethodHandlers(AsyncService serviceImpl, int methodId) {
      this.serviceImpl = serviceImpl;
      this.methodId = methodId;
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public void invoke(Req request, io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        case METHODID_GET_STATUS:
          serviceImpl.getStatus((com.keyvaluedb.v1.GetStatusRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.GetStatusResponse>) responseObserver);
          break;
        case METHODID_LIST_SNAPSHOTS:
          serviceImpl.listSnapshots((com.keyvaluedb.v1.ListSnapshotsRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.ListSnapshotsResponse>) responseObserver);
          break;
        case METHODID_DELETE_SNAPSHOT:
          serviceImpl.deleteSnapshot((com.keyvaluedb.v1.DeleteSnapshotRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.DeleteSnapshotResponse>) responseObserver);
          break;
        case METHODID_VERIFY:
          serviceImpl.verify((com.keyvaluedb.v1.VerifyRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.VerifyResponse>) responseObserver);
          break;
        default:
          throw new AssertionError();
      }
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public io.grpc.stub.StreamObserver<Req> invoke(
        io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        default:
          throw new AssertionError();
      }
    }
  }

  public static final io.grpc.ServerServiceDefinition bindService(AsyncService service) {
    return io.grpc.ServerServiceDefinition.builder(getServiceDescriptor())
        .addMethod(
          getGetStatusMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              com.keyvaluedb.v1.GetStatusRequest,
              com.keyvaluedb.v1.GetStatusResponse>(
                service, METHODID_GET_STATUS)))
        .addMethod(
          getListSnapshotsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              com.keyvaluedb.v1.ListSnapshotsRequest,
              com.keyvaluedb.v1.ListSnapshotsResponse>(
                service, METHODID_LIST_SNAPSHOTS)))
        .addMethod(
          getDeleteSnapshotMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              com.keyvaluedb.v1.DeleteSnapshotRequest,
              com.keyvaluedb.v1.DeleteSnapshotResponse>(
                service, METHODID_DELETE_SNAPSHOT)))
        .addMethod(
          getVerifyMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              com.keyvaluedb.v1.VerifyRequest,
              com.keyvaluedb.v1.VerifyResponse>(
                service, METHODID_VERIFY)))
        .build();
  }

  private static abstract class AdminServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    AdminServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return com.keyvaluedb.v1.AdminServiceProto.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("AdminService");
    }
  }

  private static final class AdminServiceFileDescriptorSupplier
      extends AdminServiceBaseDescriptorSupplier {
    AdminServiceFileDescriptorSupplier() {}
  }

  private static final class AdminServiceMethodDescriptorSupplier
      extends AdminServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    AdminServiceMethodDescriptorSupplier(java.lang.String methodName) {
      this.methodName = methodName;
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.MethodDescriptor getMethodDescriptor() {
      return getServiceDescriptor().findMethodByName(methodName);
    }
  }

  private static volatile io.grpc.ServiceDescriptor serviceDescriptor;

  public static io.grpc.ServiceDescriptor getServiceDescriptor() {
    io.grpc.ServiceDescriptor result = serviceDescriptor;
    if (result == null) {
      synchronized (AdminServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new AdminServiceFileDescriptorSupplier())
              .addMethod(getGetStatusMethod())
              .addMethod(getListSnapshotsMethod())
              .addMethod(getDeleteSnapshotMethod())
              .addMethod(getVerifyMethod())
              .build();
        }
      }
    }
    return result;
  }
}

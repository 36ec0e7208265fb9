package com.keyvaluedb.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * A durable key-value store. A write is on stable storage before it is acknowledged; a read sees every
 * write that was acknowledged before it began; an expired key is never returned.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class KeyValueServiceGrpc {

  private KeyValueServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "keyvaluedb.v1.KeyValueService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.SetRequest,
      com.keyvaluedb.v1.SetResponse> getSetMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Set",
      requestType = com.keyvaluedb.v1.SetRequest.class,
      responseType = com.keyvaluedb.v1.SetResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.SetRequest,
      com.keyvaluedb.v1.SetResponse> getSetMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.SetRequest, com.keyvaluedb.v1.SetResponse> getSetMethod;
    if ((getSetMethod = KeyValueServiceGrpc.getSetMethod) == null) {
      synchronized (KeyValueServiceGrpc.class) {
        if ((getSetMethod = KeyValueServiceGrpc.getSetMethod) == null) {
          KeyValueServiceGrpc.getSetMethod = getSetMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.SetRequest, com.keyvaluedb.v1.SetResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Set"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.SetRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.SetResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyValueServiceMethodDescriptorSupplier("Set"))
              .build();
        }
      }
    }
    return getSetMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.GetRequest,
      com.keyvaluedb.v1.GetResponse> getGetMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Get",
      requestType = com.keyvaluedb.v1.GetRequest.class,
      responseType = com.keyvaluedb.v1.GetResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.GetRequest,
      com.keyvaluedb.v1.GetResponse> getGetMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.GetRequest, com.keyvaluedb.v1.GetResponse> getGetMethod;
    if ((getGetMethod = KeyValueServiceGrpc.getGetMethod) == null) {
      synchronized (KeyValueServiceGrpc.class) {
        if ((getGetMethod = KeyValueServiceGrpc.getGetMethod) == null) {
          KeyValueServiceGrpc.getGetMethod = getGetMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.GetRequest, com.keyvaluedb.v1.GetResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Get"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.GetRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.GetResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyValueServiceMethodDescriptorSupplier("Get"))
              .build();
        }
      }
    }
    return getGetMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.DeleteRequest,
      com.keyvaluedb.v1.DeleteResponse> getDeleteMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Delete",
      requestType = com.keyvaluedb.v1.DeleteRequest.class,
      responseType = com.keyvaluedb.v1.DeleteResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.DeleteRequest,
      com.keyvaluedb.v1.DeleteResponse> getDeleteMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.DeleteRequest, com.keyvaluedb.v1.DeleteResponse> getDeleteMethod;
    if ((getDeleteMethod = KeyValueServiceGrpc.getDeleteMethod) == null) {
      synchronized (KeyValueServiceGrpc.class) {
        if ((getDeleteMethod = KeyValueServiceGrpc.getDeleteMethod) == null) {
          KeyValueServiceGrpc.getDeleteMethod = getDeleteMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.DeleteRequest, com.keyvaluedb.v1.DeleteResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Delete"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.DeleteRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.DeleteResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyValueServiceMethodDescriptorSupplier("Delete"))
              .build();
        }
      }
    }
    return getDeleteMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.TouchRequest,
      com.keyvaluedb.v1.TouchResponse> getTouchMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Touch",
      requestType = com.keyvaluedb.v1.TouchRequest.class,
      responseType = com.keyvaluedb.v1.TouchResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.TouchRequest,
      com.keyvaluedb.v1.TouchResponse> getTouchMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.TouchRequest, com.keyvaluedb.v1.TouchResponse> getTouchMethod;
    if ((getTouchMethod = KeyValueServiceGrpc.getTouchMethod) == null) {
      synchronized (KeyValueServiceGrpc.class) {
        if ((getTouchMethod = KeyValueServiceGrpc.getTouchMethod) == null) {
          KeyValueServiceGrpc.getTouchMethod = getTouchMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.TouchRequest, com.keyvaluedb.v1.TouchResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Touch"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.TouchRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.TouchResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyValueServiceMethodDescriptorSupplier("Touch"))
              .build();
        }
      }
    }
    return getTouchMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.IncrementRequest,
      com.keyvaluedb.v1.IncrementResponse> getIncrementMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Increment",
      requestType = com.keyvaluedb.v1.IncrementRequest.class,
      responseType = com.keyvaluedb.v1.IncrementResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.IncrementRequest,
      com.keyvaluedb.v1.IncrementResponse> getIncrementMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.IncrementRequest, com.keyvaluedb.v1.IncrementResponse> getIncrementMethod;
    if ((getIncrementMethod = KeyValueServiceGrpc.getIncrementMethod) == null) {
      synchronized (KeyValueServiceGrpc.class) {
        if ((getIncrementMethod = KeyValueServiceGrpc.getIncrementMethod) == null) {
          KeyValueServiceGrpc.getIncrementMethod = getIncrementMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.IncrementRequest, com.keyvaluedb.v1.IncrementResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Increment"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.IncrementRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.IncrementResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyValueServiceMethodDescriptorSupplier("Increment"))
              .build();
        }
      }
    }
    return getIncrementMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.TransactRequest,
      com.keyvaluedb.v1.TransactResponse> getTransactMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Transact",
      requestType = com.keyvaluedb.v1.TransactRequest.class,
      responseType = com.keyvaluedb.v1.TransactResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.TransactRequest,
      com.keyvaluedb.v1.TransactResponse> getTransactMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.TransactRequest, com.keyvaluedb.v1.TransactResponse> getTransactMethod;
    if ((getTransactMethod = KeyValueServiceGrpc.getTransactMethod) == null) {
      synchronized (KeyValueServiceGrpc.class) {
        if ((getTransactMethod = KeyValueServiceGrpc.getTransactMethod) == null) {
          KeyValueServiceGrpc.getTransactMethod = getTransactMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.TransactRequest, com.keyvaluedb.v1.TransactResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Transact"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.TransactRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.TransactResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyValueServiceMethodDescriptorSupplier("Transact"))
              .build();
        }
      }
    }
    return getTransactMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.DeleteRangeRequest,
      com.keyvaluedb.v1.DeleteRangeResponse> getDeleteRangeMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DeleteRange",
      requestType = com.keyvaluedb.v1.DeleteRangeRequest.class,
      responseType = com.keyvaluedb.v1.DeleteRangeResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.DeleteRangeRequest,
      com.keyvaluedb.v1.DeleteRangeResponse> getDeleteRangeMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.DeleteRangeRequest, com.keyvaluedb.v1.DeleteRangeResponse> getDeleteRangeMethod;
    if ((getDeleteRangeMethod = KeyValueServiceGrpc.getDeleteRangeMethod) == null) {
      synchronized (KeyValueServiceGrpc.class) {
        if ((getDeleteRangeMethod = KeyValueServiceGrpc.getDeleteRangeMethod) == null) {
          KeyValueServiceGrpc.getDeleteRangeMethod = getDeleteRangeMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.DeleteRangeRequest, com.keyvaluedb.v1.DeleteRangeResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DeleteRange"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.DeleteRangeRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.DeleteRangeResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyValueServiceMethodDescriptorSupplier("DeleteRange"))
              .build();
        }
      }
    }
    return getDeleteRangeMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.ListKeysRequest,
      com.keyvaluedb.v1.ListKeysResponse> getListKeysMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListKeys",
      requestType = com.keyvaluedb.v1.ListKeysRequest.class,
      responseType = com.keyvaluedb.v1.ListKeysResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.ListKeysRequest,
      com.keyvaluedb.v1.ListKeysResponse> getListKeysMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.ListKeysRequest, com.keyvaluedb.v1.ListKeysResponse> getListKeysMethod;
    if ((getListKeysMethod = KeyValueServiceGrpc.getListKeysMethod) == null) {
      synchronized (KeyValueServiceGrpc.class) {
        if ((getListKeysMethod = KeyValueServiceGrpc.getListKeysMethod) == null) {
          KeyValueServiceGrpc.getListKeysMethod = getListKeysMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.ListKeysRequest, com.keyvaluedb.v1.ListKeysResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListKeys"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.ListKeysRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.ListKeysResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyValueServiceMethodDescriptorSupplier("ListKeys"))
              .build();
        }
      }
    }
    return getListKeysMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.ScanRequest,
      com.keyvaluedb.v1.ScanResponse> getScanMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Scan",
      requestType = com.keyvaluedb.v1.ScanRequest.class,
      responseType = com.keyvaluedb.v1.ScanResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.ScanRequest,
      com.keyvaluedb.v1.ScanResponse> getScanMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.ScanRequest, com.keyvaluedb.v1.ScanResponse> getScanMethod;
    if ((getScanMethod = KeyValueServiceGrpc.getScanMethod) == null) {
      synchronized (KeyValueServiceGrpc.class) {
        if ((getScanMethod = KeyValueServiceGrpc.getScanMethod) == null) {
          KeyValueServiceGrpc.getScanMethod = getScanMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.ScanRequest, com.keyvaluedb.v1.ScanResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Scan"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.ScanRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.ScanResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyValueServiceMethodDescriptorSupplier("Scan"))
              .build();
        }
      }
    }
    return getScanMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.ListVersionsRequest,
      com.keyvaluedb.v1.ListVersionsResponse> getListVersionsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListVersions",
      requestType = com.keyvaluedb.v1.ListVersionsRequest.class,
      responseType = com.keyvaluedb.v1.ListVersionsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.ListVersionsRequest,
      com.keyvaluedb.v1.ListVersionsResponse> getListVersionsMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.ListVersionsRequest, com.keyvaluedb.v1.ListVersionsResponse> getListVersionsMethod;
    if ((getListVersionsMethod = KeyValueServiceGrpc.getListVersionsMethod) == null) {
      synchronized (KeyValueServiceGrpc.class) {
        if ((getListVersionsMethod = KeyValueServiceGrpc.getListVersionsMethod) == null) {
          KeyValueServiceGrpc.getListVersionsMethod = getListVersionsMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.ListVersionsRequest, com.keyvaluedb.v1.ListVersionsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListVersions"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.ListVersionsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.ListVersionsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyValueServiceMethodDescriptorSupplier("ListVersions"))
              .build();
        }
      }
    }
    return getListVersionsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.SnapshotRequest,
      com.keyvaluedb.v1.SnapshotResponse> getSnapshotMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Snapshot",
      requestType = com.keyvaluedb.v1.SnapshotRequest.class,
      responseType = com.keyvaluedb.v1.SnapshotResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.SnapshotRequest,
      com.keyvaluedb.v1.SnapshotResponse> getSnapshotMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.SnapshotRequest, com.keyvaluedb.v1.SnapshotResponse> getSnapshotMethod;
    if ((getSnapshotMethod = KeyValueServiceGrpc.getSnapshotMethod) == null) {
      synchronized (KeyValueServiceGrpc.class) {
        if ((getSnapshotMethod = KeyValueServiceGrpc.getSnapshotMethod) == null) {
          KeyValueServiceGrpc.getSnapshotMethod = getSnapshotMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.SnapshotRequest, com.keyvaluedb.v1.SnapshotResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Snapshot"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.SnapshotRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.SnapshotResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyValueServiceMethodDescriptorSupplier("Snapshot"))
              .build();
        }
      }
    }
    return getSnapshotMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.CompactRequest,
      com.keyvaluedb.v1.CompactResponse> getCompactMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Compact",
      requestType = com.keyvaluedb.v1.CompactRequest.class,
      responseType = com.keyvaluedb.v1.CompactResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.CompactRequest,
      com.keyvaluedb.v1.CompactResponse> getCompactMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.CompactRequest, com.keyvaluedb.v1.CompactResponse> getCompactMethod;
    if ((getCompactMethod = KeyValueServiceGrpc.getCompactMethod) == null) {
      synchronized (KeyValueServiceGrpc.class) {
        if ((getCompactMethod = KeyValueServiceGrpc.getCompactMethod) == null) {
          KeyValueServiceGrpc.getCompactMethod = getCompactMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.CompactRequest, com.keyvaluedb.v1.CompactResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Compact"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.CompactRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.CompactResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyValueServiceMethodDescriptorSupplier("Compact"))
              .build();
        }
      }
    }
    return getCompactMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.WatchExpirationsRequest,
      com.keyvaluedb.v1.WatchExpirationsResponse> getWatchExpirationsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "WatchExpirations",
      requestType = com.keyvaluedb.v1.WatchExpirationsRequest.class,
      responseType = com.keyvaluedb.v1.WatchExpirationsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.WatchExpirationsRequest,
      com.keyvaluedb.v1.WatchExpirationsResponse> getWatchExpirationsMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.WatchExpirationsRequest, com.keyvaluedb.v1.WatchExpirationsResponse> getWatchExpirationsMethod;
    if ((getWatchExpirationsMethod = KeyValueServiceGrpc.getWatchExpirationsMethod) == null) {
      synchronized (KeyValueServiceGrpc.class) {
        if ((getWatchExpirationsMethod = KeyValueServiceGrpc.getWatchExpirationsMethod) == null) {
          KeyValueServiceGrpc.getWatchExpirationsMethod = getWatchExpirationsMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.WatchExpirationsRequest, com.keyvaluedb.v1.WatchExpirationsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "WatchExpirations"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.WatchExpirationsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.WatchExpirationsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyValueServiceMethodDescriptorSupplier("WatchExpirations"))
              .build();
        }
      }
    }
    return getWatchExpirationsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.WatchRequest,
      com.keyvaluedb.v1.WatchResponse> getWatchMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Watch",
      requestType = com.keyvaluedb.v1.WatchRequest.class,
      responseType = com.keyvaluedb.v1.WatchResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.WatchRequest,
      com.keyvaluedb.v1.WatchResponse> getWatchMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.WatchRequest, com.keyvaluedb.v1.WatchResponse> getWatchMethod;
    if ((getWatchMethod = KeyValueServiceGrpc.getWatchMethod) == null) {
      synchronized (KeyValueServiceGrpc.class) {
        if ((getWatchMethod = KeyValueServiceGrpc.getWatchMethod) == null) {
          KeyValueServiceGrpc.getWatchMethod = getWatchMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.WatchRequest, com.keyvaluedb.v1.WatchResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Watch"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.WatchRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.WatchResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyValueServiceMethodDescriptorSupplier("Watch"))
              .build();
        }
      }
    }
    return getWatchMethod;
  }

  private static volatile io.grpc.MethodDescriptor<com.keyvaluedb.v1.PipelineRequest,
      com.keyvaluedb.v1.PipelineResponse> getPipelineMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Pipeline",
      requestType = com.keyvaluedb.v1.PipelineRequest.class,
      responseType = com.keyvaluedb.v1.PipelineResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
  public static io.grpc.MethodDescriptor<com.keyvaluedb.v1.PipelineRequest,
      com.keyvaluedb.v1.PipelineResponse> getPipelineMethod() {
    io.grpc.MethodDescriptor<com.keyvaluedb.v1.PipelineRequest, com.keyvaluedb.v1.PipelineResponse> getPipelineMethod;
    if ((getPipelineMethod = KeyValueServiceGrpc.getPipelineMethod) == null) {
      synchronized (KeyValueServiceGrpc.class) {
        if ((getPipelineMethod = KeyValueServiceGrpc.getPipelineMethod) == null) {
          KeyValueServiceGrpc.getPipelineMethod = getPipelineMethod =
              io.grpc.MethodDescriptor.<com.keyvaluedb.v1.PipelineRequest, com.keyvaluedb.v1.PipelineResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Pipeline"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.PipelineRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  com.keyvaluedb.v1.PipelineResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyValueServiceMethodDescriptorSupplier("Pipeline"))
              .build();
        }
      }
    }
    return getPipelineMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static KeyValueServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<KeyValueServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<KeyValueServiceStub>() {
        @java.lang.Override
        public KeyValueServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new KeyValueServiceStub(channel, callOptions);
        }
      };
    return KeyValueServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static KeyValueServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<KeyValueServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<KeyValueServiceBlockingV2Stub>() {
        @java.lang.Override
        public KeyValueServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new KeyValueServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return KeyValueServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static KeyValueServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<KeyValueServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<KeyValueServiceBlockingStub>() {
        @java.lang.Override
        public KeyValueServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new KeyValueServiceBlockingStub(channel, callOptions);
        }
      };
    return KeyValueServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static KeyValueServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<KeyValueServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<KeyValueServiceFutureStub>() {
        @java.lang.Override
        public KeyValueServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new KeyValueServiceFutureStub(channel, callOptions);
        }
      };
    return KeyValueServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * A durable key-value store. A write is on stable storage before it is acknowledged; a read sees every
   * write that was acknowledged before it began; an expired key is never returned.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Sets a key to a value, whether or not the key exists.
     * Without a choice of expiration, an expiration that the key had is cleared. Bad keys, values and
     * expirations are INVALID_ARGUMENT (INVALID_FIELD); a precondition that does not hold is told as Precondition
     * says; a full disk or memory is RESOURCE_EXHAUSTED (NO_SPACE, QUOTA).
     * </pre>
     */
    default void set(com.keyvaluedb.v1.SetRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.SetResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getSetMethod(), responseObserver);
    }

    /**
     * <pre>
     * Reads a key, as it is or as it was at a revision. A key that is not there is no error: `entry` is unset.
     * A bad key, and a revision yet to come, are INVALID_ARGUMENT (INVALID_FIELD); a revision at which the versions
     * that are kept do not prove what the key was is OUT_OF_RANGE (REVISION_COMPACTED, with `oldest_revision`); a
     * record that is damaged on disk is DATA_LOSS (CORRUPT).
     * </pre>
     */
    default void get(com.keyvaluedb.v1.GetRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.GetResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetMethod(), responseObserver);
    }

    /**
     * <pre>
     * Deletes a key. A key that is not there is no error: `deleted` is false, and no revision is used.
     * A bad key is INVALID_ARGUMENT (INVALID_FIELD); a precondition that does not hold is told as Precondition says.
     * </pre>
     */
    default void delete(com.keyvaluedb.v1.DeleteRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.DeleteResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeleteMethod(), responseObserver);
    }

    /**
     * <pre>
     * Changes when a key expires, and leaves its value and version alone. A key that is not there is no error:
     * `touched` is false, and no revision is used.
     * Bad keys and expirations, and no choice of expiration, are INVALID_ARGUMENT (INVALID_FIELD); a precondition
     * that does not hold is told as Precondition says; a full disk is RESOURCE_EXHAUSTED (NO_SPACE).
     * </pre>
     */
    default void touch(com.keyvaluedb.v1.TouchRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.TouchResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getTouchMethod(), responseObserver);
    }

    /**
     * <pre>
     * Adds to a number that a key holds as decimal text, and makes the key where it is absent.
     * A bad key or expiration, and a value that is not a 64-bit integer in decimal digits, are INVALID_ARGUMENT
     * (INVALID_FIELD); a sum that does not fit into 64 bits is OUT_OF_RANGE (OVERFLOW); a full disk or memory is
     * RESOURCE_EXHAUSTED (NO_SPACE, QUOTA). Nothing is changed then.
     * </pre>
     */
    default void increment(com.keyvaluedb.v1.IncrementRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.IncrementResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getIncrementMethod(), responseObserver);
    }

    /**
     * <pre>
     * Asks for the state of keys and, by the answer, does one of two lists of operations: at one revision, seen by
     * others all at once, and on disk all of it or nothing.
     * An operation sees what those before it did. If one cannot be done, nothing is, and the call fails with that
     * operation's error, whose `field` begins with its place, such as `then[2].increment.delta`. A transaction that
     * changes nothing uses no revision. More conditions or operations than 1,024 each by default, and more bytes
     * that are written, looked at or answered than 4 MiB by default (each change and each answer counts some 100
     * bytes more), are INVALID_ARGUMENT (INVALID_FIELD); a full disk or memory is RESOURCE_EXHAUSTED (NO_SPACE,
     * QUOTA); a record that is damaged on disk is DATA_LOSS (CORRUPT).
     * </pre>
     */
    default void transact(com.keyvaluedb.v1.TransactRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.TransactResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getTransactMethod(), responseObserver);
    }

    /**
     * <pre>
     * Deletes the keys of a range, or the first so many of them in the store's order: at one revision, seen by others
     * all at once, and on disk all of it or nothing. Followers are told of each key.
     * A call deletes 10,000 keys at the most by default, and fewer where keys are long: `more` says that there are others,
     * which the next call deletes. A range without keys is no error: no revision is used. A key past its deadline is
     * expired instead, and not counted. A bad range, glob or limit is INVALID_ARGUMENT (INVALID_FIELD).
     * </pre>
     */
    default void deleteRange(com.keyvaluedb.v1.DeleteRangeRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.DeleteRangeResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeleteRangeMethod(), responseObserver);
    }

    /**
     * <pre>
     * Lists the keys of a range in the store's order of keys, a page at a time, or counts them.
     * A page is consistent at the revision it reports. A bad range, glob, page size or page token is
     * INVALID_ARGUMENT (INVALID_FIELD); a token from before a restore is FAILED_PRECONDITION (HISTORY_CHANGED).
     * </pre>
     */
    default void listKeys(com.keyvaluedb.v1.ListKeysRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.ListKeysResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListKeysMethod(), responseObserver);
    }

    /**
     * <pre>
     * Reads every entry of a range as it was at one revision, in the store's order of keys.
     * The revision is the newest when the call comes, and the first message tells it at once. An entry past its
     * deadline is not told, whatever became of its key since. The server reads no further than its caller does. A bad
     * range or limit is INVALID_ARGUMENT (INVALID_FIELD). More scans at once than the server allows (32 by
     * default) is RESOURCE_EXHAUSTED (OVERLOADED). A scan that is open for longer than the server keeps a revision
     * readable (5 minutes by default) ends with RESOURCE_EXHAUSTED (SLOW_FOLLOWER). A damaged record ends it with
     * DATA_LOSS (CORRUPT, with `key`), after everything before that key: nothing is passed over, and the rest can be
     * had by a scan from behind the key. A server that stops ends it with UNAVAILABLE (DRAINING).
     * </pre>
     */
    default void scan(com.keyvaluedb.v1.ScanRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.ScanResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getScanMethod(), responseObserver);
    }

    /**
     * <pre>
     * Lists the versions of a key that are kept, newest first: those that had a value, and are not past their deadline.
     * What ended a key is not among them. How many are kept is for the server to say; it is one by default.
     * A bad key, page size or page token is INVALID_ARGUMENT (INVALID_FIELD); a token from before a restore is
     * FAILED_PRECONDITION (HISTORY_CHANGED); a record that is damaged on disk is DATA_LOSS (CORRUPT).
     * </pre>
     */
    default void listVersions(com.keyvaluedb.v1.ListVersionsRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.ListVersionsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListVersionsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Writes a file of every entry at one revision into the server's data directory, and answers when it is on
     * stable storage. One is made at a time; reads and writes go on meanwhile.
     * A full disk is RESOURCE_EXHAUSTED (NO_SPACE); damage found on the way is DATA_LOSS (CORRUPT).
     * </pre>
     */
    default void snapshot(com.keyvaluedb.v1.SnapshotRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.SnapshotResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getSnapshotMethod(), responseObserver);
    }

    /**
     * <pre>
     * Gives back the disk space of what was overwritten, deleted or expired, as far as followers need it no
     * more, and answers when that is done. Reads and writes go on meanwhile.
     * A full disk is RESOURCE_EXHAUSTED (NO_SPACE).
     * </pre>
     */
    default void compact(com.keyvaluedb.v1.CompactRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.CompactResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCompactMethod(), responseObserver);
    }

    /**
     * <pre>
     * Tells every expiration in a range, in order, once it is durable, at least once.
     * The first message comes at once, with a token. A follower that was cut off goes on from its last token.
     * A position older than what is retained is OUT_OF_RANGE (REVISION_COMPACTED, with `oldest_revision`); a
     * token of another history is FAILED_PRECONDITION (HISTORY_CHANGED); a follower that does not keep up is
     * cut with RESOURCE_EXHAUSTED (SLOW_FOLLOWER, with `resume_token`); a server that stops ends the stream
     * with UNAVAILABLE (DRAINING, with `resume_token`).
     * </pre>
     */
    default void watchExpirations(com.keyvaluedb.v1.WatchExpirationsRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.WatchExpirationsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getWatchExpirationsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Tells every change in some ranges, in order, once it is durable, at least once; if asked, after the entries
     * that there are.
     * The first message comes at once, with a token. A follower that was cut off goes on from its last token; one
     * that was cut off before `synced` is told the current state anew. A position older than what is retained is
     * OUT_OF_RANGE (REVISION_COMPACTED, with `oldest_revision`); a token of another history is FAILED_PRECONDITION
     * (HISTORY_CHANGED); a follower that does not keep up is cut with RESOURCE_EXHAUSTED (SLOW_FOLLOWER, with
     * `resume_token`); a server that stops ends the stream with UNAVAILABLE (DRAINING, with `resume_token`).
     * </pre>
     */
    default void watch(com.keyvaluedb.v1.WatchRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.WatchResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getWatchMethod(), responseObserver);
    }

    /**
     * <pre>
     * Does many operations for the price of few calls: each request has some, and each gets one reply, in order.
     * The operations of a stream are done one after the other, in the order in which they were sent: each by itself,
     * with a revision of its own, judged and refused as the call of its kind would be. One that fails is answered
     * with its error in its place, and the stream goes on. A reply comes when all that it tells is on stable storage;
     * writes of all streams share one sync.
     * Entries that would make a reply longer than a message may be (4 MiB by default) are not in it: those operations
     * are answered with RESOURCE_EXHAUSTED (OVERLOADED, with google.rpc.RetryInfo), did nothing, and can be sent again in
     * another request. The server reads on only while little waits (1 MiB a stream by default): then a client can
     * send no more until it reads. More operations in one request than 1,024 by default, and a request that is
     * malformed, end the stream with INVALID_ARGUMENT (INVALID_FIELD), and more streams at once than the server allows
     * with RESOURCE_EXHAUSTED (OVERLOADED). A server that stops answers what it has begun and ends the stream with
     * UNAVAILABLE (DRAINING): what has no reply then was not done. After any other end, what has no reply may have been.
     * </pre>
     */
    default io.grpc.stub.StreamObserver<com.keyvaluedb.v1.PipelineRequest> pipeline(
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.PipelineResponse> responseObserver) {
      return io.grpc.stub.ServerCalls.asyncUnimplementedStreamingCall(getPipelineMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service KeyValueService.
   * <pre>
   * A durable key-value store. A write is on stable storage before it is acknowledged; a read sees every
   * write that was acknowledged before it began; an expired key is never returned.
   * </pre>
   */
  public static abstract class KeyValueServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return KeyValueServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service KeyValueService.
   * <pre>
   * A durable key-value store. A write is on stable storage before it is acknowledged; a read sees every
   * write that was acknowledged before it began; an expired key is never returned.
   * </pre>
   */
  public static final class KeyValueServiceStub
      extends io.grpc.stub.AbstractAsyncStub<KeyValueServiceStub> {
    private KeyValueServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected KeyValueServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new KeyValueServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Sets a key to a value, whether or not the key exists.
     * Without a choice of expiration, an expiration that the key had is cleared. Bad keys, values and
     * expirations are INVALID_ARGUMENT (INVALID_FIELD); a precondition that does not hold is told as Precondition
     * says; a full disk or memory is RESOURCE_EXHAUSTED (NO_SPACE, QUOTA).
     * </pre>
     */
    public void set(com.keyvaluedb.v1.SetRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.SetResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getSetMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Reads a key, as it is or as it was at a revision. A key that is not there is no error: `entry` is unset.
     * A bad key, and a revision yet to come, are INVALID_ARGUMENT (INVALID_FIELD); a revision at which the versions
     * that are kept do not prove what the key was is OUT_OF_RANGE (REVISION_COMPACTED, with `oldest_revision`); a
     * record that is damaged on disk is DATA_LOSS (CORRUPT).
     * </pre>
     */
    public void get(com.keyvaluedb.v1.GetRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.GetResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Deletes a key. A key that is not there is no error: `deleted` is false, and no revision is used.
     * A bad key is INVALID_ARGUMENT (INVALID_FIELD); a precondition that does not hold is told as Precondition says.
     * </pre>
     */
    public void delete(com.keyvaluedb.v1.DeleteRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.DeleteResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeleteMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Changes when a key expires, and leaves its value and version alone. A key that is not there is no error:
     * `touched` is false, and no revision is used.
     * Bad keys and expirations, and no choice of expiration, are INVALID_ARGUMENT (INVALID_FIELD); a precondition
     * that does not hold is told as Precondition says; a full disk is RESOURCE_EXHAUSTED (NO_SPACE).
     * </pre>
     */
    public void touch(com.keyvaluedb.v1.TouchRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.TouchResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getTouchMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Adds to a number that a key holds as decimal text, and makes the key where it is absent.
     * A bad key or expiration, and a value that is not a 64-bit integer in decimal digits, are INVALID_ARGUMENT
     * (INVALID_FIELD); a sum that does not fit into 64 bits is OUT_OF_RANGE (OVERFLOW); a full disk or memory is
     * RESOURCE_EXHAUSTED (NO_SPACE, QUOTA). Nothing is changed then.
     * </pre>
     */
    public void increment(com.keyvaluedb.v1.IncrementRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.IncrementResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getIncrementMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Asks for the state of keys and, by the answer, does one of two lists of operations: at one revision, seen by
     * others all at once, and on disk all of it or nothing.
     * An operation sees what those before it did. If one cannot be done, nothing is, and the call fails with that
     * operation's error, whose `field` begins with its place, such as `then[2].increment.delta`. A transaction that
     * changes nothing uses no revision. More conditions or operations than 1,024 each by default, and more bytes
     * that are written, looked at or answered than 4 MiB by default (each change and each answer counts some 100
     * bytes more), are INVALID_ARGUMENT (INVALID_FIELD); a full disk or memory is RESOURCE_EXHAUSTED (NO_SPACE,
     * QUOTA); a record that is damaged on disk is DATA_LOSS (CORRUPT).
     * </pre>
     */
    public void transact(com.keyvaluedb.v1.TransactRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.TransactResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getTransactMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Deletes the keys of a range, or the first so many of them in the store's order: at one revision, seen by others
     * all at once, and on disk all of it or nothing. Followers are told of each key.
     * A call deletes 10,000 keys at the most by default, and fewer where keys are long: `more` says that there are others,
     * which the next call deletes. A range without keys is no error: no revision is used. A key past its deadline is
     * expired instead, and not counted. A bad range, glob or limit is INVALID_ARGUMENT (INVALID_FIELD).
     * </pre>
     */
    public void deleteRange(com.keyvaluedb.v1.DeleteRangeRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.DeleteRangeResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeleteRangeMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Lists the keys of a range in the store's order of keys, a page at a time, or counts them.
     * A page is consistent at the revision it reports. A bad range, glob, page size or page token is
     * INVALID_ARGUMENT (INVALID_FIELD); a token from before a restore is FAILED_PRECONDITION (HISTORY_CHANGED).
     * </pre>
     */
    public void listKeys(com.keyvaluedb.v1.ListKeysRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.ListKeysResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListKeysMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Reads every entry of a range as it was at one revision, in the store's order of keys.
     * The revision is the newest when the call comes, and the first message tells it at once. An entry past its
     * deadline is not told, whatever became of its key since. The server reads no further than its caller does. A bad
     * range or limit is INVALID_ARGUMENT (INVALID_FIELD). More scans at once than the server allows (32 by
     * default) is RESOURCE_EXHAUSTED (OVERLOADED). A scan that is open for longer than the server keeps a revision
     * readable (5 minutes by default) ends with RESOURCE_EXHAUSTED (SLOW_FOLLOWER). A damaged record ends it with
     * DATA_LOSS (CORRUPT, with `key`), after everything before that key: nothing is passed over, and the rest can be
     * had by a scan from behind the key. A server that stops ends it with UNAVAILABLE (DRAINING).
     * </pre>
     */
    public void scan(com.keyvaluedb.v1.ScanRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.ScanResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getScanMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Lists the versions of a key that are kept, newest first: those that had a value, and are not past their deadline.
     * What ended a key is not among them. How many are kept is for the server to say; it is one by default.
     * A bad key, page size or page token is INVALID_ARGUMENT (INVALID_FIELD); a token from before a restore is
     * FAILED_PRECONDITION (HISTORY_CHANGED); a record that is damaged on disk is DATA_LOSS (CORRUPT).
     * </pre>
     */
    public void listVersions(com.keyvaluedb.v1.ListVersionsRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.ListVersionsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListVersionsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Writes a file of every entry at one revision into the server's data directory, and answers when it is on
     * stable storage. One is made at a time; reads and writes go on meanwhile.
     * A full disk is RESOURCE_EXHAUSTED (NO_SPACE); damage found on the way is DATA_LOSS (CORRUPT).
     * </pre>
     */
    public void snapshot(com.keyvaluedb.v1.SnapshotRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.SnapshotResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getSnapshotMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Gives back the disk space of what was overwritten, deleted or expired, as far as followers need it no
     * more, and answers when that is done. Reads and writes go on meanwhile.
     * A full disk is RESOURCE_EXHAUSTED (NO_SPACE).
     * </pre>
     */
    public void compact(com.keyvaluedb.v1.CompactRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.CompactResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCompactMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Tells every expiration in a range, in order, once it is durable, at least once.
     * The first message comes at once, with a token. A follower that was cut off goes on from its last token.
     * A position older than what is retained is OUT_OF_RANGE (REVISION_COMPACTED, with `oldest_revision`); a
     * token of another history is FAILED_PRECONDITION (HISTORY_CHANGED); a follower that does not keep up is
     * cut with RESOURCE_EXHAUSTED (SLOW_FOLLOWER, with `resume_token`); a server that stops ends the stream
     * with UNAVAILABLE (DRAINING, with `resume_token`).
     * </pre>
     */
    public void watchExpirations(com.keyvaluedb.v1.WatchExpirationsRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.WatchExpirationsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getWatchExpirationsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Tells every change in some ranges, in order, once it is durable, at least once; if asked, after the entries
     * that there are.
     * The first message comes at once, with a token. A follower that was cut off goes on from its last token; one
     * that was cut off before `synced` is told the current state anew. A position older than what is retained is
     * OUT_OF_RANGE (REVISION_COMPACTED, with `oldest_revision`); a token of another history is FAILED_PRECONDITION
     * (HISTORY_CHANGED); a follower that does not keep up is cut with RESOURCE_EXHAUSTED (SLOW_FOLLOWER, with
     * `resume_token`); a server that stops ends the stream with UNAVAILABLE (DRAINING, with `resume_token`).
     * </pre>
     */
    public void watch(com.keyvaluedb.v1.WatchRequest request,
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.WatchResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getWatchMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Does many operations for the price of few calls: each request has some, and each gets one reply, in order.
     * The operations of a stream are done one after the other, in the order in which they were sent: each by itself,
     * with a revision of its own, judged and refused as the call of its kind would be. One that fails is answered
     * with its error in its place, and the stream goes on. A reply comes when all that it tells is on stable storage;
     * writes of all streams share one sync.
     * Entries that would make a reply longer than a message may be (4 MiB by default) are not in it: those operations
     * are answered with RESOURCE_EXHAUSTED (OVERLOADED, with google.rpc.RetryInfo), did nothing, and can be sent again in
     * another request. The server reads on only while little waits (1 MiB a stream by default): then a client can
     * send no more until it reads. More operations in one request than 1,024 by default, and a request that is
     * malformed, end the stream with INVALID_ARGUMENT (INVALID_FIELD), and more streams at once than the server allows
     * with RESOURCE_EXHAUSTED (OVERLOADED). A server that stops answers what it has begun and ends the stream with
     * UNAVAILABLE (DRAINING): what has no reply then was not done. After any other end, what has no reply may have been.
     * </pre>
     */
    public io.grpc.stub.StreamObserver<com.keyvaluedb.v1.PipelineRequest> pipeline(
        io.grpc.stub.StreamObserver<com.keyvaluedb.v1.PipelineResponse> responseObserver) {
      return io.grpc.stub.ClientCalls.asyncBidiStreamingCall(
          getChannel().newCall(getPipelineMethod(), getCallOptions()), responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service KeyValueService.
   * <pre>
   * A durable key-value store. A write is on stable storage before it is acknowledged; a read sees every
   * write that was acknowledged before it began; an expired key is never returned.
   * </pre>
   */
  public static final class KeyValueServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<KeyValueServiceBlockingV2Stub> {
    private KeyValueServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected KeyValueServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new KeyValueServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Sets a key to a value, whether or not the key exists.
     * Without a choice of expiration, an expiration that the key had is cleared. Bad keys, values and
     * expirations are INVALID_ARGUMENT (INVALID_FIELD); a precondition that does not hold is told as Precondition
     * says; a full disk or memory is RESOURCE_EXHAUSTED (NO_SPACE, QUOTA).
     * </pre>
     */
    public com.keyvaluedb.v1.SetResponse set(com.keyvaluedb.v1.SetRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getSetMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Reads a key, as it is or as it was at a revision. A key that is not there is no error: `entry` is unset.
     * A bad key, and a revision yet to come, are INVALID_ARGUMENT (INVALID_FIELD); a revision at which the versions
     * that are kept do not prove what the key was is OUT_OF_RANGE (REVISION_COMPACTED, with `oldest_revision`); a
     * record that is damaged on disk is DATA_LOSS (CORRUPT).
     * </pre>
     */
    public com.keyvaluedb.v1.GetResponse get(com.keyvaluedb.v1.GetRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Deletes a key. A key that is not there is no error: `deleted` is false, and no revision is used.
     * A bad key is INVALID_ARGUMENT (INVALID_FIELD); a precondition that does not hold is told as Precondition says.
     * </pre>
     */
    public com.keyvaluedb.v1.DeleteResponse delete(com.keyvaluedb.v1.DeleteRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDeleteMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes when a key expires, and leaves its value and version alone. A key that is not there is no error:
     * `touched` is false, and no revision is used.
     * Bad keys and expirations, and no choice of expiration, are INVALID_ARGUMENT (INVALID_FIELD); a precondition
     * that does not hold is told as Precondition says; a full disk is RESOURCE_EXHAUSTED (NO_SPACE).
     * </pre>
     */
    public com.keyvaluedb.v1.TouchResponse touch(com.keyvaluedb.v1.TouchRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getTouchMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Adds to a number that a key holds as decimal text, and makes the key where it is absent.
     * A bad key or expiration, and a value that is not a 64-bit integer in decimal digits, are INVALID_ARGUMENT
     * (INVALID_FIELD); a sum that does not fit into 64 bits is OUT_OF_RANGE (OVERFLOW); a full disk or memory is
     * RESOURCE_EXHAUSTED (NO_SPACE, QUOTA). Nothing is changed then.
     * </pre>
     */
    public com.keyvaluedb.v1.IncrementResponse increment(com.keyvaluedb.v1.IncrementRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getIncrementMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Asks for the state of keys and, by the answer, does one of two lists of operations: at one revision, seen by
     * others all at once, and on disk all of it or nothing.
     * An operation sees what those before it did. If one cannot be done, nothing is, and the call fails with that
     * operation's error, whose `field` begins with its place, such as `then[2].increment.delta`. A transaction that
     * changes nothing uses no revision. More conditions or operations than 1,024 each by default, and more bytes
     * that are written, looked at or answered than 4 MiB by default (each change and each answer counts some 100
     * bytes more), are INVALID_ARGUMENT (INVALID_FIELD); a full disk or memory is RESOURCE_EXHAUSTED (NO_SPACE,
     * QUOTA); a record that is damaged on disk is DATA_LOSS (CORRUPT).
     * </pre>
     */
    public com.keyvaluedb.v1.TransactResponse transact(com.keyvaluedb.v1.TransactRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getTransactMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Deletes the keys of a range, or the first so many of them in the store's order: at one revision, seen by others
     * all at once, and on disk all of it or nothing. Followers are told of each key.
     * A call deletes 10,000 keys at the most by default, and fewer where keys are long: `more` says that there are others,
     * which the next call deletes. A range without keys is no error: no revision is used. A key past its deadline is
     * expired instead, and not counted. A bad range, glob or limit is INVALID_ARGUMENT (INVALID_FIELD).
     * </pre>
     */
    public com.keyvaluedb.v1.DeleteRangeResponse deleteRange(com.keyvaluedb.v1.DeleteRangeRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDeleteRangeMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists the keys of a range in the store's order of keys, a page at a time, or counts them.
     * A page is consistent at the revision it reports. A bad range, glob, page size or page token is
     * INVALID_ARGUMENT (INVALID_FIELD); a token from before a restore is FAILED_PRECONDITION (HISTORY_CHANGED).
     * </pre>
     */
    public com.keyvaluedb.v1.ListKeysResponse listKeys(com.keyvaluedb.v1.ListKeysRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListKeysMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Reads every entry of a range as it was at one revision, in the store's order of keys.
     * The revision is the newest when the call comes, and the first message tells it at once. An entry past its
     * deadline is not told, whatever became of its key since. The server reads no further than its caller does. A bad
     * range or limit is INVALID_ARGUMENT (INVALID_FIELD). More scans at once than the server allows (32 by
     * default) is RESOURCE_EXHAUSTED (OVERLOADED). A scan that is open for longer than the server keeps a revision
     * readable (5 minutes by default) ends with RESOURCE_EXHAUSTED (SLOW_FOLLOWER). A damaged record ends it with
     * DATA_LOSS (CORRUPT, with `key`), after everything before that key: nothing is passed over, and the rest can be
     * had by a scan from behind the key. A server that stops ends it with UNAVAILABLE (DRAINING).
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, com.keyvaluedb.v1.ScanResponse>
        scan(com.keyvaluedb.v1.ScanRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getScanMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists the versions of a key that are kept, newest first: those that had a value, and are not past their deadline.
     * What ended a key is not among them. How many are kept is for the server to say; it is one by default.
     * A bad key, page size or page token is INVALID_ARGUMENT (INVALID_FIELD); a token from before a restore is
     * FAILED_PRECONDITION (HISTORY_CHANGED); a record that is damaged on disk is DATA_LOSS (CORRUPT).
     * </pre>
     */
    public com.keyvaluedb.v1.ListVersionsResponse listVersions(com.keyvaluedb.v1.ListVersionsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListVersionsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Writes a file of every entry at one revision into the server's data directory, and answers when it is on
     * stable storage. One is made at a time; reads and writes go on meanwhile.
     * A full disk is RESOURCE_EXHAUSTED (NO_SPACE); damage found on the way is DATA_LOSS (CORRUPT).
     * </pre>
     */
    public com.keyvaluedb.v1.SnapshotResponse snapshot(com.keyvaluedb.v1.SnapshotRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getSnapshotMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Gives back the disk space of what was overwritten, deleted or expired, as far as followers need it no
     * more, and answers when that is done. Reads and writes go on meanwhile.
     * A full disk is RESOURCE_EXHAUSTED (NO_SPACE).
     * </pre>
     */
    public com.keyvaluedb.v1.CompactResponse compact(com.keyvaluedb.v1.CompactRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCompactMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Tells every expiration in a range, in order, once it is durable, at least once.
     * The first message comes at once, with a token. A follower that was cut off goes on from its last token.
     * A position older than what is retained is OUT_OF_RANGE (REVISION_COMPACTED, with `oldest_revision`); a
     * token of another history is FAILED_PRECONDITION (HISTORY_CHANGED); a follower that does not keep up is
     * cut with RESOURCE_EXHAUSTED (SLOW_FOLLOWER, with `resume_token`); a server that stops ends the stream
     * with UNAVAILABLE (DRAINING, with `resume_token`).
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, com.keyvaluedb.v1.WatchExpirationsResponse>
        watchExpirations(com.keyvaluedb.v1.WatchExpirationsRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getWatchExpirationsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Tells every change in some ranges, in order, once it is durable, at least once; if asked, after the entries
     * that there are.
     * The first message comes at once, with a token. A follower that was cut off goes on from its last token; one
     * that was cut off before `synced` is told the current state anew. A position older than what is retained is
     * OUT_OF_RANGE (REVISION_COMPACTED, with `oldest_revision`); a token of another history is FAILED_PRECONDITION
     * (HISTORY_CHANGED); a follower that does not keep up is cut with RESOURCE_EXHAUSTED (SLOW_FOLLOWER, with
     * `resume_token`); a server that stops ends the stream with UNAVAILABLE (DRAINING, with `resume_token`).
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, com.keyvaluedb.v1.WatchResponse>
        watch(com.keyvaluedb.v1.WatchRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getWatchMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Does many operations for the price of few calls: each request has some, and each gets one reply, in order.
     * The operations of a stream are done one after the other, in the order in which they were sent: each by itself,
     * with a revision of its own, judged and refused as the call of its kind would be. One that fails is answered
     * with its error in its place, and the stream goes on. A reply comes when all that it tells is on stable storage;
     * writes of all streams share one sync.
     * Entries that would make a reply longer than a message may be (4 MiB by default) are not in it: those operations
     * are answered with RESOURCE_EXHAUSTED (OVERLOADED, with google.rpc.RetryInfo), did nothing, and can be sent again in
     * another request. The server reads on only while little waits (1 MiB a stream by default): then a client can
     * send no more until it reads. More operations in one request than 1,024 by default, and a request that is
     * malformed, end the stream with INVALID_ARGUMENT (INVALID_FIELD), and more streams at once than the server allows
     * with RESOURCE_EXHAUSTED (OVERLOADED). A server that stops answers what it has begun and ends the stream with
     * UNAVAILABLE (DRAINING): what has no reply then was not done. After any other end, what has no reply may have been.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<com.keyvaluedb.v1.PipelineRequest, com.keyvaluedb.v1.PipelineResponse>
        pipeline() {
      return io.grpc.stub.ClientCalls.blockingBidiStreamingCall(
          getChannel(), getPipelineMethod(), getCallOptions());
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service KeyValueService.
   * <pre>
   * A durable key-value store. A write is on stable storage before it is acknowledged; a read sees every
   * write that was acknowledged before it began; an expired key is never returned.
   * </pre>
   */
  public static final class KeyValueServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<KeyValueServiceBlockingStub> {
    private KeyValueServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected KeyValueServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new KeyValueServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Sets a key to a value, whether or not the key exists.
     * Without a choice of expiration, an expiration that the key had is cleared. Bad keys, values and
     * expirations are INVALID_ARGUMENT (INVALID_FIELD); a precondition that does not hold is told as Precondition
     * says; a full disk or memory is RESOURCE_EXHAUSTED (NO_SPACE, QUOTA).
     * </pre>
     */
    public com.keyvaluedb.v1.SetResponse set(com.keyvaluedb.v1.SetRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getSetMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Reads a key, as it is or as it was at a revision. A key that is not there is no error: `entry` is unset.
     * A bad key, and a revision yet to come, are INVALID_ARGUMENT (INVALID_FIELD); a revision at which the versions
     * that are kept do not prove what the key was is OUT_OF_RANGE (REVISION_COMPACTED, with `oldest_revision`); a
     * record that is damaged on disk is DATA_LOSS (CORRUPT).
     * </pre>
     */
    public com.keyvaluedb.v1.GetResponse get(com.keyvaluedb.v1.GetRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Deletes a key. A key that is not there is no error: `deleted` is false, and no revision is used.
     * A bad key is INVALID_ARGUMENT (INVALID_FIELD); a precondition that does not hold is told as Precondition says.
     * </pre>
     */
    public com.keyvaluedb.v1.DeleteResponse delete(com.keyvaluedb.v1.DeleteRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeleteMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Changes when a key expires, and leaves its value and version alone. A key that is not there is no error:
     * `touched` is false, and no revision is used.
     * Bad keys and expirations, and no choice of expiration, are INVALID_ARGUMENT (INVALID_FIELD); a precondition
     * that does not hold is told as Precondition says; a full disk is RESOURCE_EXHAUSTED (NO_SPACE).
     * </pre>
     */
    public com.keyvaluedb.v1.TouchResponse touch(com.keyvaluedb.v1.TouchRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getTouchMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Adds to a number that a key holds as decimal text, and makes the key where it is absent.
     * A bad key or expiration, and a value that is not a 64-bit integer in decimal digits, are INVALID_ARGUMENT
     * (INVALID_FIELD); a sum that does not fit into 64 bits is OUT_OF_RANGE (OVERFLOW); a full disk or memory is
     * RESOURCE_EXHAUSTED (NO_SPACE, QUOTA). Nothing is changed then.
     * </pre>
     */
    public com.keyvaluedb.v1.IncrementResponse increment(com.keyvaluedb.v1.IncrementRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getIncrementMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Asks for the state of keys and, by the answer, does one of two lists of operations: at one revision, seen by
     * others all at once, and on disk all of it or nothing.
     * An operation sees what those before it did. If one cannot be done, nothing is, and the call fails with that
     * operation's error, whose `field` begins with its place, such as `then[2].increment.delta`. A transaction that
     * changes nothing uses no revision. More conditions or operations than 1,024 each by default, and more bytes
     * that are written, looked at or answered than 4 MiB by default (each change and each answer counts some 100
     * bytes more), are INVALID_ARGUMENT (INVALID_FIELD); a full disk or memory is RESOURCE_EXHAUSTED (NO_SPACE,
     * QUOTA); a record that is damaged on disk is DATA_LOSS (CORRUPT).
     * </pre>
     */
    public com.keyvaluedb.v1.TransactResponse transact(com.keyvaluedb.v1.TransactRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getTransactMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Deletes the keys of a range, or the first so many of them in the store's order: at one revision, seen by others
     * all at once, and on disk all of it or nothing. Followers are told of each key.
     * A call deletes 10,000 keys at the most by default, and fewer where keys are long: `more` says that there are others,
     * which the next call deletes. A range without keys is no error: no revision is used. A key past its deadline is
     * expired instead, and not counted. A bad range, glob or limit is INVALID_ARGUMENT (INVALID_FIELD).
     * </pre>
     */
    public com.keyvaluedb.v1.DeleteRangeResponse deleteRange(com.keyvaluedb.v1.DeleteRangeRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeleteRangeMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists the keys of a range in the store's order of keys, a page at a time, or counts them.
     * A page is consistent at the revision it reports. A bad range, glob, page size or page token is
     * INVALID_ARGUMENT (INVALID_FIELD); a token from before a restore is FAILED_PRECONDITION (HISTORY_CHANGED).
     * </pre>
     */
    public com.keyvaluedb.v1.ListKeysResponse listKeys(com.keyvaluedb.v1.ListKeysRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListKeysMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Reads every entry of a range as it was at one revision, in the store's order of keys.
     * The revision is the newest when the call comes, and the first message tells it at once. An entry past its
     * deadline is not told, whatever became of its key since. The server reads no further than its caller does. A bad
     * range or limit is INVALID_ARGUMENT (INVALID_FIELD). More scans at once than the server allows (32 by
     * default) is RESOURCE_EXHAUSTED (OVERLOADED). A scan that is open for longer than the server keeps a revision
     * readable (5 minutes by default) ends with RESOURCE_EXHAUSTED (SLOW_FOLLOWER). A damaged record ends it with
     * DATA_LOSS (CORRUPT, with `key`), after everything before that key: nothing is passed over, and the rest can be
     * had by a scan from behind the key. A server that stops ends it with UNAVAILABLE (DRAINING).
     * </pre>
     */
    public java.util.Iterator<com.keyvaluedb.v1.ScanResponse> scan(
        com.keyvaluedb.v1.ScanRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getScanMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists the versions of a key that are kept, newest first: those that had a value, and are not past their deadline.
     * What ended a key is not among them. How many are kept is for the server to say; it is one by default.
     * A bad key, page size or page token is INVALID_ARGUMENT (INVALID_FIELD); a token from before a restore is
     * FAILED_PRECONDITION (HISTORY_CHANGED); a record that is damaged on disk is DATA_LOSS (CORRUPT).
     * </pre>
     */
    public com.keyvaluedb.v1.ListVersionsResponse listVersions(com.keyvaluedb.v1.ListVersionsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListVersionsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Writes a file of every entry at one revision into the server's data directory, and answers when it is on
     * stable storage. One is made at a time; reads and writes go on meanwhile.
     * A full disk is RESOURCE_EXHAUSTED (NO_SPACE); damage found on the way is DATA_LOSS (CORRUPT).
     * </pre>
     */
    public com.keyvaluedb.v1.SnapshotResponse snapshot(com.keyvaluedb.v1.SnapshotRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getSnapshotMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Gives back the disk space of what was overwritten, deleted or expired, as far as followers need it no
     * more, and answers when that is done. Reads and writes go on meanwhile.
     * A full disk is RESOURCE_EXHAUSTED (NO_SPACE).
     * </pre>
     */
    public com.keyvaluedb.v1.CompactResponse compact(com.keyvaluedb.v1.CompactRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCompactMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Tells every expiration in a range, in order, once it is durable, at least once.
     * The first message comes at once, with a token. A follower that was cut off goes on from its last token.
     * A position older than what is retained is OUT_OF_RANGE (REVISION_COMPACTED, with `oldest_revision`); a
     * token of another history is FAILED_PRECONDITION (HISTORY_CHANGED); a follower that does not keep up is
     * cut with RESOURCE_EXHAUSTED (SLOW_FOLLOWER, with `resume_token`); a server that stops ends the stream
     * with UNAVAILABLE (DRAINING, with `resume_token`).
     * </pre>
     */
    public java.util.Iterator<com.keyvaluedb.v1.WatchExpirationsResponse> watchExpirations(
        com.keyvaluedb.v1.WatchExpirationsRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getWatchExpirationsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Tells every change in some ranges, in order, once it is durable, at least once; if asked, after the entries
     * that there are.
     * The first message comes at once, with a token. A follower that was cut off goes on from its last token; one
     * that was cut off before `synced` is told the current state anew. A position older than what is retained is
     * OUT_OF_RANGE (REVISION_COMPACTED, with `oldest_revision`); a token of another history is FAILED_PRECONDITION
     * (HISTORY_CHANGED); a follower that does not keep up is cut with RESOURCE_EXHAUSTED (SLOW_FOLLOWER, with
     * `resume_token`); a server that stops ends the stream with UNAVAILABLE (DRAINING, with `resume_token`).
     * </pre>
     */
    public java.util.Iterator<com.keyvaluedb.v1.WatchResponse> watch(
        com.keyvaluedb.v1.WatchRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getWatchMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service KeyValueService.
   * <pre>
   * A durable key-value store. A write is on stable storage before it is acknowledged; a read sees every
   * write that was acknowledged before it began; an expired key is never returned.
   * </pre>
   */
  public static final class KeyValueServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<KeyValueServiceFutureStub> {
    private KeyValueServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected KeyValueServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new KeyValueServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Sets a key to a value, whether or not the key exists.
     * Without a choice of expiration, an expiration that the key had is cleared. Bad keys, values and
     * expirations are INVALID_ARGUMENT (INVALID_FIELD); a precondition that does not hold is told as Precondition
     * says; a full disk or memory is RESOURCE_EXHAUSTED (NO_SPACE, QUOTA).
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.keyvaluedb.v1.SetResponse> set(
        com.keyvaluedb.v1.SetRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getSetMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Reads a key, as it is or as it was at a revision. A key that is not there is no error: `entry` is unset.
     * A bad key, and a revision yet to come, are INVALID_ARGUMENT (INVALID_FIELD); a revision at which the versions
     * that are kept do not prove what the key was is OUT_OF_RANGE (REVISION_COMPACTED, with `oldest_revision`); a
     * record that is damaged on disk is DATA_LOSS (CORRUPT).
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.keyvaluedb.v1.GetResponse> get(
        com.keyvaluedb.v1.GetRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Deletes a key. A key that is not there is no error: `deleted` is false, and no revision is used.
     * A bad key is INVALID_ARGUMENT (INVALID_FIELD); a precondition that does not hold is told as Precondition says.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.keyvaluedb.v1.DeleteResponse> delete(
        com.keyvaluedb.v1.DeleteRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeleteMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Changes when a key expires, and leaves its value and version alone. A key that is not there is no error:
     * `touched` is false, and no revision is used.
     * Bad keys and expirations, and no choice of expiration, are INVALID_ARGUMENT (INVALID_FIELD); a precondition
     * that does not hold is told as Precondition says; a full disk is RESOURCE_EXHAUSTED (NO_SPACE).
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.keyvaluedb.v1.TouchResponse> touch(
        com.keyvaluedb.v1.TouchRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getTouchMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Adds to a number that a key holds as decimal text, and makes the key where it is absent.
     * A bad key or expiration, and a value that is not a 64-bit integer in decimal digits, are INVALID_ARGUMENT
     * (INVALID_FIELD); a sum that does not fit into 64 bits is OUT_OF_RANGE (OVERFLOW); a full disk or memory is
     * RESOURCE_EXHAUSTED (NO_SPACE, QUOTA). Nothing is changed then.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.keyvaluedb.v1.IncrementResponse> increment(
        com.keyvaluedb.v1.IncrementRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getIncrementMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Asks for the state of keys and, by the answer, does one of two lists of operations: at one revision, seen by
     * others all at once, and on disk all of it or nothing.
     * An operation sees what those before it did. If one cannot be done, nothing is, and the call fails with that
     * operation's error, whose `field` begins with its place, such as `then[2].increment.delta`. A transaction that
     * changes nothing uses no revision. More conditions or operations than 1,024 each by default, and more bytes
     * that are written, looked at or answered than 4 MiB by default (each change and each answer counts some 100
     * bytes more), are INVALID_ARGUMENT (INVALID_FIELD); a full disk or memory is RESOURCE_EXHAUSTED (NO_SPACE,
     * QUOTA); a record that is damaged on disk is DATA_LOSS (CORRUPT).
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.keyvaluedb.v1.TransactResponse> transact(
        com.keyvaluedb.v1.TransactRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getTransactMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Deletes the keys of a range, or the first so many of them in the store's order: at one revision, seen by others
     * all at once, and on disk all of it or nothing. Followers are told of each key.
     * A call deletes 10,000 keys at the most by default, and fewer where keys are long: `more` says that there are others,
     * which the next call deletes. A range without keys is no error: no revision is used. A key past its deadline is
     * expired instead, and not counted. A bad range, glob or limit is INVALID_ARGUMENT (INVALID_FIELD).
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.keyvaluedb.v1.DeleteRangeResponse> deleteRange(
        com.keyvaluedb.v1.DeleteRangeRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeleteRangeMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Lists the keys of a range in the store's order of keys, a page at a time, or counts them.
     * A page is consistent at the revision it reports. A bad range, glob, page size or page token is
     * INVALID_ARGUMENT (INVALID_FIELD); a token from before a restore is FAILED_PRECONDITION (HISTORY_CHANGED).
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.keyvaluedb.v1.ListKeysResponse> listKeys(
        com.keyvaluedb.v1.ListKeysRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListKeysMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Lists the versions of a key that are kept, newest first: those that had a value, and are not past their deadline.
     * What ended a key is not among them. How many are kept is for the server to say; it is one by default.
     * A bad key, page size or page token is INVALID_ARGUMENT (INVALID_FIELD); a token from before a restore is
     * FAILED_PRECONDITION (HISTORY_CHANGED); a record that is damaged on disk is DATA_LOSS (CORRUPT).
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.keyvaluedb.v1.ListVersionsResponse> listVersions(
        com.keyvaluedb.v1.ListVersionsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListVersionsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Writes a file of every entry at one revision into the server's data directory, and answers when it is on
     * stable storage. One is made at a time; reads and writes go on meanwhile.
     * A full disk is RESOURCE_EXHAUSTED (NO_SPACE); damage found on the way is DATA_LOSS (CORRUPT).
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.keyvaluedb.v1.SnapshotResponse> snapshot(
        com.keyvaluedb.v1.SnapshotRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getSnapshotMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Gives back the disk space of what was overwritten, deleted or expired, as far as followers need it no
     * more, and answers when that is done. Reads and writes go on meanwhile.
     * A full disk is RESOURCE_EXHAUSTED (NO_SPACE).
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<com.keyvaluedb.v1.CompactResponse> compact(
        com.keyvaluedb.v1.CompactRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCompactMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_SET = 0;
  private static final int METHODID_GET = 1;
  private static final int METHODID_DELETE = 2;
  private static final int METHODID_TOUCH = 3;
  private static final int METHODID_INCREMENT = 4;
  private static final int METHODID_TRANSACT = 5;
  private static final int METHODID_DELETE_RANGE = 6;
  private static final int METHODID_LIST_KEYS = 7;
  private static final int METHODID_SCAN = 8;
  private static final int METHODID_LIST_VERSIONS = 9;
  private static final int METHODID_SNAPSHOT = 10;
  private static final int METHODID_COMPACT = 11;
  private static final int METHODID_WATCH_EXPIRATIONS = 12;
  private static final int METHODID_WATCH = 13;
  private static final int METHODID_PIPELINE = 14;

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
        case METHODID_SET:
          serviceImpl.set((com.keyvaluedb.v1.SetRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.SetResponse>) responseObserver);
          break;
        case METHODID_GET:
          serviceImpl.get((com.keyvaluedb.v1.GetRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.GetResponse>) responseObserver);
          break;
        case METHODID_DELETE:
          serviceImpl.delete((com.keyvaluedb.v1.DeleteRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.DeleteResponse>) responseObserver);
          break;
        case METHODID_TOUCH:
          serviceImpl.touch((com.keyvaluedb.v1.TouchRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.TouchResponse>) responseObserver);
          break;
        case METHODID_INCREMENT:
          serviceImpl.increment((com.keyvaluedb.v1.IncrementRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.IncrementResponse>) responseObserver);
          break;
        case METHODID_TRANSACT:
          serviceImpl.transact((com.keyvaluedb.v1.TransactRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.TransactResponse>) responseObserver);
          break;
        case METHODID_DELETE_RANGE:
          serviceImpl.deleteRange((com.keyvaluedb.v1.DeleteRangeRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.DeleteRangeResponse>) responseObserver);
          break;
        case METHODID_LIST_KEYS:
          serviceImpl.listKeys((com.keyvaluedb.v1.ListKeysRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.ListKeysResponse>) responseObserver);
          break;
        case METHODID_SCAN:
          serviceImpl.scan((com.keyvaluedb.v1.ScanRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.ScanResponse>) responseObserver);
          break;
        case METHODID_LIST_VERSIONS:
          serviceImpl.listVersions((com.keyvaluedb.v1.ListVersionsRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.ListVersionsResponse>) responseObserver);
          break;
        case METHODID_SNAPSHOT:
          serviceImpl.snapshot((com.keyvaluedb.v1.SnapshotRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.SnapshotResponse>) responseObserver);
          break;
        case METHODID_COMPACT:
          serviceImpl.compact((com.keyvaluedb.v1.CompactRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.CompactResponse>) responseObserver);
          break;
        case METHODID_WATCH_EXPIRATIONS:
          serviceImpl.watchExpirations((com.keyvaluedb.v1.WatchExpirationsRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.WatchExpirationsResponse>) responseObserver);
          break;
        case METHODID_WATCH:
          serviceImpl.watch((com.keyvaluedb.v1.WatchRequest) request,
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.WatchResponse>) responseObserver);
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
        case METHODID_PIPELINE:
          return (io.grpc.stub.StreamObserver<Req>) serviceImpl.pipeline(
              (io.grpc.stub.StreamObserver<com.keyvaluedb.v1.PipelineResponse>) responseObserver);
        default:
          throw new AssertionError();
      }
    }
  }

  public static final io.grpc.ServerServiceDefinition bindService(AsyncService service) {
    return io.grpc.ServerServiceDefinition.builder(getServiceDescriptor())
        .addMethod(
          getSetMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              com.keyvaluedb.v1.SetRequest,
              com.keyvaluedb.v1.SetResponse>(
                service, METHODID_SET)))
        .addMethod(
          getGetMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              com.keyvaluedb.v1.GetRequest,
              com.keyvaluedb.v1.GetResponse>(
                service, METHODID_GET)))
        .addMethod(
          getDeleteMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              com.keyvaluedb.v1.DeleteRequest,
              com.keyvaluedb.v1.DeleteResponse>(
                service, METHODID_DELETE)))
        .addMethod(
          getTouchMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              com.keyvaluedb.v1.TouchRequest,
              com.keyvaluedb.v1.TouchResponse>(
                service, METHODID_TOUCH)))
        .addMethod(
          getIncrementMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              com.keyvaluedb.v1.IncrementRequest,
              com.keyvaluedb.v1.IncrementResponse>(
                service, METHODID_INCREMENT)))
        .addMethod(
          getTransactMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              com.keyvaluedb.v1.TransactRequest,
              com.keyvaluedb.v1.TransactResponse>(
                service, METHODID_TRANSACT)))
        .addMethod(
          getDeleteRangeMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              com.keyvaluedb.v1.DeleteRangeRequest,
              com.keyvaluedb.v1.DeleteRangeResponse>(
                service, METHODID_DELETE_RANGE)))
        .addMethod(
          getListKeysMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              com.keyvaluedb.v1.ListKeysRequest,
              com.keyvaluedb.v1.ListKeysResponse>(
                service, METHODID_LIST_KEYS)))
        .addMethod(
          getScanMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              com.keyvaluedb.v1.ScanRequest,
              com.keyvaluedb.v1.ScanResponse>(
                service, METHODID_SCAN)))
        .addMethod(
          getListVersionsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              com.keyvaluedb.v1.ListVersionsRequest,
              com.keyvaluedb.v1.ListVersionsResponse>(
                service, METHODID_LIST_VERSIONS)))
        .addMethod(
          getSnapshotMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              com.keyvaluedb.v1.SnapshotRequest,
              com.keyvaluedb.v1.SnapshotResponse>(
                service, METHODID_SNAPSHOT)))
        .addMethod(
          getCompactMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              com.keyvaluedb.v1.CompactRequest,
              com.keyvaluedb.v1.CompactResponse>(
                service, METHODID_COMPACT)))
        .addMethod(
          getWatchExpirationsMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              com.keyvaluedb.v1.WatchExpirationsRequest,
              com.keyvaluedb.v1.WatchExpirationsResponse>(
                service, METHODID_WATCH_EXPIRATIONS)))
        .addMethod(
          getWatchMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              com.keyvaluedb.v1.WatchRequest,
              com.keyvaluedb.v1.WatchResponse>(
                service, METHODID_WATCH)))
        .addMethod(
          getPipelineMethod(),
          io.grpc.stub.ServerCalls.asyncBidiStreamingCall(
            new MethodHandlers<
              com.keyvaluedb.v1.PipelineRequest,
              com.keyvaluedb.v1.PipelineResponse>(
                service, METHODID_PIPELINE)))
        .build();
  }

  private static abstract class KeyValueServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    KeyValueServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return com.keyvaluedb.v1.KeyValueServiceProto.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("KeyValueService");
    }
  }

  private static final class KeyValueServiceFileDescriptorSupplier
      extends KeyValueServiceBaseDescriptorSupplier {
    KeyValueServiceFileDescriptorSupplier() {}
  }

  private static final class KeyValueServiceMethodDescriptorSupplier
      extends KeyValueServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    KeyValueServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (KeyValueServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new KeyValueServiceFileDescriptorSupplier())
              .addMethod(getSetMethod())
              .addMethod(getGetMethod())
              .addMethod(getDeleteMethod())
              .addMethod(getTouchMethod())
              .addMethod(getIncrementMethod())
              .addMethod(getTransactMethod())
              .addMethod(getDeleteRangeMethod())
              .addMethod(getListKeysMethod())
              .addMethod(getScanMethod())
              .addMethod(getListVersionsMethod())
              .addMethod(getSnapshotMethod())
              .addMethod(getCompactMethod())
              .addMethod(getWatchExpirationsMethod())
              .addMethod(getWatchMethod())
              .addMethod(getPipelineMethod())
              .build();
        }
      }
    }
    return result;
  }
}

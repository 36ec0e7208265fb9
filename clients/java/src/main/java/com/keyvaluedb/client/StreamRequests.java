package com.keyvaluedb.client;

import com.keyvaluedb.v1.ScanRequest;
import com.keyvaluedb.v1.WatchExpirationsRequest;
import com.keyvaluedb.v1.WatchRequest;
import java.util.List;

/** Scans and watches as the schema's requests. */
final class StreamRequests {
  private StreamRequests() {}

  static ScanRequest scan(KeyRange range, ScanOptions options) {
    return ScanRequest.newBuilder()
        .setRange(Requests.range(range))
        .setIncludeValues(options.includeValues)
        .setFilter(Text.checked("filter", options.filter))
        .setDescending(options.descending)
        .setLimit(options.limit)
        .build();
  }

  /** Without a start, which is another one each time the watch connects. */
  static WatchRequest watch(List<KeyRange> ranges, WatchOptions options) {
    WatchRequest.Builder request =
        WatchRequest.newBuilder().setIncludePrevious(options.includePrevious);
    ranges.forEach(range -> request.addRanges(Requests.range(range)));
    options.kinds.forEach(kind -> request.addKinds(kind(kind)));
    if (options.progressInterval != null) {
      request.setProgressInterval(Times.toProto(options.progressInterval));
    }
    return request.build();
  }

  /** Without a start, as above. */
  static WatchExpirationsRequest watchExpirations(KeyRange range, WatchExpirationsOptions options) {
    WatchExpirationsRequest.Builder request =
        WatchExpirationsRequest.newBuilder()
            .setRange(Requests.range(range))
            .setIncludeValue(options.includeValue);
    if (options.progressInterval != null) {
      request.setProgressInterval(Times.toProto(options.progressInterval));
    }
    return request.build();
  }

  static com.keyvaluedb.v1.StartPosition start(StartPosition start) {
    com.keyvaluedb.v1.StartPosition.Builder request = com.keyvaluedb.v1.StartPosition.newBuilder();
    if (start instanceof StartPosition.AtRevision at) {
      request.setRevision(at.revision());
    } else if (start instanceof StartPosition.AfterToken after) {
      request.setResumeToken(after.token());
    } else if (start instanceof StartPosition.CurrentState) {
      request.setCurrentState(true);
    } else {
      request.setNow(true);
    }
    return request.build();
  }

  private static com.keyvaluedb.v1.EventKind kind(EventKind kind) {
    return switch (kind) {
      case SET -> com.keyvaluedb.v1.EventKind.EVENT_KIND_SET;
      case DELETE -> com.keyvaluedb.v1.EventKind.EVENT_KIND_DELETE;
      case EXPIRE -> com.keyvaluedb.v1.EventKind.EVENT_KIND_EXPIRE;
      case TOUCH -> com.keyvaluedb.v1.EventKind.EVENT_KIND_TOUCH;
      case UNKNOWN -> throw Errors.invalidField("kinds", "UNKNOWN cannot be asked for");
    };
  }
}

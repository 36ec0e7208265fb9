package com.keyvaluedb.client;

import com.keyvaluedb.client.StoreStatus.Alarm;
import com.keyvaluedb.client.StoreStatus.FinishedScrub;
import com.keyvaluedb.client.StoreStatus.Latency;
import com.keyvaluedb.client.StoreStatus.MethodStatus;
import com.keyvaluedb.client.StoreStatus.Scrub;
import com.keyvaluedb.v1.CompactResponse;
import com.keyvaluedb.v1.GetStatusResponse;
import com.keyvaluedb.v1.ScrubStatus;
import java.util.Optional;

/** What the calls of whoever runs a store answer, as records. */
final class AdminReplies {
  private AdminReplies() {}

  static StoreStatus status(GetStatusResponse reply) {
    return new StoreStatus(
        reply.getVersion(),
        reply.getStoreId(),
        reply.getHistoryId(),
        reply.getRevision(),
        reply.getOldestRetainedRevision(),
        reply.getKeyCount(),
        reply.getTransactionCount(),
        reply.getSyncCount(),
        reply.getLiveBytes(),
        reply.getDiskBytes(),
        reply.getSegmentCount(),
        reply.getKeydirBytes(),
        reply.getCacheBytes(),
        reply.getOldestViewRevision(),
        Times.fromProto(reply.getOldestViewAge()),
        Times.ifPresent(reply.hasNextExpireTime(), reply.getNextExpireTime()),
        reply.getOverdueCount(),
        Times.fromProto(reply.getLogicalTime()),
        Times.fromProto(reply.getStartTime()),
        reply.getFollowerCount(),
        reply.getAlarmsList().stream().map(AdminReplies::alarm).toList(),
        keyOrder(reply.getKeyOrder()),
        compression(reply.getCompression()),
        reply.getCheckpointRevision(),
        Times.ifPresent(reply.hasCheckpointTime(), reply.getCheckpointTime()),
        reply.getCheckpointBytes(),
        reply.getHistoryVersions(),
        reply.getOlderVersionCount(),
        scrub(reply.getScrub()),
        reply.getMethodsList().stream().map(AdminReplies::method).toList(),
        latency(reply.hasSyncLatency(), reply.getSyncLatency()));
  }

  static Snapshot snapshot(com.keyvaluedb.v1.Snapshot snapshot) {
    return new Snapshot(
        snapshot.getSnapshotId(),
        snapshot.getRevision(),
        snapshot.getKeyCount(),
        snapshot.getSizeBytes(),
        Snapshot.hex(snapshot.getSha256()),
        Times.fromProto(snapshot.getCreateTime()));
  }

  static CompactResult compact(CompactResponse reply) {
    return new CompactResult(
        reply.getBytesBefore(),
        reply.getBytesAfter(),
        reply.getSegmentsBefore(),
        reply.getSegmentsAfter(),
        reply.getDroppedSets(),
        reply.getDroppedTombstones(),
        reply.getDroppedReplies(),
        reply.getDamagedSegments(),
        Times.fromProto(reply.getDuration()));
  }

  private static Alarm alarm(com.keyvaluedb.v1.Alarm alarm) {
    return new Alarm(
        alarmKind(alarm.getKind()), alarm.getMessage(), Times.fromProto(alarm.getStartTime()));
  }

  private static Scrub scrub(ScrubStatus scrub) {
    Optional<FinishedScrub> last =
        scrub.hasLastEndTime()
            ? Optional.of(
                new FinishedScrub(
                    Times.fromProto(scrub.getLastStartTime()),
                    Times.fromProto(scrub.getLastEndTime()),
                    scrub.getLastBytes(),
                    scrub.getLastFindingCount()))
            : Optional.empty();
    return new Scrub(
        Times.ifPresent(scrub.hasStartTime(), scrub.getStartTime()),
        scrub.getDoneBytes(),
        scrub.getTotalBytes(),
        scrub.getFindingCount(),
        last);
  }

  private static MethodStatus method(com.keyvaluedb.v1.MethodStatus method) {
    return new MethodStatus(
        method.getMethod(),
        method.getCallCount(),
        method.getErrorCount(),
        method.getRefusedCount(),
        latency(method.hasLatency(), method.getLatency()),
        method.getOperationCount(),
        method.getOperationErrorCount());
  }

  private static Optional<Latency> latency(boolean present, com.keyvaluedb.v1.Latency latency) {
    return present
        ? Optional.of(
            new Latency(
                Times.fromProto(latency.getWindow()),
                latency.getCount(),
                Times.fromProto(latency.getP50()),
                Times.fromProto(latency.getP99()),
                Times.fromProto(latency.getP999()),
                Times.fromProto(latency.getMax())))
        : Optional.empty();
  }

  private static AlarmKind alarmKind(com.keyvaluedb.v1.AlarmKind kind) {
    return switch (kind) {
      case ALARM_KIND_NO_SPACE -> AlarmKind.NO_SPACE;
      case ALARM_KIND_CLOCK_AHEAD -> AlarmKind.CLOCK_AHEAD;
      case ALARM_KIND_CORRUPT -> AlarmKind.CORRUPT;
      case ALARM_KIND_COMPACTION_FAILED -> AlarmKind.COMPACTION_FAILED;
      case ALARM_KIND_QUOTA -> AlarmKind.QUOTA;
      case ALARM_KIND_UNSPECIFIED, UNRECOGNIZED -> AlarmKind.UNKNOWN;
    };
  }

  private static KeyOrder keyOrder(com.keyvaluedb.v1.KeyOrder order) {
    return switch (order) {
      case KEY_ORDER_BYTES -> KeyOrder.BYTES;
      case KEY_ORDER_REVERSE -> KeyOrder.REVERSE;
      case KEY_ORDER_NATURAL -> KeyOrder.NATURAL;
      case KEY_ORDER_CASE_INSENSITIVE -> KeyOrder.CASE_INSENSITIVE;
      case KEY_ORDER_UNSPECIFIED, UNRECOGNIZED -> KeyOrder.UNKNOWN;
    };
  }

  private static Compression compression(com.keyvaluedb.v1.Compression compression) {
    return switch (compression) {
      case COMPRESSION_NONE -> Compression.NONE;
      case COMPRESSION_ZSTD -> Compression.ZSTD;
      case COMPRESSION_LZ4 -> Compression.LZ4;
      case COMPRESSION_UNSPECIFIED, UNRECOGNIZED -> Compression.UNKNOWN;
    };
  }
}

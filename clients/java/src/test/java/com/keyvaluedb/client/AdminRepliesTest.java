package com.keyvaluedb.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import com.keyvaluedb.v1.GetStatusResponse;
import com.keyvaluedb.v1.Latency;
import com.keyvaluedb.v1.MethodStatus;
import com.keyvaluedb.v1.ScrubStatus;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class AdminRepliesTest {
  @Test
  void tellsAllOfAStatus() {
    GetStatusResponse reply =
        GetStatusResponse.newBuilder()
            .setVersion("0.1.0")
            .setStoreId("store")
            .setHistoryId("history")
            .setRevision(1)
            .setOldestRetainedRevision(2)
            .setKeyCount(3)
            .setTransactionCount(4)
            .setSyncCount(5)
            .setLiveBytes(6)
            .setDiskBytes(7)
            .setSegmentCount(8)
            .setKeydirBytes(9)
            .setCacheBytes(10)
            .setOldestViewRevision(11)
            .setOldestViewAge(micros(12))
            .setNextExpireTime(second(13))
            .setOverdueCount(14)
            .setLogicalTime(second(15))
            .setStartTime(second(16))
            .setFollowerCount(17)
            .addAlarms(
                com.keyvaluedb.v1.Alarm.newBuilder()
                    .setKind(com.keyvaluedb.v1.AlarmKind.ALARM_KIND_NO_SPACE)
                    .setMessage("full")
                    .setStartTime(second(18)))
            .setKeyOrder(com.keyvaluedb.v1.KeyOrder.KEY_ORDER_NATURAL)
            .setCompression(com.keyvaluedb.v1.Compression.COMPRESSION_ZSTD)
            .setCheckpointRevision(19)
            .setCheckpointTime(second(20))
            .setCheckpointBytes(21)
            .setHistoryVersions(22)
            .setOlderVersionCount(23)
            .setScrub(
                ScrubStatus.newBuilder()
                    .setStartTime(second(24))
                    .setDoneBytes(25)
                    .setTotalBytes(26)
                    .setFindingCount(27)
                    .setLastStartTime(second(28))
                    .setLastEndTime(second(29))
                    .setLastBytes(30)
                    .setLastFindingCount(31))
            .build();
    StoreStatus status = AdminReplies.status(reply);
    assertThat(status.version()).isEqualTo("0.1.0");
    assertThat(status.storeId()).isEqualTo("store");
    assertThat(status.historyId()).isEqualTo("history");
    assertThat(status.revision()).isEqualTo(1);
    assertThat(status.oldestRetainedRevision()).isEqualTo(2);
    assertThat(status.keyCount()).isEqualTo(3);
    assertThat(status.transactionCount()).isEqualTo(4);
    assertThat(status.syncCount()).isEqualTo(5);
    assertThat(status.liveBytes()).isEqualTo(6);
    assertThat(status.diskBytes()).isEqualTo(7);
    assertThat(status.segmentCount()).isEqualTo(8);
    assertThat(status.keydirBytes()).isEqualTo(9);
    assertThat(status.cacheBytes()).isEqualTo(10);
    assertThat(status.oldestViewRevision()).isEqualTo(11);
    assertThat(status.oldestViewAge()).isEqualTo(Duration.parse("PT0.000012S"));
    assertThat(status.nextExpireTime()).contains(Instant.ofEpochSecond(13));
    assertThat(status.overdueCount()).isEqualTo(14);
    assertThat(status.logicalTime()).isEqualTo(Instant.ofEpochSecond(15));
    assertThat(status.startTime()).isEqualTo(Instant.ofEpochSecond(16));
    assertThat(status.followerCount()).isEqualTo(17);
    assertThat(status.alarms())
        .containsExactly(
            new StoreStatus.Alarm(AlarmKind.NO_SPACE, "full", Instant.ofEpochSecond(18)));
    assertThat(status.keyOrder()).isEqualTo(KeyOrder.NATURAL);
    assertThat(status.compression()).isEqualTo(Compression.ZSTD);
    assertThat(status.checkpointRevision()).isEqualTo(19);
    assertThat(status.checkpointTime()).contains(Instant.ofEpochSecond(20));
    assertThat(status.checkpointBytes()).isEqualTo(21);
    assertThat(status.historyVersions()).isEqualTo(22);
    assertThat(status.olderVersionCount()).isEqualTo(23);
    StoreStatus.Scrub scrub = status.scrub();
    assertThat(scrub.startTime()).contains(Instant.ofEpochSecond(24));
    assertThat(scrub.doneBytes()).isEqualTo(25);
    assertThat(scrub.totalBytes()).isEqualTo(26);
    assertThat(scrub.findingCount()).isEqualTo(27);
    StoreStatus.FinishedScrub last = scrub.last().orElseThrow();
    assertThat(last.startTime()).isEqualTo(Instant.ofEpochSecond(28));
    assertThat(last.endTime()).isEqualTo(Instant.ofEpochSecond(29));
    assertThat(last.bytes()).isEqualTo(30);
    assertThat(last.findingCount()).isEqualTo(31);
  }

  @Test
  void tellsHowOftenEachMethodWasCalledAndHowLongItTook() {
    GetStatusResponse reply =
        GetStatusResponse.newBuilder()
            .addMethods(
                MethodStatus.newBuilder()
                    .setMethod("Set")
                    .setCallCount(1)
                    .setErrorCount(2)
                    .setRefusedCount(3)
                    .setLatency(latency(4))
                    .setOperationCount(14)
                    .setOperationErrorCount(15))
            .addMethods(
                MethodStatus.newBuilder()
                    .setMethod("Watch")
                    .setCallCount(11)
                    .setErrorCount(12)
                    .setRefusedCount(13))
            .build();
    StoreStatus status = AdminReplies.status(reply);
    assertThat(status.methods()).hasSize(2);
    StoreStatus.MethodStatus set = status.methods().get(0);
    assertThat(set.method()).isEqualTo("Set");
    assertThat(set.callCount()).isEqualTo(1);
    assertThat(set.errorCount()).isEqualTo(2);
    assertThat(set.refusedCount()).isEqualTo(3);
    assertThat(set.latency()).hasValueSatisfying(found -> assertLatency(found, 4));
    assertThat(set.operationCount()).isEqualTo(14);
    assertThat(set.operationErrorCount()).isEqualTo(15);
    StoreStatus.MethodStatus watch = status.methods().get(1);
    assertThat(watch.method()).isEqualTo("Watch");
    assertThat(watch.callCount()).isEqualTo(11);
    assertThat(watch.errorCount()).isEqualTo(12);
    assertThat(watch.refusedCount()).isEqualTo(13);
    assertThat(watch.latency()).isEmpty();
    assertThat(watch.operationCount()).isZero();
    assertThat(status.syncLatency()).isEmpty();
  }

  @Test
  void tellsHowLongSyncsTook() {
    StoreStatus status =
        AdminReplies.status(GetStatusResponse.newBuilder().setSyncLatency(latency(1)).build());
    assertThat(status.syncLatency()).hasValueSatisfying(found -> assertLatency(found, 1));
    assertThat(status.methods()).isEmpty();
  }

  @Test
  void isEmptyWhereTheAnswerLeavesItOut() {
    StoreStatus status = AdminReplies.status(GetStatusResponse.getDefaultInstance());
    assertThat(status.nextExpireTime()).isEmpty();
    assertThat(status.checkpointTime()).isEmpty();
    assertThat(status.scrub().startTime()).isEmpty();
    assertThat(status.scrub().last()).isEmpty();
    assertThat(status.alarms()).isEmpty();
    assertThat(status.methods()).isEmpty();
    assertThat(status.syncLatency()).isEmpty();
  }

  @Test
  void keepsALatencyOfNothingButZeros() {
    StoreStatus status =
        AdminReplies.status(
            GetStatusResponse.newBuilder().setSyncLatency(Latency.getDefaultInstance()).build());
    Duration none = Duration.ZERO;
    assertThat(status.syncLatency())
        .contains(new StoreStatus.Latency(none, 0, none, none, none, none));
  }

  /** One whose parts are all different: that number and those after it. */
  private static Latency latency(int first) {
    return Latency.newBuilder()
        .setWindow(micros(60_000_000 + first))
        .setCount(first + 1)
        .setP50(micros(first + 2))
        .setP99(micros(first + 3))
        .setP999(micros(first + 4))
        .setMax(micros(first + 5))
        .build();
  }

  private static void assertLatency(StoreStatus.Latency latency, int first) {
    assertThat(latency.window()).isEqualTo(Duration.ofSeconds(60, first * 1000L));
    assertThat(latency.count()).isEqualTo(first + 1);
    assertThat(latency.p50()).isEqualTo(Duration.ofNanos((first + 2) * 1000L));
    assertThat(latency.p99()).isEqualTo(Duration.ofNanos((first + 3) * 1000L));
    assertThat(latency.p999()).isEqualTo(Duration.ofNanos((first + 4) * 1000L));
    assertThat(latency.max()).isEqualTo(Duration.ofNanos((first + 5) * 1000L));
  }

  private static com.google.protobuf.Duration micros(int micros) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(micros / 1_000_000)
        .setNanos(micros % 1_000_000 * 1000)
        .build();
  }

  private static Timestamp second(int second) {
    return Timestamp.newBuilder().setSeconds(second).build();
  }
}

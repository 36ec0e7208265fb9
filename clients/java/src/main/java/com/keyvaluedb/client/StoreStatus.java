package com.keyvaluedb.client;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How a store is. Sizes are in bytes.
 *
 * @param version of the server's program, such as {@code 0.1.0}
 * @param storeId names the store, for as long as its data directory lives
 * @param historyId names the history that revisions and tokens belong to; a restore begins a new
 *     one
 * @param revision of the newest committed transaction; 0: nothing was ever written
 * @param oldestRetainedRevision the oldest that a follower can start from
 * @param keyCount how many keys there are
 * @param transactionCount how many transactions were committed since the start
 * @param syncCount how many times the log was synced since the start
 * @param liveBytes size of the records that are current
 * @param diskBytes size of the segments
 * @param segmentCount how many segments the log has
 * @param keydirBytes memory of the directory of keys
 * @param cacheBytes memory of the cache of values
 * @param oldestViewRevision of the oldest view that is held for a reader; 0: there is none
 * @param oldestViewAge how long that view has been held
 * @param nextExpireTime when the next key expires; empty: none does
 * @param overdueCount keys past their deadline whose expiration is yet to be recorded
 * @param logicalTime the store's own time, which never goes back
 * @param startTime when the server's process opened the store
 * @param followerCount how many followers are connected
 * @param alarms what is wrong; empty: nothing
 * @param keyOrder the order of keys, in which listings and intervals are
 * @param compression of values that come now
 * @param checkpointRevision of the newest checkpoint; 0: there is none
 * @param checkpointTime when it was written
 * @param checkpointBytes how large its file is
 * @param historyVersions how many versions of each key are kept, the newest included
 * @param olderVersionCount how many there are beside the newest of each key
 * @param scrub how far the verification in the background is
 * @param methods each method that was ever called, by name
 * @param syncLatency how long a sync of the log took, from the write before it, or from the change
 *     to a new segment where it made one, to when the server knew that it had ended; empty: there
 *     was none lately
 */
public record StoreStatus(
    String version,
    String storeId,
    String historyId,
    long revision,
    long oldestRetainedRevision,
    long keyCount,
    long transactionCount,
    long syncCount,
    long liveBytes,
    long diskBytes,
    long segmentCount,
    long keydirBytes,
    long cacheBytes,
    long oldestViewRevision,
    Duration oldestViewAge,
    Optional<Instant> nextExpireTime,
    long overdueCount,
    Instant logicalTime,
    Instant startTime,
    long followerCount,
    List<Alarm> alarms,
    KeyOrder keyOrder,
    Compression compression,
    long checkpointRevision,
    Optional<Instant> checkpointTime,
    long checkpointBytes,
    long historyVersions,
    long olderVersionCount,
    Scrub scrub,
    List<MethodStatus> methods,
    Optional<Latency> syncLatency) {
  /** Keeps a copy of each list. */
  public StoreStatus {
    alarms = List.copyOf(alarms);
    methods = List.copyOf(methods);
  }

  /**
   * Something that an operator must know until it is over.
   *
   * @param kind what it is
   * @param message the same in words, with names and numbers
   * @param startTime since when
   */
  public record Alarm(AlarmKind kind, String message, Instant startTime) {}

  /**
   * The verification of all data on disk, in the background.
   *
   * @param startTime when the one under way began, or the next one is to begin; empty: none is made
   * @param doneBytes how much it has verified so far
   * @param totalBytes how much there is
   * @param findingCount in how many files it has found damage so far
   * @param last the last one that came to its end
   */
  public record Scrub(
      Optional<Instant> startTime,
      long doneBytes,
      long totalBytes,
      long findingCount,
      Optional<FinishedScrub> last) {}

  /**
   * A verification of all data that came to its end.
   *
   * @param startTime when it began
   * @param endTime when it ended
   * @param bytes how much it read
   * @param findingCount in how many files it found damage
   */
  public record FinishedScrub(Instant startTime, Instant endTime, long bytes, long findingCount) {}

  /**
   * How often a method was called since the start of the server's process, and how long its calls
   * took lately.
   *
   * @param method its name, such as {@code Set}
   * @param callCount how many calls were begun, streams included: of which a request was there,
   *     whole and no longer than it may be
   * @param errorCount how many of those ended with a status that is no success, those left aside
   *     that their callers cancelled
   * @param refusedCount how many calls were refused instead of begun, because more came than could
   *     be served ({@code RESOURCE_EXHAUSTED})
   * @param latency from when a request was there, whole, to when its answer was given to the
   *     connection: of calls of one reply, those that failed included, and of the requests of
   *     pipelines; empty: there was none lately, or the method's replies are a stream of another
   *     kind, which lasts as long as its caller wants
   * @param operationCount how many operations were answered in pipelines, gets included; 0 of other
   *     methods
   * @param operationErrorCount how many of those were answered with an error, which is none of the
   *     call
   */
  public record MethodStatus(
      String method,
      long callCount,
      long errorCount,
      long refusedCount,
      Optional<Latency> latency,
      long operationCount,
      long operationErrorCount) {}

  /**
   * How long those took that ended lately: in a window of one to two minutes. A quantile is never
   * too short, and at most a sixteenth and a microsecond too long; past 71 minutes only the longest
   * is known.
   *
   * @param window how long the window is that ends now; shorter than a minute: the server started
   *     in it
   * @param count how many ended in it
   * @param p50 half of them took no longer
   * @param p99 99 of a hundred took no longer
   * @param p999 999 of a thousand took no longer
   * @param max the one that took longest, exact
   */
  public record Latency(
      Duration window, long count, Duration p50, Duration p99, Duration p999, Duration max) {}
}

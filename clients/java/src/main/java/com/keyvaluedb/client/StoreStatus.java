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
    Scrub scrub) {
  /** Keeps a copy of the list. */
  public StoreStatus {
    alarms = List.copyOf(alarms);
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
}

package com.keyvaluedb.client;

import java.time.Duration;

/**
 * What a compaction did.
 *
 * @param bytesBefore size of the segments before
 * @param bytesAfter size of the segments after
 * @param segmentsBefore how many there were
 * @param segmentsAfter how many there are
 * @param droppedSets records of values that were superseded
 * @param droppedTombstones records of deletions and expirations that hide nothing any more
 * @param droppedReplies records of replies whose window has passed
 * @param damagedSegments segments that were left alone because a record in them is damaged
 * @param duration how long it took
 */
public record CompactResult(
    long bytesBefore,
    long bytesAfter,
    long segmentsBefore,
    long segmentsAfter,
    long droppedSets,
    long droppedTombstones,
    long droppedReplies,
    long damagedSegments,
    Duration duration) {}

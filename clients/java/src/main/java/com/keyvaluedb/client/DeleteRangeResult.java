package com.keyvaluedb.client;

/**
 * What one call to delete a range answers.
 *
 * @param revision of this change; where nothing was deleted, the current one
 * @param deletedCount how many keys were deleted
 * @param more whether the range still had keys at that revision; another call deletes them
 * @param replayed whether the call was made before with the same request id, and did nothing now
 */
public record DeleteRangeResult(long revision, long deletedCount, boolean more, boolean replayed) {}

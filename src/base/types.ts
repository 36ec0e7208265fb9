/** The numbers that must not be mixed up, each under a name of its own. */

/** Counts committed transactions, store-wide: 1 for the first. 0 stands for "none". A safe integer. */
export type Revision = number & { readonly brand: "Revision" };

/** Names a segment file. Grows by one with each file that the store ever made. */
export type SegmentId = number & { readonly brand: "SegmentId" };

/** Milliseconds since 1970-01-01T00:00:00Z, an integer. 0 stands for "never" where a deadline is meant. */
export type TimeMs = number & { readonly brand: "TimeMs" };

/** An unsigned 32-bit integer that mixes where a checksum belongs into the checksum itself. */
export type ChecksumSeed = number & { readonly brand: "ChecksumSeed" };

export const revision = (value: number): Revision => value as Revision;
export const segmentId = (value: number): SegmentId => value as SegmentId;
export const timeMs = (value: number): TimeMs => value as TimeMs;

export const NO_REVISION = revision(0);
export const NO_DEADLINE = timeMs(0);

/**
 * The latest time that the wire can say: 9999-12-31T23:59:59.999Z, the bound of
 * google.protobuf.Timestamp.
 */
export const TIME_MS_MAX = timeMs(253_402_300_799_999);

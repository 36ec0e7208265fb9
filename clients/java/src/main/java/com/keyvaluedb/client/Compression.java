package com.keyvaluedb.client;

/** How the values that come now are stored, where that makes them smaller. */
public enum Compression {
  /** As they are. */
  NONE,
  /** Compressed with zstd. */
  ZSTD,
  /** Compressed with LZ4. */
  LZ4,
  /** One that only a newer server knows. */
  UNKNOWN
}

package com.keyvaluedb.client;

import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.HexFormat;

/**
 * A file on the server that holds every entry as it was at one revision.
 *
 * @param snapshotId its name
 * @param revision whose state it holds
 * @param keyCount how many keys it holds
 * @param sizeBytes the size of the file
 * @param sha256 of the file without its last 32 bytes, in hexadecimal digits
 * @param createTime when it was made
 */
public record Snapshot(
    String snapshotId,
    long revision,
    long keyCount,
    long sizeBytes,
    String sha256,
    Instant createTime) {
  static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }
}

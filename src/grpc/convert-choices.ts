/** The store's words for what the wire numbers, in what a server says of itself. */

import { AlarmKind, Compression, KeyOrder } from "../../generated/keyvaluedb/v1/admin_service.js";
import type { Alarm, StoreStatus } from "../kv/index.js";

export function fromAlarmKind(kind: AlarmKind): Alarm["kind"] {
  switch (kind) {
    case AlarmKind.ALARM_KIND_NO_SPACE:
      return "no-space";
    case AlarmKind.ALARM_KIND_CLOCK_AHEAD:
      return "clock-ahead";
    case AlarmKind.ALARM_KIND_COMPACTION_FAILED:
      return "compaction-failed";
    case AlarmKind.ALARM_KIND_QUOTA:
      return "quota";
    // A kind that a newer server may know: the gravest is the safest guess, and the message says the rest.
    case AlarmKind.ALARM_KIND_UNSPECIFIED:
    case AlarmKind.ALARM_KIND_CORRUPT:
      return "corrupt";
  }
}

export function fromKeyOrder(order: KeyOrder): StoreStatus["keyOrder"] {
  switch (order) {
    case KeyOrder.KEY_ORDER_REVERSE:
      return "reverse";
    case KeyOrder.KEY_ORDER_NATURAL:
      return "natural";
    case KeyOrder.KEY_ORDER_CASE_INSENSITIVE:
      return "case-insensitive";
    // A server that does not say is one from before there were others.
    case KeyOrder.KEY_ORDER_UNSPECIFIED:
    case KeyOrder.KEY_ORDER_BYTES:
      return "bytes";
  }
}

export function fromCompression(compression: Compression): StoreStatus["compression"] {
  switch (compression) {
    case Compression.COMPRESSION_ZSTD:
      return "zstd";
    case Compression.COMPRESSION_LZ4:
      return "lz4";
    // A server that does not say is one from before there were codecs.
    case Compression.COMPRESSION_UNSPECIFIED:
    case Compression.COMPRESSION_NONE:
      return "none";
  }
}

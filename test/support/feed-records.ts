/** Changes as the feed gets them, of which a test says only what it is about. */

import { NO_DEADLINE, revision, timeMs } from "../../src/base/index.js";
import { RecordType, type DurableChange, type LogRecord } from "../../src/storage/index.js";

export interface ChangeWords {
  readonly key?: string;
  readonly valueBytes?: number;
  readonly type?: LogRecord["type"];
  readonly revision?: number;
  readonly index?: number;
}

export function durableChange(words: ChangeWords = {}): DurableChange {
  const { key = "key", valueBytes = 0, type = RecordType.EXPIRE, index = 0 } = words;
  const of = revision(words.revision ?? 1);
  return {
    record: {
      type,
      revision: of,
      index,
      isLastOfTransaction: true,
      commitTimeMs: timeMs(0),
      createRevision: of,
      version: 1,
      deadlineMs: NO_DEADLINE,
      contentType: "",
      key: Buffer.from(key),
      value: Buffer.alloc(valueBytes),
      codec: "none",
      valueSize: valueBytes,
      isValueOmitted: false,
      isWhileDown: false,
    },
    replaced: undefined,
  };
}

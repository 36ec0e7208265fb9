/** What one follower wants of the feed, and how a record becomes what it is told. */

import { invalidField, isKvError, type KeyOrder, type Limits } from "../base/index.js";
import { RecordType } from "../storage/index.js";
import { kindsOf, type FeedRecord, type Kinds } from "./feed-record.js";
import { toStretch, type KeyRange, type KeyStretch } from "./key-range.js";
import type { ToldPosition } from "./tokens.js";
import type { ChangeKind, StartPosition } from "./watch-queries.js";

export interface Subscription<Told extends ToldPosition> {
  readonly stretches: readonly KeyStretch[];
  readonly kinds: Kinds;
  readonly start: StartPosition;
  /** How long the stream may be silent, in milliseconds. 0: the default. */
  readonly progressIntervalMs: number;
  /** Whether it asks for what each change replaced. */
  readonly includePrevious: boolean;
  /** Undefined: the record was forgotten. A promise where something has to be read or decompressed for it. */
  readonly toTold: (record: FeedRecord) => Told | Promise<Told> | undefined;
  /** About how many bytes it takes to tell it. */
  readonly sizeOf: (told: Told) => number;
}

const TYPES: Record<ChangeKind, RecordType> = {
  set: RecordType.SET,
  delete: RecordType.DELETE,
  expire: RecordType.EXPIRE,
  touch: RecordType.TOUCH,
};

export const ALL_KINDS = kindsOf(Object.values(TYPES));
export const ONLY_EXPIRATIONS = kindsOf([RecordType.EXPIRE]);

export function toKinds(kinds: readonly ChangeKind[]): Kinds {
  return kinds.length === 0 ? ALL_KINDS : kindsOf(kinds.map((kind) => TYPES[kind]));
}

/** Throws INVALID_FIELD for more ranges than the limit allows, and for one that is malformed. */
export function toStretches(
  ranges: readonly KeyRange[],
  order: KeyOrder,
  { watchRangesMax }: Pick<Limits, "watchRangesMax">,
): readonly KeyStretch[] {
  if (ranges.length > watchRangesMax) {
    const counts = `${String(watchRangesMax)} ranges, and has ${String(ranges.length)}`;
    throw invalidField("ranges", `must have at most ${counts} (limits.watch_ranges)`);
  }
  if (ranges.length === 0) return [toStretch({ kind: "all" }, order)];
  return ranges.map((range, index) => stretchAt(`ranges[${String(index)}]`, range, order));
}

/** What is wrong with a range is told of the place where it stands. */
function stretchAt(place: string, range: KeyRange, order: KeyOrder): KeyStretch {
  try {
    return toStretch(range, order);
  } catch (error) {
    if (!isKvError(error, "INVALID_FIELD")) throw error;
    const field = (error.metadata.field ?? "range").replace(/^range/, place);
    const problem = error.message.slice(error.message.indexOf(": ") + 2);
    throw invalidField(field, problem.replaceAll("range.", `${place}.`), error);
  }
}

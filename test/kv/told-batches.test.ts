/** Records become batches of a bounded size, in order, up to the first that was forgotten. */

import { expect } from "chai";

import { revision } from "../../src/base/index.js";
import { FeedRecord } from "../../src/kv/feed-record.js";
import { ToldBatches } from "../../src/kv/told-batches.js";
import type { ToldPosition } from "../../src/kv/tokens.js";
import type { StartPosition } from "../../src/kv/watch-queries.js";
import { durableChange, type ChangeWords } from "../support/feed-records.js";

const NOTHING_TOLD: ToldPosition = { revision: revision(0), index: 0 };
const KIB = 1024;

const FOLLOWER = {
  hasGone: () => false,
  turnFor: () => undefined,
  wants: ({ key }: FeedRecord) => key.toString() !== "unwanted",
};

interface Event extends ToldPosition {
  readonly bytes: number;
}

type ToTold = (record: FeedRecord) => Event | Promise<Event> | undefined;

const atOnce = ({ revision: of, index, valueBytes: bytes }: FeedRecord): Event => ({
  revision: of,
  index,
  bytes,
});

function batchesOf(
  toTold: ToTold = atOnce,
  start: StartPosition = { kind: "now" },
): ToldBatches<Event> {
  return new ToldBatches(FOLLOWER, { start, toTold, sizeOf: ({ bytes }) => bytes });
}

function records(count: number, words: ChangeWords = {}): FeedRecord[] {
  return Array.from(
    { length: count },
    (_, at) => new FeedRecord(durableChange({ ...words, revision: at + 1 })),
  );
}

/** The revisions of each batch. */
async function revisionsIn(batches: AsyncIterable<readonly Event[]>): Promise<number[][]> {
  const found: number[][] = [];
  for await (const batch of batches) found.push(batch.map((event) => event.revision));
  return found;
}

describe("what a follower is told of records", () => {
  it("comes in batches of a thousand events at the most", async () => {
    const found = await revisionsIn(batchesOf().of(records(2001), NOTHING_TOLD));
    expect(found.map((batch) => batch.length)).to.deep.equal([1000, 1000, 1]);
    expect(found.flat()).to.deep.equal(Array.from({ length: 2001 }, (_, at) => at + 1));
  });

  it("comes in batches of 256 KiB at the most, but for what is larger by itself", async () => {
    const small = await revisionsIn(
      batchesOf().of(records(5, { valueBytes: 100 * KIB }), NOTHING_TOLD),
    );
    expect(small).to.deep.equal([[1, 2], [3, 4], [5]]);
    const large = await revisionsIn(
      batchesOf().of(records(2, { valueBytes: 300 * KIB }), NOTHING_TOLD),
    );
    expect(large).to.deep.equal([[1], [2]]);
  });

  it("leaves out what was told, what is not wanted, and what is before the start", async () => {
    const all = [...records(5), new FeedRecord(durableChange({ key: "unwanted", revision: 6 }))];
    const told = { revision: revision(2), index: 0 };
    expect(await revisionsIn(batchesOf().of(all, told))).to.deep.equal([[3, 4, 5]]);
    const start: StartPosition = { kind: "revision", revision: revision(4) };
    expect(await revisionsIn(batchesOf(atOnce, start).of(all, told))).to.deep.equal([[4, 5]]);
  });

  it("is in order where some has to be waited for", async () => {
    const later: ToTold = (record) =>
      record.revision % 3 === 0 ? Promise.resolve(atOnce(record)) : atOnce(record);
    const found = await revisionsIn(batchesOf(later).of(records(40), NOTHING_TOLD));
    expect(found.flat()).to.deep.equal(Array.from({ length: 40 }, (_, at) => at + 1));
  });

  it("ends before what was forgotten, and says so once", async () => {
    const forgetful = batchesOf((record) => (record.revision === 21 ? undefined : atOnce(record)));
    expect(forgetful.takeLoss()).to.equal(false);
    const found = await revisionsIn(forgetful.of(records(60), NOTHING_TOLD));
    expect(found.flat()).to.deep.equal(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(forgetful.takeLoss()).to.equal(true);
    expect(forgetful.takeLoss()).to.equal(false);
  });
});

/** Remembered replies against a plain Map: whatever is put, forgotten and moved, and through a checkpoint while all goes on. */

import { expect } from "chai";

import { revision, segmentId, timeMs } from "../../src/base/index.js";
import { readCheckpointFile, writeCheckpointFile } from "../../src/keydir/checkpoint-file.js";
import { Keydir, type ReplyEntry } from "../../src/keydir/index.js";
import { Replies } from "../../src/keydir/replies.js";
import { BLOCK_ENTRIES } from "../../src/keydir/reply-ring.js";
import { CrashDisk } from "../support/crash-disk.js";
import { Random } from "../support/random.js";

/** Enough for the ring to go round, over a few blocks. */
const ENTRIES_MAX = 2 * BLOCK_ENTRIES;
const STEPS = 8 * BLOCK_ENTRIES;
const SEED = 20_261_126;

function entryOf(at: number, more: Partial<ReplyEntry> = {}): ReplyEntry {
  return {
    segment: segmentId(1 + (at % 7)),
    offset: (at * 977) % 0xffff_ffff,
    length: 100 + (at % 50),
    revision: revision(at),
    commitTimeMs: timeMs(1_700_000_000_000 + at),
    isInSet: at % 2 === 0,
    ...more,
  };
}

function idOf(number: number): Buffer {
  return Buffer.from(`id-${String(number)}`);
}

/** The same with a Map, whose order is that in which ids were put. */
class Model {
  readonly entries = new Map<number, ReplyEntry>();

  put(id: number, entry: ReplyEntry): ReplyEntry | undefined {
    const before = this.entries.get(id);
    this.entries.delete(id);
    this.entries.set(id, entry);
    return before;
  }

  forgetOldest(): ReplyEntry | undefined {
    for (const [id, entry] of this.entries) {
      this.entries.delete(id);
      return entry;
    }
    return undefined;
  }
}

function expectSame(replies: Replies, model: Model, idCount: number): void {
  expect(replies.size).to.equal(model.entries.size);
  for (let id = 0; id < idCount; id += 1) {
    expect(replies.get(idOf(id)), `id ${String(id)}`).to.deep.equal(model.entries.get(id));
  }
}

/** Writes the pinned state of a keydir, with `meanwhile` in the middle, and gives what is read back. */
async function throughFile(keydir: Keydir, meanwhile: () => void): Promise<Replies> {
  const disk = new CrashDisk();
  await disk.makeDirectory("/d");
  const header = {
    storeId: Buffer.alloc(16, 7),
    revision: revision(5),
    logicalTimeMs: timeMs(6),
    createTimeMs: timeMs(7),
  };
  {
    using image = keydir.image();
    let isFirst = true;
    const spend = (): undefined => {
      if (isFirst) meanwhile();
      isFirst = false;
      return undefined;
    };
    await writeCheckpointFile(disk, "/d/c", { header, images: image.images, state: 8, spend });
  }
  const read = await readCheckpointFile(disk, "/d/c", () => undefined);
  if (read.kind !== "read") throw new Error(read.problem);
  return new Keydir({ repliesMax: ENTRIES_MAX, loaded: read.loaded }).replies;
}

describe("remembered replies", () => {
  it("are those of a map, while the oldest go and ids come again", () => {
    const random = new Random(SEED);
    const replies = new Replies({ entriesMax: ENTRIES_MAX });
    const model = new Model();
    const idCount = ENTRIES_MAX + 500;
    for (let at = 1; at <= STEPS; at += 1) {
      const id = random.below(idCount);
      const entry = entryOf(at);
      if (replies.isFull) replies.settle();
      expect(replies.put(idOf(id), entry)).to.deep.equal(model.put(id, entry));
      if (model.entries.size > ENTRIES_MAX || random.below(10) === 0) {
        expect(replies.oldest()).to.deep.equal([...model.entries.values()][0]);
        expect(replies.forgetOldest()).to.deep.equal(model.forgetOldest());
      }
    }
    expectSame(replies, model, idCount);
    while (model.entries.size > 0) {
      expect(replies.forgetOldest()).to.deep.equal(model.forgetOldest());
    }
    expect([replies.forgetOldest(), replies.size]).to.deep.equal([undefined, 0]);
  });

  it("that came in any order are in that of their revisions when they are settled", () => {
    const random = new Random(SEED);
    const replies = new Replies({ entriesMax: 100 });
    const revisions = Array.from({ length: 100 }, (_, index) => index + 1);
    for (let left = revisions.length; left > 0; left -= 1) {
      const [at = 0] = revisions.splice(random.below(left), 1);
      replies.put(idOf(at), entryOf(at));
    }
    expect(replies.isOrdered).to.equal(false);
    replies.settle();
    expect(replies.isOrdered).to.equal(true);
    for (let at = 1; at <= 100; at += 1) expect(replies.forgetOldest()?.revision).to.equal(at);
  });

  it("of the same revision are put where they lie now, in their old place", () => {
    const replies = new Replies({ entriesMax: 10 });
    for (const at of [1, 2, 3]) replies.put(idOf(at), entryOf(at));
    const moved = entryOf(2, { segment: segmentId(99), isInSet: false });
    expect(replies.put(idOf(2), moved)).to.deep.equal(entryOf(2));
    expect(replies.isOrdered).to.equal(true);
    const all = [1, 2, 3].map(() => replies.forgetOldest());
    expect(all).to.deep.equal([entryOf(1), moved, entryOf(3)]);
  });

  it("in segments that are gone are forgotten, and no others", () => {
    const replies = new Replies({ entriesMax: 10_000 });
    for (let at = 1; at <= 5000; at += 1) replies.put(idOf(at), entryOf(at));
    const gone = new Set([segmentId(1), segmentId(3)]);
    const turns = [...replies.forgetIn(gone)];
    expect(turns).to.have.lengthOf(2);
    for (let at = 1; at <= 5000; at += 1) {
      const expected = gone.has(entryOf(at).segment) ? undefined : entryOf(at);
      expect(replies.get(idOf(at)), String(at)).to.deep.equal(expected);
    }
  });

  it("are in a checkpoint as they were when it was pinned, whatever comes meanwhile", async () => {
    const keydir = new Keydir({ repliesMax: ENTRIES_MAX });
    const { replies } = keydir;
    const model = new Model();
    // Past the end of the ring, so that what is pinned goes round it.
    for (let at = 1; at <= 3 * BLOCK_ENTRIES; at += 1) {
      replies.put(idOf(at), entryOf(at));
      model.put(at, entryOf(at));
      if (model.entries.size > ENTRIES_MAX) {
        replies.forgetOldest();
        model.forgetOldest();
      }
    }
    const newest = 3 * BLOCK_ENTRIES;
    const loaded = await throughFile(keydir, () => {
      replies.put(idOf(newest), entryOf(newest, { segment: segmentId(99) }));
      for (let at = newest + 1; at < newest + BLOCK_ENTRIES; at += 1) {
        replies.put(idOf(at), entryOf(at));
        replies.forgetOldest();
      }
    });
    expectSame(loaded, model, newest + BLOCK_ENTRIES);
    expect(loaded.oldest()).to.deep.equal([...model.entries.values()][0]);
    expect(replies.get(idOf(newest))?.segment).to.equal(99);
    // It goes on from there.
    loaded.put(idOf(newest + 1), entryOf(newest + 1));
    expect(loaded.get(idOf(newest + 1))).to.deep.equal(entryOf(newest + 1));
  });
});

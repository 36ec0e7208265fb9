/** Changes as bytes: each comes back as it was, from any revision on, and its place is used again. */

import { expect } from "chai";
import fc from "fast-check";

import { revision, segmentId, timeMs } from "../../src/base/index.js";
import { packedBytes, PackedChanges } from "../../src/kv/packed-changes.js";
import { CODEC_NAMES, RecordType, type DurableChange } from "../../src/storage/index.js";

const buffers = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
/** What a record and an entry have room for. */
const large = fc.nat({ max: 2 ** 48 - 1 });
const words = fc.nat({ max: 2 ** 32 - 1 });

const replaced = fc
  .record({
    segment: words.map(segmentId),
    offset: words,
    length: words,
    revision: large.map(revision),
    index: fc.nat({ max: 0xffff }),
    createRevision: large.map(revision),
    version: large,
    deadlineMs: large.map(timeMs),
  })
  .map((entry) => ({ ...entry, isTombstone: false }));

const changes: fc.Arbitrary<DurableChange> = fc.record({
  record: fc.record({
    type: fc.constantFrom(...Object.values(RecordType)),
    revision: fc.constant(revision(1)),
    index: words,
    isLastOfTransaction: fc.boolean(),
    commitTimeMs: large.map(timeMs),
    createRevision: large.map(revision),
    version: large,
    deadlineMs: large.map(timeMs),
    contentType: fc.string({ unit: "binary", maxLength: 40 }),
    key: buffers,
    value: buffers,
    codec: fc.constantFrom(...CODEC_NAMES),
    valueSize: words,
    isValueOmitted: fc.boolean(),
    isWhileDown: fc.boolean(),
  }),
  replaced: fc.option(replaced, { nil: undefined }),
});

/** With revisions that grow, some of them shared. */
const lists = fc.array(fc.tuple(changes, fc.nat({ max: 2 })), { maxLength: 20 }).map((pairs) => {
  let at = 1;
  return pairs.map(([{ record, replaced: before }, step]): DurableChange => {
    at += step;
    return { record: { ...record, revision: revision(at) }, replaced: before };
  });
});

describe("changes as bytes", () => {
  it("come back as they were, from any revision on, also where others were before", () => {
    const packed = new PackedChanges(20 * 1200);
    fc.assert(
      fc.property(lists, fc.nat({ max: 40 }), (list, from) => {
        packed.clear();
        expect(packed.lastRevision).to.equal(undefined);
        for (const change of list) packed.add(change);
        expect(packed.lastRevision).to.equal(list.at(-1)?.record.revision);
        const wanted = list.filter(({ record }) => record.revision >= from);
        expect([...packed.changesFrom(revision(from))]).to.deep.equal(wanted);
      }),
    );
  });

  it("take as much as is said, and no more is taken than there is room for", () => {
    fc.assert(
      fc.property(changes, (change) => {
        const bytes = packedBytes(change);
        const packed = new PackedChanges(bytes);
        expect([packed.holds(bytes), packed.holds(bytes + 1)]).to.deep.equal([true, false]);
        packed.add(change);
        expect([packed.holds(0), packed.holds(1)]).to.deep.equal([true, false]);
      }),
    );
  });

  it("are copies, which stay as they are when their place is another's", () => {
    const packed = new PackedChanges(1200);
    const [first, second] = fc.sample(changes, 2);
    if (first === undefined || second === undefined) throw new Error("no sample");
    packed.add(first);
    const told = [...packed.changesFrom(revision(1))];
    packed.clear();
    packed.add(second);
    expect(told).to.deep.equal([first]);
  });
});

/** Memory that a store keeps: the collector counts none of it. */

import { expect } from "chai";

import { MIB, NO_DEADLINE, revision, takeMemory, timeMs } from "../../src/base/index.js";
import { PAGE_BYTES, PagePool } from "../../src/keydir/page-pool.js";
import { unitsOf, ValueRing } from "../../src/storage/value-ring.js";

/** Taken at a time; what else may be taken or given back meanwhile, in this process, is much less. */
const TAKEN_BYTES = 64 * MIB;

const ENTRY = {
  key: Buffer.from("key"),
  contentType: "",
  revision: revision(1),
  updateTimeMs: timeMs(1),
  createRevision: revision(1),
  version: 1,
  deadlineMs: NO_DEADLINE,
};

function countedBytes(): number {
  return process.memoryUsage().external;
}

describe("memory that a store keeps", () => {
  it("is zeros", () => {
    expect(Buffer.from(takeMemory(MIB)).every((byte) => byte === 0)).to.equal(true);
  });

  it("is not counted by the collector", () => {
    const before = countedBytes();
    const counted = new ArrayBuffer(TAKEN_BYTES);
    expect(countedBytes() - before).to.be.greaterThan(TAKEN_BYTES / 2);
    const between = countedBytes();
    const memory = takeMemory(TAKEN_BYTES);
    expect(countedBytes() - between).to.be.lessThan(TAKEN_BYTES / 2);
    expect(memory.byteLength).to.equal(counted.byteLength);
  });

  it("is what pages of the keydir and cached values lie in", () => {
    const before = countedBytes();
    const pool = new PagePool();
    pool.growTo(TAKEN_BYTES / PAGE_BYTES);
    expect(pool.usedBytes).to.be.at.least(TAKEN_BYTES);
    const ring = new ValueRing(TAKEN_BYTES, () => undefined);
    const entry = { ...ENTRY, value: Buffer.alloc(MIB) };
    while (ring.usedBytes < TAKEN_BYTES / 2) ring.append(entry, unitsOf(entry));
    expect(countedBytes() - before).to.be.lessThan(TAKEN_BYTES / 2);
  });
});

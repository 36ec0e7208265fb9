/** A set names its call in its own record: it is known again however it was asked for, dead or alive, wherever compaction puts it. */

import { expect } from "chai";
import fc from "fast-check";

import { NO_REVISION, revision, TIME_MS_MAX, timeMs } from "../../src/base/index.js";
import type { ExpirationChoice, SetCommand, Store } from "../../src/kv/index.js";
import type { LocalParts } from "../../src/kv/local-parts.js";
import { LocalStore } from "../../src/kv/local-store.js";
import { openLocalParts } from "../../src/kv/open-local-store.js";
import { decodeReply } from "../../src/kv/reply-format.js";
import { requestDigest } from "../../src/kv/request-digest.js";
import { ASKED_BYTES_MAX, askedOf, noteOfSet } from "../../src/kv/set-call.js";
import { bytes, PATIENT, setOf, valueOf } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { DATA_DIRECTORY, tinyStoreOptions, type TinyStoreOptions } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";

const time = fc.integer({ min: 1, max: TIME_MS_MAX });
const choice: fc.Arbitrary<ExpirationChoice> = fc.oneof(
  fc.constantFrom({ kind: "none" } as const, { kind: "keep" } as const),
  fc.record({ kind: fc.constant("ttl" as const), ttlMs: time }),
  fc.record({ kind: fc.constant("at" as const), deadlineMs: time.map((ms) => timeMs(ms)) }),
);
const precondition = fc.option(
  fc.oneof(
    fc.boolean().map((exists) => ({ kind: "exists" as const, exists })),
    time.map((at) => ({ kind: "revision" as const, revision: revision(at) })),
  ),
  { nil: undefined },
);
const someBytes = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((each) => Buffer.from(each));

describe("a set that names its call", () => {
  it("leaves the note that it would have left as a transaction, however it was asked for", () => {
    const set = fc.record({ key: someBytes, value: someBytes, contentType: fc.string() });
    const how = fc.record({ expiration: choice, precondition });
    fc.assert(
      fc.property(
        set,
        how,
        someBytes,
        time,
        (asked, { expiration, precondition }, id, deadline) => {
          const call = { id, asked: askedOf(expiration, precondition) };
          expect(call.asked.length).to.be.within(1, ASKED_BYTES_MAX);
          const deadlineMs = timeMs(deadline);
          const note = noteOfSet({ ...asked, revision: revision(7), deadlineMs, call });
          const digest = requestDigest({
            isTransaction: false,
            conditions: [],
            then: [{ kind: "set", ...asked, expiration }],
            otherwise: [],
            precondition,
          });
          expect([note.requestId, note.digest]).to.deep.equal([id, digest]);
          const { results } = decodeReply(note.reply, revision(7));
          expect(results).to.deep.equal([{ kind: "set", revision: 7, deadlineMs }]);
        },
      ),
    );
  });

  for (const compression of ["none", "zstd"] as const) {
    it(`is answered when it is dead and compacted, and after restarts (${compression})`, async () => {
      const bench = new Bench({ compression });
      await bench.open();
      const first = SETS.map((set) => bench.store.set(set, PATIENT));
      const answers = await Promise.all(first);
      for (const { key } of SETS.slice(1)) await bench.set(key.toString(), "after");
      for (let count = 0; count < 60; count += 1) await bench.set("filler", "x".repeat(500));
      const compacted = await bench.store.compact(PATIENT);
      expect(compacted.droppedSets).to.be.greaterThan(SETS.length - 1);
      const newest = bench.parts.engine.appliedRevision;
      for (const restart of ["none", "with checkpoints", "without", "compacted again"] as const) {
        if (restart !== "none") await bench.close();
        if (restart === "without") await bench.removeCheckpoints();
        if (restart !== "none") await bench.open();
        if (restart === "compacted again") await bench.store.compact(PATIENT);
        for (const [index, set] of SETS.entries()) {
          const again = await bench.store.set(set, PATIENT);
          expect(again, restart).to.deep.equal({ ...answers[index], replayed: true });
          const other = { ...set, value: bytes("other") };
          await kvRejectionOf(bench.store.set(other, PATIENT), "REQUEST_ID_REUSED");
        }
        expect(bench.parts.engine.appliedRevision, restart).to.equal(newest);
      }
      expect(await valueOf(bench.store, "one")).to.equal(VALUE);
      expect(await valueOf(bench.store, "two")).to.equal("after");
      await bench.close();
    });
  }

  it("is forgotten when its time has passed, and what compaction kept of it goes", async () => {
    const bench = new Bench({});
    await bench.open();
    for (const set of SETS) await bench.store.set(set, PATIENT);
    for (const { key } of SETS) await bench.set(key.toString(), "after");
    for (let count = 0; count < 60; count += 1) await bench.set("filler", "x".repeat(500));
    await bench.store.compact(PATIENT);
    expect((await bench.store.compact(PATIENT)).droppedReplies).to.equal(0);
    await bench.clock.advance(600_000);
    expect((await bench.store.compact(PATIENT)).droppedReplies).to.equal(SETS.length);
    const { replayed } = await bench.store.set(SETS[0] ?? setOf("", ""), PATIENT);
    expect(replayed).to.equal(undefined);
    await bench.close();
  });

  it("of a store in this process may have a TTL that is no whole number", async () => {
    const bench = new Bench({});
    await bench.open();
    const set = setOf("key", "v", {
      requestId: "id",
      expiration: { kind: "ttl", ttlMs: 60_000.5 },
    });
    await bench.store.set(set, PATIENT);
    expect((await bench.store.set(set, PATIENT)).replayed).to.equal(true);
    await bench.close();
  });

  it("is not taken for another whose id has the same hash", async () => {
    const bench = new Bench({});
    await bench.open();
    await bench.store.set(setOf("key", "value", { requestId: "its own" }), PATIENT);
    const { replies } = bench.parts.engine;
    const entry = replies.find(bytes("its own"), bench.clock.wallMs());
    if (entry === undefined) throw new Error("the call is not remembered");
    expect(await replies.read(bytes("another"), entry)).to.equal(undefined);
    expect((await replies.read(bytes("its own"), entry))?.requestId).to.deep.equal(
      bytes("its own"),
    );
    await bench.close();
  });
});

const VALUE =
  "text that says the same thing, that says the same thing, and the same thing again. ".repeat(3);

/** Of which the first stays alive. */
const SETS: readonly SetCommand[] = [
  setOf("one", VALUE, { requestId: "1", expiration: { kind: "keep" }, contentType: "text/plain" }),
  setOf("two", VALUE, { requestId: "2", expiration: { kind: "ttl", ttlMs: 3_600_000 } }),
  setOf("three", VALUE, { requestId: "3" }),
  setOf("four", "", { requestId: "4".repeat(128) }),
  setOf("five", "v", { requestId: "5", precondition: { kind: "exists", exists: false } }),
  setOf("six", "v", {
    requestId: "6",
    expiration: { kind: "ttl", ttlMs: 3_600_000 },
    precondition: { kind: "revision", revision: NO_REVISION },
  }),
];

class Bench {
  readonly clock = new ManualClock();
  readonly #disk = new CrashDisk();
  readonly #more: Partial<TinyStoreOptions>;
  #open: { readonly parts: LocalParts; readonly store: Store } | undefined;

  constructor(more: Partial<TinyStoreOptions>) {
    this.#more = more;
  }

  get parts(): LocalParts {
    if (this.#open === undefined) throw new Error("the store is not open");
    return this.#open.parts;
  }

  get store(): Store {
    if (this.#open === undefined) throw new Error("the store is not open");
    return this.#open.store;
  }

  async open(): Promise<void> {
    const { clock } = this;
    const place = { fileSystem: this.#disk, directory: DATA_DIRECTORY, clock };
    const parts = await openLocalParts(
      tinyStoreOptions({ ...place, retentionMs: 0, ...this.#more }),
    );
    this.#open = { parts, store: new LocalStore(parts) };
  }

  async set(key: string, value: string): Promise<void> {
    await this.store.set(setOf(key, value), PATIENT);
  }

  async close(): Promise<void> {
    await this.store.close();
    this.clock.dropTimers();
  }

  async removeCheckpoints(): Promise<void> {
    for (const path of this.#disk.files().filter((each) => each.includes("/checkpoints/"))) {
      await this.#disk.unlink(path);
    }
  }
}

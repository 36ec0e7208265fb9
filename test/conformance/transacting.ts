/** Writes that are judged first: preconditions, previous entries, Increment and Transact. */

import { expect } from "chai";

import { isKvError, NO_REVISION, revision } from "../../src/base/index.js";
import type {
  Check,
  Entry,
  IncrementCommand,
  Operation,
  OperationResult,
  TransactCommand,
} from "../../src/kv/index.js";
import { bytes, PATIENT, setOf, valueOf } from "../support/calls.js";
import { expectInvalidField, kvRejectionOf } from "../support/rejection.js";
import { useStore, type OpenStore, type Subject } from "./opened-store.js";

const SOON = { kind: "ttl", ttlMs: 60_000 } as const;

function incrementOf(
  key: string,
  delta: bigint,
  more: Partial<IncrementCommand> = {},
): IncrementCommand {
  return { key: bytes(key), delta, expiration: { kind: "none" }, ...more };
}

function transactionOf(more: Partial<TransactCommand>): TransactCommand {
  return { conditions: [], then: [], otherwise: [], ...more };
}

const set = (key: string, value: string): Operation => ({ kind: "set", ...setOf(key, value) });
const get = (key: string): Operation => ({ kind: "get", key: bytes(key) });
const remove = (key: string): Operation => ({ kind: "delete", key: bytes(key) });
const increment = (key: string, delta: bigint): Operation => ({
  kind: "increment",
  ...incrementOf(key, delta),
});

function entryIn(result: OperationResult | undefined): Entry | undefined {
  expect(result?.kind).to.equal("get");
  return result?.kind === "get" ? result.entry : undefined;
}

export function describeTransacting(open: OpenStore): void {
  describePreconditions(open);
  describeIncrement(open);
  describeTransactions(open);
}

async function revisionOf(subject: Subject): Promise<number> {
  return (await subject.store.status()).revision;
}

async function entryOf(subject: Subject, key: string): Promise<Entry | undefined> {
  return (await subject.store.get(bytes(key), PATIENT)).entry;
}

function describePreconditions(open: OpenStore): void {
  describe("preconditions and previous entries", () => {
    const subject = useStore(open);

    /** Every write that may have a precondition, of a key. */
    const writes = (key: string, precondition: Check): (() => Promise<unknown>)[] => [
      () => subject.store.set(setOf(key, "new", { precondition }), PATIENT),
      () => subject.store.touch({ key: bytes(key), expiration: SOON, precondition }, PATIENT),
      () => subject.store.delete({ key: bytes(key), precondition }, PATIENT),
    ];

    it("lets a write through whose precondition holds", async () => {
      const made = await subject.store.set(
        setOf("a", "1", { precondition: { kind: "exists", exists: false } }),
        PATIENT,
      );
      const byRevision = { kind: "revision", revision: made.revision } as const;
      const again = await subject.store.set(setOf("a", "2", { precondition: byRevision }), PATIENT);
      expect(again.revision).to.equal(made.revision + 1);
      const byValue = { kind: "value", value: bytes("2") } as const;
      const touch = { key: bytes("a"), expiration: SOON, precondition: byValue };
      expect((await subject.store.touch(touch, PATIENT)).touched).to.equal(true);
      const exists = { kind: "exists", exists: true } as const;
      const ended = await subject.store.delete({ key: bytes("a"), precondition: exists }, PATIENT);
      expect(ended.deleted).to.equal(true);
      const absent = { kind: "revision", revision: NO_REVISION } as const;
      await subject.store.set(setOf("a", "3", { precondition: absent }), PATIENT);
      expect(await valueOf(subject.store, "a")).to.equal("3");
    });

    it("refuses a write whose precondition does not hold, tells the revision, and changes nothing", async () => {
      const { revision: at } = await subject.store.set(setOf("a", "1"), PATIENT);
      const wrong: Check[] = [
        { kind: "revision", revision: revision(at + 1) },
        { kind: "revision", revision: NO_REVISION },
        { kind: "value", value: bytes("2") },
        { kind: "value", value: bytes("") },
      ];
      for (const check of wrong) {
        for (const write of writes("a", check)) {
          const { metadata } = await kvRejectionOf(write(), "PRECONDITION_FAILED");
          expect(metadata.revision).to.equal(at);
        }
      }
      for (const write of writes("a", { kind: "exists", exists: false })) {
        const { metadata } = await kvRejectionOf(write(), "KEY_EXISTS");
        expect(metadata.revision).to.equal(at);
      }
      const absent: Check[] = [
        { kind: "revision", revision: at },
        { kind: "value", value: bytes("") },
      ];
      for (const check of absent) {
        for (const write of writes("b", check)) {
          const { metadata } = await kvRejectionOf(write(), "PRECONDITION_FAILED");
          expect(metadata.revision).to.equal(0);
        }
      }
      for (const write of writes("b", { kind: "exists", exists: true })) {
        await kvRejectionOf(write(), "KEY_ABSENT");
      }
      expect(await revisionOf(subject)).to.equal(at);
      expect(await valueOf(subject.store, "a")).to.equal("1");
    });

    it("refuses a precondition that nothing could meet", async () => {
      const { valueBytesMax } = subject.current.limits;
      for (const write of writes("a", { kind: "revision", revision: revision(-1) })) {
        await expectInvalidField(write(), "precondition.revision");
      }
      for (const write of writes("a", { kind: "value", value: Buffer.alloc(valueBytesMax + 1) })) {
        await expectInvalidField(write(), "precondition.value");
      }
    });

    it("answers with the entry as it was before, where it is asked", async () => {
      const ask = { returnPrevious: true } as const;
      expect(await subject.store.set(setOf("a", "1", ask), PATIENT)).to.not.have.property(
        "previous",
      );
      const first = await entryOf(subject, "a");
      const second = await subject.store.set(setOf("a", "2", ask), PATIENT);
      expect(second.previous).to.deep.equal(first);
      const before = await entryOf(subject, "a");
      const touched = await subject.store.touch(
        { key: bytes("a"), expiration: SOON, ...ask },
        PATIENT,
      );
      expect(touched.previous).to.deep.equal(before);
      const last = await entryOf(subject, "a");
      const deleted = await subject.store.delete({ key: bytes("a"), ...ask }, PATIENT);
      expect(deleted.previous).to.deep.equal(last);
      const absent = await subject.store.delete({ key: bytes("a"), ...ask }, PATIENT);
      expect(absent).to.deep.equal({ revision: deleted.revision, deleted: false });
    });

    it("judges by what the key is once it has expired", async () => {
      await subject.store.set(
        setOf("a", "1", { expiration: { kind: "ttl", ttlMs: 1000 } }),
        PATIENT,
      );
      await subject.clock.advance(1000);
      const exists = { kind: "exists", exists: true } as const;
      await kvRejectionOf(
        subject.store.delete({ key: bytes("a"), precondition: exists }, PATIENT),
        "KEY_ABSENT",
      );
    });

    it("loses no update of many that read, compare and set at the same time", async () => {
      await subject.store.set(setOf("sum", "0"), PATIENT);
      const addOne = async (): Promise<void> => {
        for (;;) {
          const entry = await entryOf(subject, "sum");
          const at = entry?.revision ?? NO_REVISION;
          const next = String(Number(entry?.value.toString()) + 1);
          const precondition = { kind: "revision", revision: at } as const;
          try {
            await subject.store.set(setOf("sum", next, { precondition }), PATIENT);
            return;
          } catch (error) {
            if (!isKvError(error, "PRECONDITION_FAILED")) throw error;
          }
        }
      };
      await Promise.all(Array.from({ length: 30 }, addOne));
      expect(await valueOf(subject.store, "sum")).to.equal("30");
      expect((await entryOf(subject, "sum"))?.version).to.equal(31);
    });

    it("judges values that are no longer in memory", async () => {
      const value = (name: string): string => name.repeat(1000);
      for (const name of ["a", "b", "c", "d", "e", "f"]) {
        await subject.store.set(setOf(name, value(name)), PATIENT);
      }
      const held = { kind: "value", value: bytes(value("a")) } as const;
      await subject.store.set(setOf("a", "1", { precondition: held }), PATIENT);
      const { previous } = await subject.store.set(
        setOf("b", "2", { returnPrevious: true }),
        PATIENT,
      );
      expect(previous?.value.toString()).to.equal(value("b"));
    });
  });
}

function describeIncrement(open: OpenStore): void {
  describe("Increment", () => {
    const subject = useStore(open);

    it("makes a key, and adds to what it holds", async () => {
      const made = await subject.store.increment(incrementOf("n", 5n), PATIENT);
      expect(made).to.deep.include({ value: 5n, deadlineMs: 0 });
      const next = await subject.store.increment(incrementOf("n", -7n), PATIENT);
      expect(next).to.deep.include({ value: -2n, revision: made.revision + 1 });
      expect(await entryOf(subject, "n")).to.deep.include({
        value: bytes("-2"),
        revision: next.revision,
        createRevision: made.revision,
        version: 2,
        contentType: "",
      });
    });

    it("expires a key that it makes, and leaves alone what a key has", async () => {
      const { deadlineMs } = await subject.store.increment(
        incrementOf("n", 1n, { expiration: SOON }),
        PATIENT,
      );
      expect(deadlineMs).to.be.greaterThan(0);
      await subject.clock.advance(10);
      const later = incrementOf("n", 1n, { expiration: { kind: "ttl", ttlMs: 1_000_000 } });
      expect((await subject.store.increment(later, PATIENT)).deadlineMs).to.equal(deadlineMs);
      const typed = setOf("t", "41", { contentType: "text/plain" });
      await subject.store.set(typed, PATIENT);
      await subject.store.increment(incrementOf("t", 1n, { expiration: SOON }), PATIENT);
      expect(await entryOf(subject, "t")).to.deep.include({
        value: bytes("42"),
        contentType: "text/plain",
        deadlineMs: 0,
      });
    });

    it("holds every 64-bit integer, and no more", async () => {
      const most = 2n ** 63n - 1n;
      expect((await subject.store.increment(incrementOf("n", most), PATIENT)).value).to.equal(most);
      const before = await revisionOf(subject);
      const over = subject.store.increment(incrementOf("n", 1n), PATIENT);
      expect((await kvRejectionOf(over, "OVERFLOW")).metadata.field).to.equal("delta");
      await subject.store.set(setOf("n", String(-(2n ** 63n))), PATIENT);
      await kvRejectionOf(subject.store.increment(incrementOf("n", -1n), PATIENT), "OVERFLOW");
      await expectInvalidField(
        subject.store.increment(incrementOf("x", most + 1n), PATIENT),
        "delta",
      );
      expect(await revisionOf(subject)).to.equal(before + 1);
    });

    it("refuses what is not decimal text", async () => {
      const others = [
        "",
        " 1",
        "1 ",
        "+1",
        "01",
        "-0",
        "1.5",
        "0x10",
        "one",
        "9223372036854775808",
      ];
      for (const other of others) {
        await subject.store.set(setOf("n", other), PATIENT);
        await expectInvalidField(subject.store.increment(incrementOf("n", 1n), PATIENT), "key");
        expect(await valueOf(subject.store, "n")).to.equal(other);
      }
    });

    it("counts each of many at the same time", async () => {
      const all = Array.from({ length: 100 }, () =>
        subject.store.increment(incrementOf("n", 1n), PATIENT),
      );
      const values = (await Promise.all(all)).map(({ value }) => Number(value));
      expect(values.sort((a, b) => a - b)).to.deep.equal(values.map((_, index) => index + 1));
    });
  });
}

function describeTransactions(open: OpenStore): void {
  describe("Transact", () => {
    const subject = useStore(open);

    it("does one list or the other, at one revision", async () => {
      await subject.store.set(setOf("a", "1"), PATIENT);
      const before = await revisionOf(subject);
      const command = transactionOf({
        conditions: [
          { key: bytes("a"), check: { kind: "value", value: bytes("1") } },
          { key: bytes("b"), check: { kind: "exists", exists: false } },
          { key: bytes("b"), check: { kind: "revision", revision: NO_REVISION } },
        ],
        then: [set("b", "2"), set("a", "3"), remove("none")],
        otherwise: [set("c", "4")],
      });
      const first = await subject.store.transact(command, PATIENT);
      const at = revision(before + 1);
      expect(first).to.deep.equal({
        revision: at,
        succeeded: true,
        results: [
          { kind: "set", revision: at, deadlineMs: 0 },
          { kind: "set", revision: at, deadlineMs: 0 },
          { kind: "delete", revision: at, deleted: false },
        ],
      });
      expect(await entryOf(subject, "a")).to.deep.include({ revision: at, version: 2 });
      expect(await entryOf(subject, "b")).to.deep.include({ revision: at, createRevision: at });
      const second = await subject.store.transact(command, PATIENT);
      expect(second).to.deep.include({ revision: at + 1, succeeded: false });
      expect(await valueOf(subject.store, "c")).to.equal("4");
      expect(await valueOf(subject.store, "a")).to.equal("3");
    });

    it("lets each operation see those before it", async () => {
      await subject.store.set(setOf("a", "1"), PATIENT);
      const { revision: at, results } = await subject.store.transact(
        transactionOf({
          then: [
            get("a"),
            set("a", "5"),
            increment("a", 2n),
            get("a"),
            remove("a"),
            get("a"),
            set("a", "6"),
            { kind: "touch", key: bytes("a"), expiration: SOON, returnPrevious: true },
            get("a"),
          ],
        }),
        PATIENT,
      );
      expect(entryIn(results[0])?.value.toString()).to.equal("1");
      expect(entryIn(results[3])).to.deep.include({ value: bytes("7"), version: 3, revision: at });
      expect(entryIn(results[5])).to.equal(undefined);
      const last = entryIn(results[8]);
      expect(last).to.deep.include({
        value: bytes("6"),
        version: 1,
        revision: at,
        createRevision: at,
      });
      expect(last?.deadlineMs).to.be.greaterThan(0);
      const touched = results[7];
      expect(touched?.kind === "touch" && touched.previous?.deadlineMs).to.equal(0);
      expect(await entryOf(subject, "a")).to.deep.equal(last);
    });

    it("keeps what each key came to after a restart", async () => {
      await subject.store.set(setOf("old", "1"), PATIENT);
      await subject.store.transact(
        transactionOf({
          then: [
            set("twice", "1"),
            set("twice", "2"),
            remove("old"),
            set("old", "2"),
            set("gone", "1"),
            remove("gone"),
          ],
        }),
        PATIENT,
      );
      const keys = ["twice", "old", "gone"];
      const before = await Promise.all(keys.map((key) => entryOf(subject, key)));
      expect(before.map((entry) => entry?.version)).to.deep.equal([2, 1, undefined]);
      expect(before[1]?.createRevision).to.equal(before[1]?.revision);
      await subject.current.restart(1000);
      expect(await Promise.all(keys.map((key) => entryOf(subject, key)))).to.deep.equal(before);
    });

    it("uses no revision where nothing is changed", async () => {
      await subject.store.set(setOf("a", "1"), PATIENT);
      const before = await revisionOf(subject);
      const commands = [
        transactionOf({}),
        transactionOf({ then: [get("a"), remove("b")] }),
        transactionOf({ then: [set("new", "1"), get("new"), remove("new")] }),
      ];
      for (const command of commands) {
        const answer = await subject.store.transact(command, PATIENT);
        expect(answer).to.deep.include({ revision: before, succeeded: true });
        for (const result of answer.results) expect(result.revision).to.equal(before);
      }
      expect(await revisionOf(subject)).to.equal(before);
    });

    it("does nothing where one operation cannot be done, and names it", async () => {
      await subject.store.set(setOf("text", "no number"), PATIENT);
      const before = await revisionOf(subject);
      const inThen = transactionOf({ then: [set("a", "1"), get("a"), increment("text", 1n)] });
      await expectInvalidField(subject.store.transact(inThen, PATIENT), "then[2].increment.key");
      const inOtherwise = transactionOf({
        conditions: [{ key: bytes("text"), check: { kind: "exists", exists: false } }],
        otherwise: [increment("n", 2n ** 63n - 1n), increment("n", 1n)],
      });
      const over = subject.store.transact(inOtherwise, PATIENT);
      const { metadata } = await kvRejectionOf(over, "OVERFLOW");
      expect(metadata.field).to.equal("otherwise[1].increment.delta");
      expect(await valueOf(subject.store, "a")).to.equal(undefined);
      expect(await revisionOf(subject)).to.equal(before);
    });

    it("refuses what is out of bounds, and names it", async () => {
      const { valueBytesMax, transactionOperationsMax } = subject.current.limits;
      const long = set("a", "v".repeat(valueBytesMax + 1));
      const refused: [string, Partial<TransactCommand>][] = [
        ["then[1].set.value", { then: [get("a"), long] }],
        ["otherwise[0].set.value", { otherwise: [long] }],
        ["then[0].get.key", { then: [get("")] }],
        [
          "conditions[1].key",
          {
            conditions: ["a", ""].map((key) => ({
              key: bytes(key),
              check: { kind: "exists", exists: true } as const,
            })),
          },
        ],
        ["then", { then: Array.from({ length: transactionOperationsMax + 1 }, () => get("a")) }],
        [
          "then[0].set.ttl",
          {
            then: [{ kind: "set", ...setOf("a", "1", { expiration: { kind: "ttl", ttlMs: 0 } }) }],
          },
        ],
      ];
      for (const [field, more] of refused) {
        await expectInvalidField(subject.store.transact(transactionOf(more), PATIENT), field);
      }
      expect(await revisionOf(subject)).to.equal(0);
    });

    it("moves between keys without ever showing a sum in between", async () => {
      await subject.store.set(setOf("from", "1000"), PATIENT);
      await subject.store.set(setOf("to", "0"), PATIENT);
      const move = transactionOf({ then: [increment("from", -1n), increment("to", 1n)] });
      const look = transactionOf({ then: [get("from"), get("to")] });
      const sums: number[] = [];
      const moves = Array.from({ length: 50 }, async () => {
        await subject.store.transact(move, PATIENT);
        const { results } = await subject.store.transact(look, PATIENT);
        sums.push(
          results.reduce((sum, result) => sum + Number(entryIn(result)?.value.toString()), 0),
        );
      });
      await Promise.all(moves);
      expect(new Set(sums)).to.deep.equal(new Set([1000]));
      expect(await valueOf(subject.store, "to")).to.equal("50");
    });

    it("expires what is due before it judges", async () => {
      const soon = setOf("a", "1", { expiration: { kind: "ttl", ttlMs: 1000 } });
      await subject.store.set(soon, PATIENT);
      await subject.clock.advance(1000);
      const command = transactionOf({
        conditions: [{ key: bytes("a"), check: { kind: "exists", exists: true } }],
        otherwise: [get("a"), set("a", "2"), get("a")],
      });
      const { succeeded, results } = await subject.store.transact(command, PATIENT);
      expect(succeeded).to.equal(false);
      expect(entryIn(results[0])).to.equal(undefined);
      expect(entryIn(results[2])?.version).to.equal(1);
    });
  });
}

/** Writes that are made again under their request id, as a caller does that got no answer. */

import { expect } from "chai";

import { REQUEST_ID_BYTES_MAX } from "../../src/base/index.js";
import type { RequestOption, Store, TransactCommand } from "../../src/kv/index.js";
import { bytes, PATIENT, setOf, valueOf } from "../support/calls.js";
import { expectInvalidField, kvRejectionOf } from "../support/rejection.js";
import { useStore, type OpenStore } from "./opened-store.js";

const WINDOW_MS = 600_000;
const SOON = { kind: "ttl", ttlMs: 3_600_000 } as const;
const NEVER = { kind: "none" } as const;

interface Answer {
  readonly revision: number;
  readonly replayed?: true;
}

type Write = (store: Store, option: RequestOption) => Promise<Answer>;

const transaction: TransactCommand = {
  conditions: [{ key: bytes("t"), check: { kind: "exists", exists: false } }],
  then: [
    { kind: "set", ...setOf("t", "1", { expiration: SOON }) },
    { kind: "get", key: bytes("t") },
    { kind: "increment", key: bytes("n"), delta: -5n, expiration: SOON },
    { kind: "touch", key: bytes("t"), expiration: NEVER },
    { kind: "touch", key: bytes("none"), expiration: NEVER },
    { kind: "delete", key: bytes("deleted"), returnPrevious: true },
    { kind: "delete", key: bytes("none") },
  ],
  otherwise: [{ kind: "set", ...setOf("t", "2") }],
};

/** Each kind of write, of keys that `prepare` has made. */
const WRITES: Readonly<Record<string, Write>> = {
  set: (store, option) => store.set(setOf("set", "1", { expiration: SOON, ...option }), PATIENT),
  delete: (store, option) => store.delete({ key: bytes("deleted"), ...option }, PATIENT),
  touch: (store, option) =>
    store.touch({ key: bytes("touched"), expiration: SOON, ...option }, PATIENT),
  increment: (store, option) =>
    store.increment({ key: bytes("n"), delta: 3n, expiration: NEVER, ...option }, PATIENT),
  transact: (store, option) => store.transact({ ...transaction, ...option }, PATIENT),
  "range delete": (store, option) =>
    store.deleteRange({ range: { kind: "all" }, limit: 1, ...option }, PATIENT),
};

async function prepare(store: Store): Promise<void> {
  for (const key of ["deleted", "touched"]) await store.set(setOf(key, "here"), PATIENT);
}

export function describeRetrying(open: OpenStore): void {
  describe("request ids", () => {
    const subject = useStore(open);

    async function revisionNow(): Promise<number> {
      return (await subject.store.status()).revision;
    }

    for (const [name, write] of Object.entries(WRITES)) {
      it(`answers a ${name} that is made again as the first time, also after a restart`, async () => {
        await prepare(subject.store);
        const first = await write(subject.store, { requestId: "id" });
        expect(first.replayed).to.equal(undefined);
        const again = await write(subject.store, { requestId: "id" });
        expect(again.replayed).to.equal(true);
        const expected = { ...withoutEntries(first), replayed: true };
        expect(again).to.deep.equal(expected);
        expect(await revisionNow()).to.equal(first.revision);
        await subject.store.set(setOf("later", "1"), PATIENT);
        await subject.store.compact(PATIENT);
        await subject.current.restart(1000);
        expect(await write(subject.store, { requestId: "id" })).to.deep.equal(expected);
        expect(await revisionNow()).to.equal(first.revision + 1);
        const other = await write(subject.store, {});
        expect(other.replayed).to.equal(undefined);
      });
    }

    it("refuses an id that was used for other content", async () => {
      await prepare(subject.store);
      await WRITES["set"]?.(subject.store, { requestId: "id" });
      const before = await revisionNow();
      for (const [name, write] of Object.entries(WRITES)) {
        if (name === "set") continue;
        const { metadata } = await kvRejectionOf(
          write(subject.store, { requestId: "id" }),
          "REQUEST_ID_REUSED",
        );
        expect(metadata.field).to.equal("request_id");
      }
      const others = [
        setOf("set", "2", { expiration: SOON }),
        setOf("set", "1"),
        setOf("set", "1", { expiration: SOON, contentType: "text/plain" }),
        setOf("set", "1", { expiration: SOON, returnPrevious: true }),
        setOf("set", "1", { expiration: SOON, precondition: { kind: "exists", exists: true } }),
        setOf("other", "1", { expiration: SOON }),
      ];
      for (const other of others) {
        const call = subject.store.set({ ...other, requestId: "id" }, PATIENT);
        await kvRejectionOf(call, "REQUEST_ID_REUSED");
      }
      expect(await revisionNow()).to.equal(before);
    });

    it("does not delete again what has come into a range since", async () => {
      const range = { kind: "prefix", prefix: bytes("a/") } as const;
      const command = { range, limit: 0, requestId: "id" };
      await subject.store.set(setOf("a/1", "1"), PATIENT);
      const first = await subject.store.deleteRange(command, PATIENT);
      expect(first).to.deep.include({ deletedCount: 1, more: false });
      await subject.store.set(setOf("a/1", "2"), PATIENT);
      expect(await subject.store.deleteRange(command, PATIENT)).to.deep.equal({
        ...first,
        replayed: true,
      });
      expect(await valueOf(subject.store, "a/1")).to.equal("2");
      const others = [
        { ...command, limit: 1 },
        { ...command, range: { kind: "glob", pattern: "a/*" } as const },
        { ...command, range: { kind: "prefix", prefix: bytes("a") } as const },
        { ...command, range: { kind: "all" } as const },
      ];
      for (const other of others) {
        await kvRejectionOf(subject.store.deleteRange(other, PATIENT), "REQUEST_ID_REUSED");
      }
    });

    it("answers what was done, though by now it could not be done any more", async () => {
      const precondition = { kind: "exists", exists: false } as const;
      const command = setOf("lock", "mine", { precondition, requestId: "id" });
      const first = await subject.store.set(command, PATIENT);
      await kvRejectionOf(
        subject.store.set({ ...command, requestId: "other" }, PATIENT),
        "KEY_EXISTS",
      );
      const again = await subject.store.set(command, PATIENT);
      expect(again).to.deep.equal({ ...first, replayed: true });
    });

    it("judges a call afresh that failed or changed nothing", async () => {
      const exists = { kind: "exists", exists: true } as const;
      const command = setOf("a", "1", { precondition: exists, requestId: "id" });
      await kvRejectionOf(subject.store.set(command, PATIENT), "KEY_ABSENT");
      const gone = { key: bytes("a"), requestId: "gone" };
      expect((await subject.store.delete(gone, PATIENT)).deleted).to.equal(false);
      await subject.store.set(setOf("a", "0"), PATIENT);
      expect((await subject.store.set(command, PATIENT)).replayed).to.equal(undefined);
      expect(await valueOf(subject.store, "a")).to.equal("1");
      const deleted = await subject.store.delete(gone, PATIENT);
      expect(deleted).to.deep.include({ deleted: true });
      expect(deleted).to.not.have.property("replayed");
    });

    it("does a call once that is made many times at once", async () => {
      const command = { key: bytes("n"), delta: 1n, expiration: NEVER, requestId: "id" };
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => subject.store.increment(command, PATIENT)),
      );
      expect(await valueOf(subject.store, "n")).to.equal("1");
      expect(answers.filter((answer) => answer.replayed !== true)).to.have.lengthOf(1);
      expect(new Set(answers.map(({ value }) => value))).to.deep.equal(new Set([1n]));
    });

    it("forgets a call when its window has passed", async () => {
      const command = { key: bytes("n"), delta: 1n, expiration: NEVER, requestId: "id" };
      await subject.store.increment(command, PATIENT);
      await subject.clock.advance(WINDOW_MS - 1000);
      expect((await subject.store.increment(command, PATIENT)).replayed).to.equal(true);
      await subject.clock.advance(2000);
      expect((await subject.store.increment(command, PATIENT)).value).to.equal(2n);
    });

    it("refuses an id that is too long", async () => {
      const fits = setOf("a", "1", { requestId: "é".repeat(REQUEST_ID_BYTES_MAX / 2) });
      await subject.store.set(fits, PATIENT);
      const long = setOf("a", "1", { requestId: "i".repeat(REQUEST_ID_BYTES_MAX + 1) });
      await expectInvalidField(subject.store.set(long, PATIENT), "request_id");
      await expectInvalidField(
        subject.store.set(setOf("a", "1", { requestId: "" }), PATIENT),
        "request_id",
      );
    });
  });
}

function withoutEntries(answer: Answer & { readonly results?: readonly object[] }): object {
  if (answer.results === undefined) return answer;
  const results = answer.results.map((result) => {
    if ("entry" in result) return { ...result, entry: undefined };
    return withoutPrevious(result);
  });
  return { ...answer, results };
}

function withoutPrevious({ previous: _, ...rest }: { readonly previous?: unknown }): object {
  return rest;
}

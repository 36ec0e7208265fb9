/** Pipelines: many operations in order, each by itself, and what becomes of the rest where one fails. */

import { expect } from "chai";

import { revision } from "../../src/base/index.js";
import type { OperationResult, PipelineOperation, PipelineOutcome } from "../../src/kv/index.js";
import { bytes, PATIENT, setOf, valueOf } from "../support/calls.js";
import { pipelined } from "../support/pipelined-store.js";
import { useStore, type OpenedStore, type OpenStore } from "./opened-store.js";
import { describeRetrying } from "./retrying.js";
import { describeTransacting } from "./transacting.js";
import { describeVersions } from "./versions.js";
import { describeWriting } from "./writing.js";

const NEVER = { kind: "none" } as const;

const set = (key: string, value: string, more: object = {}): PipelineOperation => ({
  kind: "set",
  ...setOf(key, value, more),
});
const get = (key: string): PipelineOperation => ({ kind: "get", key: bytes(key) });
const remove = (key: string): PipelineOperation => ({ kind: "delete", key: bytes(key) });
const increment = (key: string, delta: bigint): PipelineOperation => ({
  kind: "increment",
  key: bytes(key),
  delta,
  expiration: NEVER,
});

/** In short: what was found, the revision of a change, or the reason of an error. */
function brief(outcome: PipelineOutcome): string {
  switch (outcome.kind) {
    case "error":
      return outcome.error instanceof Error && "code" in outcome.error
        ? String(outcome.error.code)
        : String(outcome.error);
    case "get":
      return `${outcome.entry?.value.toString() ?? "absent"} at ${String(outcome.entry?.revision ?? 0)}`;
    case "increment":
      return `${String(outcome.value)} by ${String(outcome.revision)}`;
    default:
      return `${outcome.kind} by ${String(outcome.revision)}`;
  }
}

export function describePipelining(open: OpenStore): void {
  describe("pipelines", () => {
    const subject = useStore(open);

    it("do operations in order, each at a revision of its own, each seeing those before it", async () => {
      const outcomes = await subject.store
        .pipeline()
        .perform(
          [
            get("a"),
            set("a", "1"),
            get("a"),
            increment("a", 4n),
            get("a"),
            remove("a"),
            remove("a"),
            get("a"),
            set("a", "x"),
          ],
          PATIENT,
        );
      expect(outcomes.map(brief)).to.deep.equal([
        "absent at 0",
        "set by 1",
        "1 at 1",
        "5 by 2",
        "5 at 2",
        "delete by 3",
        "delete by 3",
        "absent at 0",
        "set by 4",
      ]);
      expect(await valueOf(subject.store, "a")).to.equal("x");
      expect((await subject.store.status()).transactionCount).to.equal(4);
    });

    it("do what is called later after what was called before, though nobody waited", async () => {
      const pipeline = subject.store.pipeline();
      const calls = Array.from({ length: 20 }, (_, index) =>
        pipeline.perform([get("k"), set("k", String(index))], PATIENT),
      );
      const all = await Promise.all(calls);
      expect(all.map(([found]) => found && brief(found))).to.deep.equal(
        all.map((_, index) =>
          index === 0 ? "absent at 0" : `${String(index - 1)} at ${String(index)}`,
        ),
      );
    });

    it("go on where an operation fails, and tell its error in its place", async () => {
      const { limits } = subject.current;
      const outcomes = await subject.store
        .pipeline()
        .perform(
          [
            set("a", "1"),
            set("a", "2", { precondition: { kind: "exists", exists: false } }),
            set("", "2"),
            set("b", "v".repeat(limits.valueBytesMax + 1)),
            set("b", "text", { precondition: { kind: "exists", exists: false } }),
            increment("b", 1n),
            set("b", "2", { precondition: { kind: "revision", revision: revision(77) } }),
            { kind: "error", error: new Error("refused before") },
            { kind: "get", key: bytes("a"), atRevision: revision(1_000) },
            set("c", "3"),
          ],
          PATIENT,
        );
      expect(outcomes.map(brief)).to.deep.equal([
        "set by 1",
        "KEY_EXISTS",
        "INVALID_FIELD",
        "INVALID_FIELD",
        "set by 2",
        "INVALID_FIELD",
        "PRECONDITION_FAILED",
        "Error: refused before",
        "INVALID_FIELD",
        "set by 3",
      ]);
      const problem = outcomes[6]?.kind === "error" ? outcomes[6].error : undefined;
      expect(problem).to.have.nested.property("metadata.revision", 2);
    });

    it("end what is due before they go on", async () => {
      const { store, clock } = subject;
      await store.set(setOf("due", "old", { expiration: { kind: "ttl", ttlMs: 1000 } }), PATIENT);
      clock.pass(1000);
      const outcomes = await store
        .pipeline()
        .perform([set("a", "1"), get("due"), set("due", "new"), get("due")], PATIENT);
      const kinds = outcomes.map((outcome) => brief(outcome).split(" ")[0]);
      expect(kinds).to.deep.equal(["set", "absent", "set", "new"]);
    });

    it("answer an operation that was done before with its request id as they did then", async () => {
      const pipeline = subject.store.pipeline();
      const write = set("k", "v", { requestId: "one" });
      const [[first], [second, third]] = await Promise.all([
        pipeline.perform([write], PATIENT),
        pipeline.perform([write, set("k", "other", { requestId: "one" })], PATIENT),
      ]);
      expect(first).to.deep.include({ kind: "set", revision: 1 });
      expect(first).not.to.have.property("replayed");
      expect(second).to.deep.include({ kind: "set", revision: 1, replayed: true });
      expect(third && brief(third)).to.equal("REQUEST_ID_REUSED");
    });

    it("take many operations and none", async () => {
      const pipeline = subject.store.pipeline();
      const keys = Array.from({ length: 100 }, (_, index) => `key/${String(index)}`);
      const written = await pipeline.perform(
        keys.map((key) => set(key, key)),
        PATIENT,
      );
      expect(written.every(({ kind }) => kind === "set")).to.equal(true);
      const read = await pipeline.perform(keys.map(get), PATIENT);
      const values = read.map((outcome) => (outcome as OperationResult & { kind: "get" }).entry);
      expect(values.map((entry) => entry?.value.toString())).to.deep.equal(keys);
      expect(await pipeline.perform([], PATIENT)).to.deep.equal([]);
    });

    it("tell every operation that the store is about to close", async () => {
      const pipeline = subject.store.pipeline();
      await pipeline.perform([set("k", "v")], PATIENT);
      subject.store.drain();
      const outcomes = await pipeline.perform([get("k"), set("k", "w")], PATIENT);
      expect(outcomes.map(brief)).to.deep.equal(["DRAINING", "DRAINING"]);
    });
  });
}

/** All that single keys can be asked, through a pipeline: it must mean the same there. */
export function describePipelined(name: string, open: OpenStore, openVersions: OpenStore): void {
  describe(`a store through its pipeline: ${name}`, () => {
    describeWriting(through(open));
    describeTransacting(through(open));
    describeRetrying(through(open));
  });
  describeVersions(`${name}, through its pipeline`, through(openVersions));
}

function through(open: OpenStore): OpenStore {
  return async (): Promise<OpenedStore> => {
    const inner = await open();
    return new Proxy(inner, {
      get(target, property) {
        if (property === "store") return pipelined(target.store);
        return Reflect.get(target, property) as unknown;
      },
    });
  };
}

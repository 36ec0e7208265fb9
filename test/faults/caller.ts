/** One client among many, which asks for whatever comes to its mind on keys that all share, and has it recorded. */

import { isKvError } from "../../src/base/index.js";
import { connect } from "../../src/grpc/index.js";
import type { Entry, Store } from "../../src/kv/index.js";
import type { KeyAnswer, KeyAsk, SeenEntry } from "../linearizability/key-model.js";
import { bytes, PATIENT } from "../support/calls.js";
import type { Random } from "../support/random.js";
import { Asker, KEYS } from "./asker.js";
import type { Recorder } from "./recorder.js";

/** A caller with so little time gives up while its call is under way. */
const IMPATIENT_MS = 3;

const REFUSED_PAUSE_MS = 5;

/** What all calls here are made of. */
export type KeyCalls = Pick<Store, "get" | "set" | "delete" | "touch">;

export class Caller {
  readonly #recorder: Recorder;
  readonly #random: Random;
  readonly #asker: Asker;

  constructor(name: string, recorder: Recorder, random: Random) {
    this.#recorder = recorder;
    this.#random = random;
    this.#asker = new Asker(name, random);
  }

  /** Makes one call after the other until the server is gone, or `signal` says that it is enough. */
  async callUntilGone(address: string, signal?: AbortSignal): Promise<void> {
    const patient = connect({ address });
    const impatient = connect({ address, timeoutMs: IMPATIENT_MS });
    const isHasty = this.#random.oneIn(4);
    try {
      while (signal?.aborted !== true) {
        const store = isHasty && this.#random.oneIn(20) ? impatient : patient;
        await this.#callOnce(store);
      }
    } catch (error) {
      if (!isGone(error)) throw error;
    } finally {
      await Promise.all([patient.close(), impatient.close()]);
    }
  }

  async #callOnce(store: Store): Promise<void> {
    try {
      await recordedCall(this.#recorder, store, this.#asker.key(), this.#asker.ask());
    } catch (error) {
      if (isKvError(error, "DEADLINE_EXCEEDED") || isKvError(error, "CANCELLED")) return;
      if (!isKvError(error, "NO_SPACE") && !isKvError(error, "OVERLOADED")) throw error;
      await new Promise((resolve) => setTimeout(resolve, REFUSED_PAUSE_MS));
    }
  }
}

/** Reads every key, so that nothing about the life before stays open, and holds the list against it. */
export async function readAll(recorder: Recorder, store: KeyCalls): Promise<ReadonlySet<string>> {
  const present = new Set<string>();
  await Promise.all(
    KEYS.map(async (key) => {
      const answer = await recordedCall(recorder, store, key, { kind: "get" });
      if (answer.kind === "got" && answer.entry !== undefined) present.add(key);
    }),
  );
  return present;
}

/** Whether the server can be expected to answer no more. */
export function isGone(error: unknown): boolean {
  return (["UNREACHABLE", "DRAINING", "STARTING", "STORAGE_FAILED"] as const).some((code) =>
    isKvError(error, code),
  );
}

export function recordedCall(
  recorder: Recorder,
  store: KeyCalls,
  key: string,
  ask: KeyAsk,
): Promise<KeyAnswer> {
  return recorder.record(key, ask, () => call(store, bytes(key), ask));
}

async function call(store: KeyCalls, key: Buffer, ask: KeyAsk): Promise<KeyAnswer> {
  switch (ask.kind) {
    case "get": {
      const { entry, revision } = await store.get(key, PATIENT);
      return { kind: "got", revision, entry: entry && seenOf(entry) };
    }
    case "delete": {
      const { revision, deleted } = await store.delete({ key }, PATIENT);
      return deleted ? { kind: "changed", revision, deadlineMs: 0 } : { kind: "absent", revision };
    }
    case "set": {
      const { value, expiration } = ask;
      const contentType = "text/plain";
      const set = { key, value: padded(value), expiration, contentType };
      return { kind: "changed", ...(await store.set(set, PATIENT)) };
    }
    case "touch": {
      if (ask.expiration.kind === "keep") throw new Error("a touch chooses an expiration");
      const command = { key, expiration: ask.expiration };
      const { revision, touched, deadlineMs } = await store.touch(command, PATIENT);
      return touched ? { kind: "changed", revision, deadlineMs } : { kind: "absent", revision };
    }
  }
}

function seenOf({ value, revision, createRevision, version, deadlineMs }: Entry): SeenEntry {
  return { value: nameIn(value), revision, createRevision, version, deadlineMs };
}

function padded(name: string): Buffer {
  const paddingBytes = Number(name.split("-").at(-1));
  return Buffer.from(`${name} `.padEnd(name.length + 1 + paddingBytes, `${name}.`));
}

/** The name that the value was made of; the whole of it where it is not what that makes. */
function nameIn(value: Buffer): string {
  const [name = ""] = value.toString("utf8").split(" ", 1);
  return padded(name).equals(value) ? name : value.toString("utf8");
}

/**
 * A client that pipelines: what it asks for in one turn goes out as one message of its stream, and the next one before that
 * is answered. Each operation is recorded as a call by itself, and all are held against the order in which they were sent.
 * When the stream breaks, nobody knows of what was under way.
 */

import { isKvError } from "../../src/base/index.js";
import type { KeyAnswer } from "../linearizability/key-model.js";
import { PipelineOrder } from "../support/pipeline-order.js";
import type { Random } from "../support/random.js";
import { Asker } from "./asker.js";
import { isGone, recordedCall } from "./caller.js";
import type { Recorder } from "./recorder.js";
import { StreamedCalls } from "./streamed-calls.js";

const MESSAGES_MAX = 3;
const OPERATIONS_MAX = 6;

interface Sent {
  readonly key: string;
  readonly settled: PromiseSettledResult<KeyAnswer>;
}

export class StreamCaller {
  readonly #recorder: Recorder;
  readonly #random: Random;
  readonly #asker: Asker;
  readonly #order = new PipelineOrder();
  /** Operations that were answered, and those whose stream broke. */
  answeredCount = 0;
  brokenCount = 0;

  constructor(name: string, recorder: Recorder, random: Random) {
    this.#recorder = recorder;
    this.#random = random;
    this.#asker = new Asker(name, random);
  }

  /** Sends message after message until the server is gone. */
  async callUntilGone(address: string): Promise<void> {
    const calls = new StreamedCalls(address);
    const messages: Promise<readonly Sent[]>[] = [];
    try {
      for (;;) {
        messages.push(this.#send(calls));
        await new Promise(setImmediate);
        if (messages.length < MESSAGES_MAX) continue;
        if ((await this.#take(messages.shift())) === "gone") break;
      }
      while (messages.length > 0) await this.#take(messages.shift());
    } finally {
      await Promise.all(messages);
      await calls.close();
    }
  }

  /** Never rejects. */
  #send(calls: StreamedCalls): Promise<readonly Sent[]> {
    const count = 1 + this.#random.below(OPERATIONS_MAX);
    const sent = Array.from({ length: count }, async (): Promise<Sent> => {
      const key = this.#asker.key();
      const call = recordedCall(this.#recorder, calls, key, this.#asker.ask());
      const [settled] = await Promise.allSettled([call]);
      return { key, settled };
    });
    return Promise.all(sent);
  }

  async #take(message: Promise<readonly Sent[]> | undefined): Promise<"answered" | "gone"> {
    let ending: "answered" | "gone" = "answered";
    for (const { key, settled } of (await message) ?? []) {
      if (settled.status === "fulfilled") {
        this.answeredCount += 1;
        const { kind, revision } = settled.value;
        if (kind === "changed") this.#order.changed(key, revision);
        else this.#order.looked(key, revision);
        continue;
      }
      const error: unknown = settled.reason;
      if (isKvError(error, "OVERLOADED") || isKvError(error, "NO_SPACE")) continue;
      if (!isGone(error)) throw error;
      if (isKvError(error, "UNREACHABLE")) this.brokenCount += 1;
      ending = "gone";
    }
    return ending;
  }
}

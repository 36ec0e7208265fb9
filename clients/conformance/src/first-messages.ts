/**
 * What the first messages of streams brought. A stream that begins in the past may tell of it at once, or a moment later; a
 * case that takes so many events from it need not know which: here they are counted to what is taken first.
 */

import { isList, type Json, type JsonObject } from "./json.js";

const TOLD = ["events", "expirations"] as const;

export class FirstMessages {
  readonly #held = new Map<string, JsonObject>();

  /** Remembers the answer to `watch` or `watch_expirations`. */
  hold(stream: string, first: JsonObject): void {
    if (countIn(first) > 0) this.#held.set(stream, first);
    else this.#held.delete(stream);
  }

  /** What is still to be taken from the agent of so many, or nothing if what is held is enough. */
  stillToTake(stream: string, count: number): number {
    const held = this.#held.get(stream);
    return Math.max(0, count - (held === undefined ? 0 : countIn(held)));
  }

  /** The answer to the first `next` with what is held before it. */
  release(stream: string, answer: JsonObject): JsonObject {
    const held = this.#held.get(stream);
    if (held === undefined) return answer;
    this.#held.delete(stream);
    const joined = TOLD.flatMap((name): [string, Json][] => {
      const items = [...listIn(held, name), ...listIn(answer, name)];
      return items.length === 0 ? [] : [[name, items]];
    });
    return { ...held, ...answer, ...Object.fromEntries(joined) };
  }
}

function listIn(message: JsonObject, name: string): readonly Json[] {
  const list = message[name];
  return isList(list) ? list : [];
}

function countIn(message: JsonObject): number {
  return TOLD.reduce((sum, name) => sum + listIn(message, name).length, 0);
}

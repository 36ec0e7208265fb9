/** Operations that go out together, until they are answered: their bytes, and who waits for each of them. */

import type { Asked } from "./asked.js";
import { deadlineError } from "./key-value-error.js";
import { MessageWriter } from "./message-writer.js";

export class Message {
  readonly writer: MessageWriter;
  readonly asked: Asked[] = [];
  /** When the first of them is given up. */
  expiresMs = Infinity;

  /** `bytesExpected`: about how long it will be. */
  constructor(bytesExpected: number) {
    this.writer = new MessageWriter(bytesExpected);
  }

  get bytes(): Buffer {
    return this.writer.written(0, this.writer.length);
  }

  /** The operation that was written from `start` on is asked for by this one. */
  join(asked: Asked, start: number): void {
    asked.start = start;
    this.asked.push(asked);
    if (asked.expiresMs < this.expiresMs) this.expiresMs = asked.expiresMs;
  }

  /** A message of those that are chosen, in the same order; this one, if that is all of them. Undefined: it is none. */
  only(isChosen: (asked: Asked) => boolean): Message | undefined {
    const chosen = this.asked.map((asked) => isChosen(asked));
    if (!chosen.includes(false)) return this;
    if (!chosen.includes(true)) return undefined;
    const message = new Message(0);
    for (const [index, asked] of this.asked.entries()) {
      if (chosen[index] !== true) continue;
      const end = this.asked[index + 1]?.start ?? this.writer.length;
      const { start } = asked;
      message.join(asked, message.writer.length);
      message.writer.addWritten(this.writer.written(start, end));
    }
    return message;
  }

  /** The same in messages of so many operations each. */
  parts(operationsMax: number): readonly Message[] {
    const places = new Map(this.asked.map((asked, index) => [asked, index]));
    const count = Math.ceil(this.asked.length / operationsMax);
    return Array.from({ length: count }, (_, part) =>
      this.only((asked) => Math.floor((places.get(asked) ?? 0) / operationsMax) === part),
    ).filter((message) => message !== undefined);
  }

  /** Gives up those whose time has come, and answers when the next one's does. */
  expire(nowMs: number): number {
    if (this.expiresMs > nowMs) return this.expiresMs;
    this.expiresMs = Infinity;
    for (const asked of this.asked) {
      if (asked.isSettled) continue;
      if (asked.expiresMs <= nowMs) asked.reject(deadlineError());
      else this.expiresMs = Math.min(this.expiresMs, asked.expiresMs);
    }
    return this.expiresMs;
  }
}

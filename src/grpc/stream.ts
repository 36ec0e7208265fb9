/**
 * Sends a stream at the pace of the one who reads it: a message at a time, and the next is asked for only when
 * the connection has taken this one. So a follower that does not read costs the server one message.
 */

import { throwIfAbandoned } from "./abandoned-call.js";
import type { StreamCall } from "./stream-call.js";

/** What a stream tells the one who fills it. */
export interface StreamContext {
  /** Aborts when nobody reads any more. */
  readonly signal: AbortSignal;
  /** To be called when the stream shall be asked for its next message, or its end, without more waiting. */
  readonly onCut: () => void;
}

/** Sends what is opened to its end. Rejects with what it throws, or because the caller has gone. */
export async function pump<Request, Message>(
  call: StreamCall<Request, Message>,
  open: (context: StreamContext) => AsyncIterable<Message>,
): Promise<void> {
  const abandoned = new AbortController();
  const { signal } = abandoned;
  call.once("cancelled", () => {
    abandoned.abort();
  });
  const waiter: Waiter = { wake: undefined };
  const onCut = (): void => {
    waiter.wake?.();
  };
  signal.addEventListener("abort", onCut);
  for await (const message of open({ signal, onCut })) {
    if (signal.aborted) break;
    await send(call, message, waiter);
  }
  throwIfAbandoned(call);
}

/** Whoever waits for a connection to take a message, and may be told to wait no longer. */
interface Waiter {
  wake: (() => void) | undefined;
}

/**
 * Resolves when the connection has taken the message, which it does at the pace of the one who reads; or when
 * the waiter is woken, because there is nobody left to read it (then it is never called back), or
 * because whoever reads was too slow.
 */
function send<Request, Message>(
  call: StreamCall<Request, Message>,
  message: Message,
  waiter: Waiter,
): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      // Of a message that was not waited for to the end, this comes when another is under way.
      if (waiter.wake === done) waiter.wake = undefined;
      resolve();
    };
    waiter.wake = done;
    call.write(message, done);
  });
}

/** Followers as a program reads them: messages, or single events of them. */

import type {
  WatchExpirationsResponse,
  WatchResponse,
} from "../../../generated/keyvaluedb/v1/key_value_service.js";
import { onAbort } from "./aborting.js";
import type { Codec } from "./codec.js";
import type { Connection } from "./connection.js";
import {
  toExpirationsMessage,
  toWatchExpirationsRequest,
  toWatchMessage,
  toWatchRequest,
} from "./convert-watch.js";
import { Endable } from "./endable.js";
import { follow } from "./follow.js";
import { METHODS } from "./methods.js";
import type {
  ExpirationsMessage,
  ExpiredKey,
  WatchEvent,
  WatchExpirationsOptions,
  WatchMessage,
  WatchOptions,
} from "./watch-types.js";

/**
 * Changes of keys, as messages: `for await (const message of client.watch(…))`. It connects again by itself, from the last token that
 * was read. `return`, which leaving the loop calls, ends it; so do the signal, with CANCELLED, and closing the client, with CLOSED.
 */
export class Watch<V> extends Endable<WatchMessage<V>> {
  constructor(connection: Connection, codec: Codec<V>, options: WatchOptions) {
    super((signal) => {
      return follow<WatchResponse, WatchMessage<V>>({
        start: options.start ?? "now",
        open: (start) => {
          const request = toWatchRequest(options, start);
          return connection.stream(METHODS.watch, request, { deadlineMs: Infinity, signal });
        },
        toMessage: (reply, state) => toWatchMessage(reply, codec, state),
        signals: [signal, connection.closing],
      });
    }, options.signal);
  }

  /** One event after the other, for those who keep no token. */
  events(): Endable<WatchEvent<V>> {
    return flattened(this, ({ events }) => events);
  }
}

/** Keys that expired, likewise. */
export class Expirations<V> extends Endable<ExpirationsMessage<V>> {
  constructor(connection: Connection, codec: Codec<V>, options: WatchExpirationsOptions) {
    super((signal) => {
      return follow<WatchExpirationsResponse, ExpirationsMessage<V>>({
        start: options.start ?? "now",
        open: (start) => {
          const request = toWatchExpirationsRequest(options, start);
          const terms = { deadlineMs: Infinity, signal };
          return connection.stream(METHODS.watchExpirations, request, terms);
        },
        toMessage: (reply) => toExpirationsMessage(reply, codec, options.includeValue),
        signals: [signal, connection.closing],
      });
    }, options.signal);
  }

  /** One expired key after the other, for those who keep no token. */
  events(): Endable<ExpiredKey<V>> {
    return flattened(this, ({ expirations }) => expirations);
  }
}

/** What is in the messages, one after the other. Ending it ends the messages, also while one is being waited for. */
function flattened<Message, Item>(
  messages: Endable<Message>,
  itemsOf: (message: Message) => readonly Item[],
): Endable<Item> {
  return new Endable(async function* (signal) {
    const stop = onAbort(signal, () => void messages.return());
    try {
      for await (const message of messages) yield* itemsOf(message);
    } finally {
      stop();
    }
  }, undefined);
}

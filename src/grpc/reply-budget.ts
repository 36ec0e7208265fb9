/**
 * Bounds the memory of replies that nobody reads. A reply waits in memory until its caller takes it, and a
 * caller may ask for a thousand long values on one connection and read none; so a long reply takes its bytes
 * from a budget of its connection and of the server, and gives them back when its call is over. Past
 * either bound, a call is refused with OVERLOADED and everyone else goes on.
 */

import { KvError, MIB } from "../base/index.js";

/** Shorter replies are not counted: the number of calls under way on a connection bounds them. */
export const LONG_REPLY_BYTES = 16 * 1024;

const CONNECTION_BYTES_MAX = 64 * MIB;
const SERVER_BYTES_MAX = 512 * MIB;
const RETRY_AFTER_MS = 100;

/** What is asked of a call: whose it is, and to say when it is over. */
export interface EndingCall {
  readonly peer: string;
  whenOver(listener: () => void): void;
}

export class ReplyBudget {
  readonly #byConnection = new Map<string, number>();
  #total = 0;

  /** The bytes of long replies that wait to be read. */
  get waitingBytes(): number {
    return this.#total;
  }

  /** Takes the bytes of a reply until its call is over. Throws OVERLOADED, and takes none, past a bound. */
  take(call: EndingCall, bytes: number): void {
    const connection = call.peer;
    const ofConnection = this.#byConnection.get(connection) ?? 0;
    // One reply always passes, however long it is.
    const exceedsConnection = ofConnection > 0 && ofConnection + bytes > CONNECTION_BYTES_MAX;
    const exceedsServer = this.#total > 0 && this.#total + bytes > SERVER_BYTES_MAX;
    if (exceedsConnection || exceedsServer) {
      const whose = exceedsConnection ? "on this connection" : "by all callers";
      throw new KvError("OVERLOADED", `too many replies wait to be read ${whose}`, {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    this.#add(connection, bytes);
    call.whenOver(() => {
      this.#add(connection, -bytes);
    });
  }

  #add(connection: string, bytes: number): void {
    this.#total += bytes;
    const sum = (this.#byConnection.get(connection) ?? 0) + bytes;
    if (sum === 0) this.#byConnection.delete(connection);
    else this.#byConnection.set(connection, sum);
  }
}

/**
 * Bounds the memory of long messages of calls: of replies that nobody reads, and of requests that do not come to their
 * end. A caller may begin a thousand of either on one connection; so a long message takes its bytes
 * from a budget of its connection and of the server, and gives them back when its call is over. Past
 * either bound, a call is refused with OVERLOADED and everyone else goes on.
 */

import { KvError, MIB } from "../base/index.js";

/** Shorter messages are not counted: the number of calls under way on a connection bounds them. */
export const LONG_MESSAGE_BYTES = 16 * 1024;

const CONNECTION_BYTES_MAX = 64 * MIB;
const SERVER_BYTES_MAX = 512 * MIB;
const RETRY_AFTER_MS = 100;

/** What is asked of a call: whose it is, and to say when it is over. */
export interface EndingCall {
  readonly peer: string;
  whenOver(listener: () => void): void;
}

export class ByteBudget {
  readonly #what: string;
  readonly #byConnection = new Map<string, number>();
  #total = 0;

  /** `what` there can be too many of: "long replies wait". */
  constructor(what: string) {
    this.#what = what;
  }

  /** What is taken. */
  get waitingBytes(): number {
    return this.#total;
  }

  /** Takes the bytes of a message until its call is over. Throws OVERLOADED, and takes none, past a bound. */
  take(call: EndingCall, bytes: number): void {
    const connection = call.peer;
    const ofConnection = this.#byConnection.get(connection) ?? 0;
    // One message always passes, however long it is.
    const exceedsConnection = ofConnection > 0 && ofConnection + bytes > CONNECTION_BYTES_MAX;
    const exceedsServer = this.#total > 0 && this.#total + bytes > SERVER_BYTES_MAX;
    if (exceedsConnection || exceedsServer) {
      const whose = exceedsConnection ? "on this connection" : "by all callers";
      throw new KvError("OVERLOADED", `too many ${this.#what} ${whose}`, {
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

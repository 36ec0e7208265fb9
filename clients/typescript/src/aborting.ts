/** Listening to signals, of which one may end any number of calls. */

import { setMaxListeners } from "node:events";

/** Calls the function when the signal aborts, until what is returned is called. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return NOTHING;
  // Node.js warns of a leak past ten listeners; a thousand calls under one signal are none.
  setMaxListeners(0, signal);
  signal.addEventListener("abort", listener);
  return () => {
    signal.removeEventListener("abort", listener);
  };
}

const NOTHING = (): void => undefined;

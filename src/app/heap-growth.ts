/**
 * How far the JavaScript heap of a server may grow before all of it is marked again.
 *
 * V8 counts the bytes of buffers as if they would stay, also of those that come with a request and go with its reply. Once it
 * has marked a heap of 18 MiB it marks it again after 7 more, and so a server that hands out 100 MB a second has all threads
 * of V8 marking from then on, which take the processors from it (docs/decisions/heap-growth.md).
 */

import { setFlagsFromString } from "node:v8";

const FLAG = "--heap-growing-percent";

/**
 * To seven times what was alive, where V8 by itself goes up to four. Marking begins when less than 16 MiB are left of that
 * (`Heap::IncrementalMarkingLimitReached`), and buffers that came and went are dropped when there are 32 MiB of them: for both to have
 * room, a server that has just begun, with 9 MiB alive, needs 48 MiB more and some to spare: six times what is alive.
 */
const PERCENT = 600;

/** From now on, unless whoever started this process has said how far. */
export function letHeapGrow(): void {
  const isChosen = process.execArgv.some((flag) => flag.replaceAll("_", "-").startsWith(FLAG));
  if (!isChosen) setFlagsFromString(`${FLAG}=${String(PERCENT)}`);
}

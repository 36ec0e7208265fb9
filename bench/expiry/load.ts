/**
 * The load of the bench of expirations, in a process of its own: sets keys with deadlines, and follows what expires. It
 * says what it saw in two lines, and ends when its input does.
 *
 *     node dist/bench/expiry/load.js '{"protocol":"pipeline","port":50051,…}'      prints ExpiryLoadLines
 */

import { dueAfterMs, dueKey, lastingKey, numberOfSetting, warmUpKey } from "./due-keys.js";
import type { ExpiryLoadLine, ExpiryLoadRequest } from "./load-request.js";
import { openSide } from "./open-side.js";
import type { Side } from "./side.js";
import { Tally } from "./tally.js";

/** Sets under way at a time. */
const DEPTH = 1024;
const MS_PER_SECOND = 1000;

/** How much longer than the first Sets say the rest may take before the first deadline comes too early. */
const FILL_MARGIN = 4;

/** Of them, so many fall due each millisecond. */
const WARM_UP_COUNT = 50_000;
const WARM_UP_PER_MS = 10;
const WARM_UP_DELAY_MS = 10_000;

/** When those fall due that are only to be read: not while anyone watches. */
const LASTING_MS = 24 * 60 * 60 * 1000;

/** Redis takes its time. */
const TOLD_MS_MAX = 120_000;
const TOLD_POLL_MS = 20;

interface Filled {
  readonly failed: number;
  readonly elapsedMs: number;
}

function say(line: ExpiryLoadLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function run(request: ExpiryLoadRequest): Promise<void> {
  const { protocol, port, keyCount, spreadMs, lastingCount, quietMs } = request;
  const side = await openSide(protocol, port);
  // The second half says how fast it is: the first is code that was not compiled yet.
  const half = Math.ceil(lastingCount / 2);
  const lastingMs = Date.now() + LASTING_MS;
  const first = await setAll(half, (at) => side.set(lastingKey(at), lastingMs));
  const second = await setAll(lastingCount - half, (at) =>
    side.set(lastingKey(half + at), lastingMs),
  );
  const msPerSet = second.elapsedMs / (lastingCount - half);
  const fillMs = msPerSet * (WARM_UP_COUNT + keyCount) * FILL_MARGIN;
  const warmUpMs = WARM_UP_DELAY_MS + WARM_UP_COUNT / WARM_UP_PER_MS;
  const dueFromMs = Date.now() + Math.ceil(Math.max(fillMs, warmUpMs) + quietMs);
  const tally = new Tally(request, dueFromMs);
  await side.follow((key, nowMs, position) => {
    tally.tell(key, nowMs, position);
  });
  const warmUpFromMs = Date.now() + WARM_UP_DELAY_MS;
  const warmUp = await setAll(WARM_UP_COUNT, (at) =>
    side.set(warmUpKey(at), warmUpFromMs + Math.floor(at / WARM_UP_PER_MS)),
  );
  const filled = await setDue(side, request, dueFromMs);
  say({
    kind: "filled",
    filledMs: Math.max(Date.now(), warmUpFromMs + WARM_UP_COUNT / WARM_UP_PER_MS),
    dueFromMs,
    failed: first.failed + second.failed + warmUp.failed + filled.failed,
    setsPerSecond: (keyCount / filled.elapsedMs) * MS_PER_SECOND,
  });
  const lastDueMs = dueFromMs + spreadMs;
  while (!tally.isComplete && Date.now() < lastDueMs + TOLD_MS_MAX) {
    await new Promise((resolve) => setTimeout(resolve, TOLD_POLL_MS));
  }
  say({ kind: "told", tally: tally.outcome() });
}

function setDue(side: Side, request: ExpiryLoadRequest, dueFromMs: number): Promise<Filled> {
  const { keyCount } = request;
  return setAll(keyCount, (at) => {
    const number = numberOfSetting(at, keyCount);
    return side.set(dueKey(number), dueFromMs + dueAfterMs(number, request));
  });
}

/** Keeps so many under way, each followed by the next when it is answered. */
async function setAll(count: number, set: (at: number) => Promise<void>): Promise<Filled> {
  let next = 0;
  let failed = 0;
  const startMs = performance.now();
  const writer = async (): Promise<void> => {
    while (next < count) {
      await set(next++).catch(() => {
        failed += 1;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(DEPTH, count) }, writer));
  return { failed, elapsedMs: performance.now() - startMs };
}

process.stdin.resume();
process.stdin.once("end", () => process.exit(0));
await run(JSON.parse(process.argv[2] ?? "{}") as ExpiryLoadRequest);

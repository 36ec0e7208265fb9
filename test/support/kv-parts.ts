/** What the local store consists of above the engine, each part to be tested by itself. */

import { SILENT_LOGGER, timeMs, type TimeMs } from "../../src/base/index.js";
import { ExpirationFeed } from "../../src/kv/expiration-feed.js";
import { Expirer } from "../../src/kv/expirer.js";
import { Listings } from "../../src/kv/listing.js";
import { LogicalClock } from "../../src/kv/logical-clock.js";
import { Tokens } from "../../src/kv/tokens.js";
import { openEngine, type EngineBench, type EngineBenchOptions } from "./engine.js";
import { TINY_LIMITS } from "./local-store.js";

export interface KvParts extends EngineBench {
  readonly logical: LogicalClock;
  readonly tokens: Tokens;
  readonly expirer: Expirer;
  readonly feed: ExpirationFeed;
  readonly listings: Listings;
}

export interface KvPartsOptions extends EngineBenchOptions {
  readonly bufferBytesMax?: number;
  readonly expiredValueBytesMax?: number;
  readonly viewAgeMsMax?: number;
  /** When the store was not open: what fell due then did so while down. */
  readonly down?: { readonly fromMs: TimeMs; readonly toMs: TimeMs };
}

export async function openParts(options: KvPartsOptions = {}): Promise<KvParts> {
  const { bufferBytesMax = 1024, expiredValueBytesMax = 1024, viewAgeMsMax = 60_000 } = options;
  const { down = { fromMs: timeMs(0), toMs: timeMs(0) } } = options;
  const bench = await openEngine(options);
  const { engine, clock } = bench;
  const policy = { maxStepMs: 3_600_000, confirmAfterMs: 600_000 };
  const logical = new LogicalClock(clock, policy, SILENT_LOGGER);
  const tokens = new Tokens(engine.historyId);
  const nowMs = (): TimeMs => logical.now();
  const limits = options.limits ?? TINY_LIMITS;
  const shared = { engine, clock, logical, logger: SILENT_LOGGER, limits, tokens, nowMs };
  const expirer = new Expirer({
    ...shared,
    expiredValueBytesMax,
    downFromMs: down.fromMs,
    downToMs: down.toMs,
  });
  const feed = new ExpirationFeed({ ...shared, bufferBytesMax, progressIntervalMs: 10_000 });
  const listings = new Listings({ ...shared, expirer, viewAgeMsMax });
  return { ...bench, logical, tokens, expirer, feed, listings };
}

/** Stops what goes on by itself, then the engine. */
export async function closeParts({ expirer, listings, engine }: KvParts): Promise<void> {
  await expirer.stop();
  listings.close();
  await engine.close();
}

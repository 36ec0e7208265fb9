/** What the local store consists of above the engine, each part to be tested by itself. */

import { MIB, SILENT_LOGGER, timeMs, type Limits, type TimeMs } from "../../src/base/index.js";
import { ChangeFeed } from "../../src/kv/change-feed.js";
import { CurrentState } from "../../src/kv/current-state.js";
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
  readonly feed: ChangeFeed;
  readonly currentState: CurrentState;
  readonly limits: Limits;
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
  const sizes = { bufferBytesMax, ringBytesMax: 8 * MIB, progressIntervalMs: 10_000 };
  const feed = new ChangeFeed({ ...shared, ...sizes });
  const currentState = new CurrentState({ ...shared, expirer, viewAgeMsMax });
  const listings = new Listings({ ...shared, expirer, viewAgeMsMax });
  return { ...bench, logical, tokens, expirer, feed, currentState, listings, limits };
}

/** Stops what goes on by itself, then the engine. */
export async function closeParts({ expirer, listings, engine }: KvParts): Promise<void> {
  await expirer.stop();
  listings.close();
  await engine.close();
}

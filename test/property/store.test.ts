/** Whatever is done to a store, in whatever order, it holds what the model holds. */

import fc from "fast-check";

import { KEY_ORDERS, KIB, timeMs, type KeyOrderName } from "../../src/base/index.js";
import { CODEC_NAMES, openLocalStore, type KeyRange, type Store } from "../../src/kv/index.js";
import { bytes } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { DATA_DIRECTORY, TINY_LIMITS, tinyStoreOptions } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { comparatorOf } from "../support/model-order.js";
import { ModelStore } from "../support/model-store.js";
import { LOSS_WAYS, type Loss } from "../support/power-cut.js";
import {
  compareAll,
  CompactStore,
  DeleteKey,
  DeleteTogether,
  GetKey,
  ListRange,
  MoveClock,
  Restart,
  SetKey,
  SetTogether,
  TakeSnapshot,
  TouchKey,
  type Command,
  type Expiration,
  type Model,
  type Real,
} from "./commands.js";
import { GetAtRevision, ListKeyVersions } from "./past-commands.js";
import { SendMessages } from "./pipeline-commands.js";
import { DeleteRange, Transact, type Question, type Step } from "./transaction-commands.js";

/** Of each order: `make property` makes as many as it is asked for. */
const RUNS_ASKED = Number(process.env["PROPERTY_RUNS"] ?? "");
/** In the order of bytes, and in each of the others. */
const RUNS = RUNS_ASKED || 60;
const RUNS_OTHERWISE = RUNS_ASKED || 15;
/** Each takes about a second; one that fails is made again many times, smaller and smaller, before it is told. */
const RUN_MS_MAX = 10_000;
const TOLD_AFTER_MS_MAX = 600_000;
const COMMANDS_MAX = 60;
const HOUR_MS = 3_600_000;
/** A few times in the longest wait of a run. */
const COMPACTION_PERIOD_MS = 600_000;
/** Room for all that one command asks for at once, 400 bytes a delete while it waits: the model refuses nothing. */
const QUEUE_BYTES = 256 * KIB;
const YEAR_MS = 365 * 24 * HOUR_MS;

const KEYS = ["a", "a/b", "a/c", "A", "a2", "a10", "a02", "b", "é", "\uffee", "😀", "k".repeat(64)];

const key = fc.constantFrom(...KEYS);
/** Many long keys in a row, some way along: enough to split the pages that keys are kept in. */
const manyKeys = fc
  .tuple(fc.nat({ max: 400 }), fc.integer({ min: 50, max: 250 }), fc.constantFrom(1, 7, 101))
  .map(([from, count, stride]) =>
    Array.from({ length: count }, (_, index) => {
      const number = from + ((index * stride) % count);
      return `many/${String(number).padStart(4, "0")}/${"x".repeat(number % 45)}`;
    }),
  )
  .map((keys) => [...new Set(keys)]);
const durationMs = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: HOUR_MS }));
const value = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.nat({ max: 3000 }).map((length) => "v".repeat(length)),
);
const expiration: fc.Arbitrary<Expiration> = fc.oneof(
  fc.record({ kind: fc.constantFrom("none" as const, "keep" as const) }),
  fc.record({ kind: fc.constantFrom("ttl" as const, "at" as const), ms: durationMs }),
);
const loss: fc.Arbitrary<Loss> = fc.record({
  way: fc.constantFrom(...LOSS_WAYS),
  seed: fc.nat(),
});
const rangeIn = (order: KeyOrderName): fc.Arbitrary<KeyRange> =>
  fc.oneof(
    fc.constant<KeyRange>({ kind: "all" }),
    fc
      .constantFrom("", "a", "A", "a/", "a0", "b", "many/00", "many/01", "x")
      .map((text) => ({ kind: "prefix" as const, prefix: bytes(text) })),
    fc.tuple(key, key).map(([one, other]) => {
      const [start, end] = [bytes(one), bytes(other)];
      const isOrdered = comparatorOf(order)(start, end) <= 0;
      return {
        kind: "interval" as const,
        ...(isOrdered ? { start, end } : { start: end, end: start }),
      };
    }),
    fc
      .constantFrom("*", "?", "a*", "*/[bc]", "[^a]*")
      .map((pattern) => ({ kind: "glob" as const, pattern })),
  );
const page = fc.record({ pageSize: fc.constantFrom(0, 1, 3, 50), descending: fc.boolean() });
const wallStepMs = fc.oneof(
  fc.integer({ min: -HOUR_MS, max: HOUR_MS }),
  fc.constantFrom(-10 * YEAR_MS, 10 * YEAR_MS),
);

const anySet = fc.tuple(key, value, expiration).map((given) => new SetKey(...given));

/** Few keys and short values, so that steps meet the same keys, and what others have left there. */
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("set", "get", "delete", "touch", "increment"),
  key: fc.constantFrom("a", "b", "n"),
  value: fc.oneof(fc.nat({ max: 99 }).map(String), fc.string({ maxLength: 5 })),
  delta: fc.bigInt({ min: -5n, max: 5n }),
  expiration,
  returnPrevious: fc.boolean(),
});
const question: fc.Arbitrary<Question> = fc.tuple(
  fc.constantFrom("a", "b", "n"),
  fc.oneof(
    fc.boolean().map((exists) => ({ kind: "exists" as const, exists })),
    fc.nat({ max: 9 }).map((number) => ({ kind: "value" as const, value: bytes(String(number)) })),
  ),
);
const requestId = fc.option(fc.constantFrom("one", "two"), { nil: undefined });
/** Some that are made again, whatever comes in between. */
const again = new Transact(
  [],
  [
    {
      kind: "increment",
      key: "n",
      value: "",
      delta: 1n,
      expiration: { kind: "none" },
      returnPrevious: false,
    },
  ],
  "again",
);
const transact = fc
  .tuple(fc.array(question, { maxLength: 2 }), fc.array(step, { maxLength: 8 }), requestId)
  .map((given) => new Transact(...given));

/** With ids of their own: one that a transaction had before is refused, and says so of what is asked for now. */
const alone = fc.record({
  step,
  exists: fc.option(fc.boolean(), { freq: 4, nil: undefined }),
  requestId: fc.option(fc.constantFrom("three", "four"), { freq: 4, nil: undefined }),
});
const messages = fc
  .array(fc.array(alone, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 3 })
  .map((given) => new SendMessages(given));

const commandsIn = (order: KeyOrderName): fc.Arbitrary<Command>[] => [
  anySet,
  anySet,
  anySet,
  fc.tuple(fc.uniqueArray(key, { minLength: 2 }), value).map((given) => new SetTogether(...given)),
  manyKeys.map((keys) => new SetTogether(keys, "one of many ")),
  manyKeys.map((keys) => new DeleteTogether(keys)),
  key.map((given) => new GetKey(given)),
  key.map((given) => new DeleteKey(given)),
  fc.tuple(key, expiration).map((given) => new TouchKey(...given)),
  fc.tuple(rangeIn(order), page).map((given) => new ListRange(...given)),
  transact,
  transact,
  messages,
  messages,
  fc.tuple(rangeIn(order), fc.constantFrom(0, 1, 3), requestId).map((given) => {
    return new DeleteRange(...given);
  }),
  fc.tuple(key, fc.nat({ max: 30 })).map((given) => new GetAtRevision(...given)),
  fc.tuple(key, fc.constantFrom(0, 1, 3)).map((given) => new ListKeyVersions(...given)),
  fc.constant(again),
  fc.constant(new CompactStore()),
  fc.constant(new TakeSnapshot()),
  durationMs.map((ms) => new MoveClock("advance", ms)),
  durationMs.map((ms) => new MoveClock("pass", ms)),
  wallStepMs.map((ms) => new MoveClock("step", ms)),
  durationMs.map((ms) => new Restart(undefined, ms)),
  fc.tuple(loss, durationMs).map((given) => new Restart(...given)),
];

type Codecs = readonly (typeof CODEC_NAMES)[number][];

/** One after the other, from one opening to the next. */
const CODECS: Readonly<Record<KeyOrderName, Codecs>> = {
  bytes: ["none"],
  reverse: ["zstd"],
  natural: ["lz4"],
  "case-insensitive": CODEC_NAMES,
};

/** How many versions of each key are kept, likewise. */
const VERSION_COUNTS: Readonly<Record<KeyOrderName, readonly number[]>> = {
  bytes: [1],
  reverse: [3],
  natural: [1, 4, 2],
  "case-insensitive": [2],
};

class RealStore implements Real {
  readonly clock = new ManualClock();
  readonly #keyOrder: KeyOrderName;
  #openings = 0;
  #disk = new CrashDisk();
  #store: Store | undefined;

  constructor(keyOrder: KeyOrderName) {
    this.#keyOrder = keyOrder;
  }

  get store(): Store {
    if (this.#store === undefined) throw new Error("the store is not open");
    return this.#store;
  }

  async open(): Promise<void> {
    const codecs = CODECS[this.#keyOrder];
    const counts = VERSION_COUNTS[this.#keyOrder];
    const opening = this.#openings++;
    const compression = codecs[opening % codecs.length];
    const historyVersions = counts[opening % counts.length];
    const options = tinyStoreOptions({
      fileSystem: this.#disk,
      directory: DATA_DIRECTORY,
      clock: this.clock,
      retentionBytes: 20 * KIB,
      compactionPeriodMs: COMPACTION_PERIOD_MS,
      keyOrder: this.#keyOrder,
      compression,
      historyVersions,
    });
    const storage = { ...options.storage, commitQueueBytes: QUEUE_BYTES };
    this.#store = await openLocalStore({ ...options, storage });
  }

  async reopen(downMs: number): Promise<void> {
    await this.store.close();
    await this.#comeBack(downMs);
  }

  async crash(how: Loss, downMs: number): Promise<void> {
    this.#disk = this.#disk.crash(how);
    await this.#comeBack(downMs);
  }

  /** Ends what goes on in the background, without a word. */
  stop(): void {
    this.#disk.stopAfterCalls(0);
    this.clock.dropTimers();
  }

  async #comeBack(downMs: number): Promise<void> {
    this.clock.dropTimers();
    this.clock.pass(downMs);
    await this.open();
  }
}

function newModel(keyOrder: KeyOrderName): Model {
  const model: Model = {
    store: new ModelStore({
      clock: new ManualClock(),
      limits: TINY_LIMITS,
      keyOrder,
      historyVersions: Number.POSITIVE_INFINITY,
      logicalTimeMs: () => model.timeMs,
    }),
    revisions: new Map(),
    timeMs: timeMs(0),
  };
  return model;
}

/** Compares a store with the model, after as many lists of commands. */
async function compareRuns(keyOrder: KeyOrderName, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(
    fc.commands(commandsIn(keyOrder), { maxCommands: COMMANDS_MAX, size: "max" }),
    async (commands) => {
      const model = newModel(keyOrder);
      const real = new RealStore(keyOrder);
      await real.open();
      try {
        await fc.asyncModelRun(() => ({ model, real }), commands);
        model.timeMs = (await real.store.status()).logicalTimeMs;
        await compareAll(model, real);
      } finally {
        real.stop();
      }
    },
  );
  await fc.assert(property, { numRuns });
}

describe("the store on this machine", () => {
  for (const keyOrder of KEY_ORDERS) {
    const runs = keyOrder === "bytes" ? RUNS : RUNS_OTHERWISE;
    it(`holds what the model holds, whatever is done to it, in the order ${keyOrder}`, async () => {
      await compareRuns(keyOrder, runs);
    }).timeout(runs * RUN_MS_MAX + TOLD_AFTER_MS_MAX);
  }
});

/**
 * Gets of keys that are not due, so many a second whatever becomes of them, in a process of its own so that nothing
 * else holds it up. It goes on until its input ends, and then says how long each took.
 *
 *     node dist/bench/expiry/trickle.js '{"protocol":"pipeline","port":50051,…}'      prints a TrickleOutcome
 */

import { once } from "node:events";

import { Chance } from "../pipeline/chance.js";
import { lastingKey } from "./due-keys.js";
import type { TrickleOutcome, TrickleRequest } from "./load-request.js";
import { openSide } from "./open-side.js";
import type { Side } from "./side.js";

const MICROSECONDS_PER_MS = 1000;
const MS_PER_SECOND = 1000;
const TICK_MS = 5;
const SEED = 4711;

class Trickle {
  readonly #sentMs: number[] = [];
  readonly #micros: number[] = [];
  readonly #side: Side;
  readonly #underWay = new Set<Promise<void>>();
  #failed = 0;

  constructor(side: Side) {
    this.#side = side;
  }

  get(key: string): void {
    const sentMs = Date.now();
    const startMs = performance.now();
    const answered = this.#side.get(key).then(
      (isRight) => {
        this.#sentMs.push(sentMs);
        this.#micros.push(Math.round((performance.now() - startMs) * MICROSECONDS_PER_MS));
        if (!isRight) this.#failed += 1;
      },
      () => {
        this.#failed += 1;
      },
    );
    this.#underWay.add(answered);
    void answered.then(() => this.#underWay.delete(answered));
  }

  async outcome(): Promise<TrickleOutcome> {
    await Promise.all(this.#underWay);
    return { sentMs: this.#sentMs, micros: this.#micros, failed: this.#failed };
  }
}

async function run(request: TrickleRequest): Promise<TrickleOutcome> {
  const { protocol, port, lastingCount, ratePerSecond } = request;
  const trickle = new Trickle(await openSide(protocol, port));
  const chance = new Chance(SEED);
  const startMs = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startMs) * ratePerSecond) / MS_PER_SECOND;
    for (; sent < due; sent += 1) trickle.get(lastingKey(chance.below(lastingCount)));
  }, TICK_MS);
  process.stdin.resume();
  await once(process.stdin, "end");
  clearInterval(timer);
  return await trickle.outcome();
}

const outcome = await run(JSON.parse(process.argv[2] ?? "{}") as TrickleRequest);
process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));

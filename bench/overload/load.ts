/**
 * The load of the bench of overload, in a process of its own. Open: calls are intended at a fixed rate, spread over the
 * connections in turn, whether or not earlier ones were answered; how long one took is counted from then.
 * Closed: each is followed by the next when it is answered, which tells what the server can do.
 *
 *     node dist/bench/overload/load.js '{"port":50051,"work":"Set",…}'      prints an OverloadOutcome
 */

import { setTimeout as sleep } from "node:timers/promises";

import { LOADS } from "../peers/key-value-wire.js";
import { percentile } from "../statistics.js";
import { Caller, type Outcome, type Times } from "./caller.js";
import { CallFrames } from "./frames.js";
import type { OverloadOutcome, OverloadRequest } from "./load-request.js";

const MS_PER_SECOND = 1000;
const TICK_MS = 1;
const ANSWER_MS_MAX = 20_000;
const POLL_MS = 20;

class Load {
  readonly #request: OverloadRequest;
  readonly #countFromMs: number;
  readonly #endMs: number;
  readonly #startMs = performance.now();
  readonly #counts = { accepted: 0, refused: 0, reset: 0 };
  readonly #latencies: number[] = [];
  readonly #sentLatencies: number[] = [];
  readonly #refusedLatencies: number[] = [];
  #callers: readonly Caller[] = [];
  #intended = 0;
  #offered = 0;
  #givenUp = 0;
  #acceptedInAll = 0;

  constructor(request: OverloadRequest) {
    this.#request = request;
    this.#countFromMs = this.#startMs + request.warmUpSeconds * MS_PER_SECOND;
    this.#endMs = this.#countFromMs + request.seconds * MS_PER_SECOND;
  }

  async run(): Promise<OverloadOutcome> {
    const { port, work, connections, depth, ratePerSecond } = this.#request;
    const frames = new CallFrames(LOADS[work]);
    const cpuBefore = process.cpuUsage();
    this.#callers = await Promise.all(
      Array.from({ length: connections }, async () => {
        const caller: Caller = await Caller.connect(port, frames, (outcome, times) => {
          this.#note(outcome, times);
          if (ratePerSecond === 0 && performance.now() < this.#endMs) this.#intend(caller);
        });
        return caller;
      }),
    );
    for (const caller of this.#callers) {
      for (let at = 0; ratePerSecond === 0 && at < depth; at += 1) this.#intend(caller);
      caller.flush();
    }
    while (performance.now() < this.#endMs) {
      if (ratePerSecond > 0) this.#intendWhatIsDue();
      await sleep(TICK_MS);
    }
    await this.#awaitAnswers();
    const unanswered = this.#underWayCount();
    for (const caller of this.#callers) caller.close();
    const cpu = process.cpuUsage(cpuBefore);
    return this.#outcome(unanswered, cpu.user + cpu.system);
  }

  #intendWhatIsDue(): void {
    const { ratePerSecond, patienceMs } = this.#request;
    const nowMs = performance.now();
    const due = Math.floor(((nowMs - this.#startMs) * ratePerSecond) / MS_PER_SECOND);
    while (this.#intended < due) {
      const intendedMs = this.#startMs + (this.#intended * MS_PER_SECOND) / ratePerSecond;
      this.#callers[this.#intended % this.#callers.length]?.intend(intendedMs);
      this.#intended += 1;
      if (intendedMs >= this.#countFromMs) this.#offered += 1;
    }
    for (const caller of this.#callers) {
      const givenUp = caller.giveUpBefore(nowMs - patienceMs);
      // At the start, some of these are of the warm-up: no more than of one patience.
      if (nowMs >= this.#countFromMs + patienceMs) this.#givenUp += givenUp;
      caller.flush();
    }
  }

  #intend(caller: Caller): void {
    const nowMs = performance.now();
    if (nowMs >= this.#countFromMs) this.#offered += 1;
    caller.intend(nowMs);
  }

  #note(outcome: Outcome, { intendedMs, sentMs }: Times): void {
    if (outcome === "accepted") this.#acceptedInAll += 1;
    if (intendedMs < this.#countFromMs) return;
    this.#counts[outcome] += 1;
    const nowMs = performance.now();
    if (outcome === "accepted") {
      this.#latencies.push(nowMs - intendedMs);
      this.#sentLatencies.push(nowMs - sentMs);
    } else if (outcome === "refused") {
      this.#refusedLatencies.push(nowMs - sentMs);
    }
  }

  async #awaitAnswers(): Promise<void> {
    for (const caller of this.#callers) this.#givenUp += caller.giveUpBefore(Infinity);
    const untilMs = performance.now() + ANSWER_MS_MAX;
    while (this.#underWayCount() > 0 && performance.now() < untilMs) await sleep(POLL_MS);
  }

  #underWayCount(): number {
    return this.#callers.reduce((sum, { underWayCount }) => sum + underWayCount, 0);
  }

  #outcome(unanswered: number, cpuMicros: number): OverloadOutcome {
    const at = (values: readonly number[]): ((ratio: number) => number) => {
      const sorted = Float64Array.from(values).sort();
      return (ratio) => (sorted.length === 0 ? Number.NaN : percentile(sorted, ratio));
    };
    const [latency, sent, refused] = [
      at(this.#latencies),
      at(this.#sentLatencies),
      at(this.#refusedLatencies),
    ];
    return {
      ...this.#counts,
      ...{ offered: this.#offered, givenUp: this.#givenUp, unanswered },
      acceptedInAll: this.#acceptedInAll,
      acceptedPerSecond: this.#counts.accepted / this.#request.seconds,
      ...{ p50Ms: latency(0.5), p99Ms: latency(0.99), maxMs: latency(1) },
      ...{ sentP50Ms: sent(0.5), sentP99Ms: sent(0.99), refusedP99Ms: refused(0.99) },
      cpuMicros,
    };
  }
}

const outcome = await new Load(JSON.parse(process.argv[2] ?? "{}") as OverloadRequest).run();
process.stdout.write(`${JSON.stringify(outcome)}\n`);

/**
 * The load, in a process of its own: clients in closed loops, each answer checked.
 *
 *     node dist/bench/ycsb/load.js '{"protocol":"ours","port":50051,"work":"A",…}'      prints the outcome as JSON
 */

import { setTimeout as sleep } from "node:timers/promises";

import { letHeapGrow } from "../../src/app/heap-growth.js";
import { Chance } from "../pipeline/chance.js";
import { percentile } from "../statistics.js";
import type { Database } from "./database.js";
import { openEtcd } from "./etcd-database.js";
import type { KindFigures, YcsbLoadOutcome, YcsbLoadRequest } from "./load-request.js";
import { openOurs, openOurStream } from "./our-database.js";
import { Session } from "./session.js";
import { KINDS, type Kind, type WorkloadName } from "./workloads.js";

const WARM_UP_MS = 3000;
const MICROSECONDS_PER_MS = 1000;

function open(request: YcsbLoadRequest): Promise<readonly Database[]> {
  const { protocol, port, connections } = request;
  if (protocol === "our-stream") return openOurStream(port).then((stream) => [stream]);
  const openOne = protocol === "ours" ? openOurs : openEtcd;
  return Promise.all(Array.from({ length: connections }, () => openOne(port)));
}

interface Timed {
  readonly elapsedMs: number;
  readonly cpuMicros: number;
}

async function timedUntil(end: Promise<unknown>): Promise<Timed> {
  const startMs = performance.now();
  const cpuBefore = process.cpuUsage();
  await end;
  const cpu = process.cpuUsage(cpuBefore);
  return { elapsedMs: performance.now() - startMs, cpuMicros: cpu.user + cpu.system };
}

class Load {
  readonly #request: YcsbLoadRequest;
  readonly #session: Session;
  readonly #latencies = new Map<Kind, number[]>(KINDS.map((kind) => [kind, []]));
  #operations = 0;
  #operationsInAll = 0;
  #right = 0;
  #firstWrong: string | undefined;
  #phase: "warm-up" | "timed" | "over" = "warm-up";

  constructor(request: YcsbLoadRequest) {
    this.#request = request;
    this.#session = new Session(request.recordCount, new Chance(request.seed));
  }

  async run(): Promise<YcsbLoadOutcome> {
    const databases = await open(this.#request);
    const { work, recordCount } = this.#request;
    const working = this.#begin(databases);
    const timed = work === "load" ? await timedUntil(working) : await this.#timedWindow();
    await working;
    for (const database of databases) await database.close();
    const operations = work === "load" ? recordCount : this.#operations;
    const { writes, conditionalWrites, reads, conflicts } = this.#session;
    return {
      ...{ operations, operationsInAll: this.#operationsInAll },
      ...{ right: this.#right, firstWrong: this.#firstWrong },
      ratePerSecond: (operations / timed.elapsedMs) * 1000,
      kinds: this.#figures(),
      ...{ writes, conditionalWrites, reads, conflicts },
      recordCount: this.#session.recordCount,
      cpuMicros: timed.cpuMicros,
    };
  }

  #begin(databases: readonly Database[]): Promise<unknown> {
    const { clients, work } = this.#request;
    return Promise.all(
      Array.from({ length: clients }, (_, client) => {
        const database = databases[client % databases.length];
        if (database === undefined) throw new Error("there is no connection");
        return work === "load" ? this.#fill(database, client) : this.#drive(database, work);
      }),
    );
  }

  async #timedWindow(): Promise<Timed> {
    // So that what is timed is code that was compiled.
    await sleep(WARM_UP_MS);
    this.#phase = "timed";
    const timed = await timedUntil(sleep(this.#request.seconds * 1000));
    this.#phase = "over";
    return timed;
  }

  async #fill(database: Database, client: number): Promise<void> {
    const { clients, recordCount } = this.#request;
    for (let number = client; number < recordCount; number += clients) {
      this.#note(await this.#session.load(database, number));
    }
  }

  async #drive(database: Database, work: WorkloadName): Promise<void> {
    while (this.#phaseNow() !== "over") {
      const kind = this.#session.drawKind(work);
      const startMs = performance.now();
      const wrong = await this.#session.perform(database, kind, work);
      this.#note(wrong);
      if (this.#phaseNow() !== "timed") continue;
      this.#operations += 1;
      this.#latencies.get(kind)?.push(performance.now() - startMs);
    }
  }

  #phaseNow(): "warm-up" | "timed" | "over" {
    return this.#phase;
  }

  #note(wrong: string | undefined): void {
    this.#operationsInAll += 1;
    if (wrong === undefined) this.#right += 1;
    else this.#firstWrong ??= wrong;
  }

  #figures(): readonly KindFigures[] {
    return [...this.#latencies].flatMap(([kind, latencies]) => {
      if (latencies.length === 0) return [];
      const sorted = Float64Array.from(latencies).sort();
      const p50Micros = percentile(sorted, 0.5) * MICROSECONDS_PER_MS;
      const p99Micros = percentile(sorted, 0.99) * MICROSECONDS_PER_MS;
      return [{ kind, count: sorted.length, p50Micros, p99Micros }];
    });
  }
}

// Else it would be the load that marks its heap all the time, whatever it asks.
letHeapGrow();
const outcome = await new Load(JSON.parse(process.argv[2] ?? "{}") as YcsbLoadRequest).run();
process.stdout.write(`${JSON.stringify(outcome)}\n`);

/** Operations of a workload, drawn one by one, carried out, and their answers judged. */

import type { Chance } from "../pipeline/chance.js";
import type { Database, Found } from "./database.js";
import { Latest, ScrambledZipfian } from "./distributions.js";
import { isRecordOf, keyOf, RecordSource } from "./records.js";
import { kindAt, SCAN_MAX, WORKLOADS, type Kind, type WorkloadName } from "./workloads.js";

const PERCENT = 100;

/** What was wrong with an answer. Undefined: nothing. */
type Wrong = string | undefined;

export class Session {
  readonly #chance: Chance;
  readonly #records: RecordSource;
  readonly #scrambled: ScrambledZipfian;
  readonly #latest: Latest;
  /** All records below this number are there. */
  #recordCount: number;
  /** The next one that is inserted. */
  #nextRecord: number;
  /** Inserted, while one before it is not there yet. */
  readonly #early = new Set<number>();
  #greatestKey = "";
  writes = 0;
  conditionalWrites = 0;
  reads = 0;
  conflicts = 0;

  /** So many records are there already. */
  constructor(recordCount: number, chance: Chance) {
    this.#chance = chance;
    this.#records = new RecordSource(1 + chance.below(1_000_000));
    this.#scrambled = new ScrambledZipfian(chance);
    this.#latest = new Latest(chance, recordCount);
    this.#recordCount = recordCount;
    this.#nextRecord = recordCount;
    for (let number = 0; number < recordCount; number += 1) this.#noteKey(keyOf(number));
  }

  get recordCount(): number {
    return this.#recordCount;
  }

  drawKind(workload: WorkloadName): Kind {
    return kindAt(WORKLOADS[workload], this.#chance.below(PERCENT));
  }

  /** Writes the record of this number, before any workload. */
  async load(database: Database, number: number): Promise<Wrong> {
    const key = keyOf(number);
    return this.#judge("load", async () => {
      await database.write(key, this.#records.make(key));
      this.writes += 1;
      return undefined;
    });
  }

  perform(database: Database, kind: Kind, workload: WorkloadName): Promise<Wrong> {
    const key = kind === "insert" ? "" : keyOf(this.#drawNumber(workload));
    return this.#judge(kind, () => {
      switch (kind) {
        case "read":
          return this.#read(database, key);
        case "update":
          return this.#update(database, key);
        case "insert":
          return this.#insert(database);
        case "scan":
          return this.#scan(database, key);
        case "read-modify-write":
          return this.#readModifyWrite(database, key);
      }
    });
  }

  async #judge(kind: string, run: () => Promise<Wrong>): Promise<Wrong> {
    try {
      return await run();
    } catch (error) {
      return `${kind}: ${String(error)}`;
    }
  }

  #drawNumber(workload: WorkloadName): number {
    if (WORKLOADS[workload].keys === "latest") return this.#latest.next(this.#recordCount);
    return this.#scrambled.next(this.#recordCount);
  }

  async #read(database: Database, key: string): Promise<Wrong> {
    const record = await database.read(key);
    this.reads += 1;
    return isRecordOf(key, record) ? undefined : `read: ${key} has no record, or not its own`;
  }

  async #update(database: Database, key: string): Promise<Wrong> {
    await database.write(key, this.#records.make(key));
    this.writes += 1;
    return undefined;
  }

  async #insert(database: Database): Promise<Wrong> {
    const number = this.#nextRecord;
    this.#nextRecord += 1;
    const key = keyOf(number);
    await database.write(key, this.#records.make(key));
    this.writes += 1;
    this.#noteKey(key);
    this.#early.add(number);
    while (this.#early.delete(this.#recordCount)) this.#recordCount += 1;
    return undefined;
  }

  async #scan(database: Database, key: string): Promise<Wrong> {
    if (database.scan === undefined) throw new Error("this client has no scans");
    const limit = 1 + this.#chance.below(SCAN_MAX);
    const greatestKey = this.#greatestKey;
    const found = await database.scan(key, limit);
    this.reads += 1;
    return scanProblemOf(found, { key, limit, greatestKey });
  }

  async #readModifyWrite(database: Database, key: string): Promise<Wrong> {
    let wrong: Wrong;
    for (;;) {
      const outcome = await database.readModifyWrite(key, (record) => {
        if (!isRecordOf(key, record)) wrong = `read-modify-write: ${key} has not its own record`;
        return this.#records.make(key);
      });
      this.reads += 1;
      if (outcome === "written") break;
      this.conflicts += 1;
    }
    this.conditionalWrites += 1;
    this.writes += 1;
    return wrong;
  }

  #noteKey(key: string): void {
    if (key > this.#greatestKey) this.#greatestKey = key;
  }
}

interface Scanned {
  readonly key: string;
  readonly limit: number;
  /** A scan that finds fewer records must have come as far as this. */
  readonly greatestKey: string;
}

export function scanProblemOf(found: readonly Found[], asked: Scanned): Wrong {
  const { key, limit, greatestKey } = asked;
  if (found[0]?.key !== key)
    return `scan: it begins with ${found[0]?.key ?? "nothing"}, not ${key}`;
  if (found.length > limit) return `scan: ${String(found.length)} records, more than asked for`;
  const last = found.at(-1)?.key ?? "";
  if (found.length < limit && last < greatestKey) {
    return `scan: ${String(found.length)} records of ${String(limit)}, and there are more`;
  }
  let before = "";
  for (const { key: each, value } of found) {
    if (each <= before) return `scan: ${each} comes after ${before}`;
    if (!isRecordOf(each, value)) return `scan: ${each} has not its own record`;
    before = each;
  }
  return undefined;
}

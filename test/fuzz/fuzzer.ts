/**
 * Feeds a decoder inputs that are nearly right, and holds it to its word: an error of ours, or a value that gives
 * the same again; in little memory and little time. An input that is told something new joins those that the
 * next ones are made of.
 */

import { KvError } from "../../src/base/index.js";
import { mixSeeds, Random } from "../support/random.js";
import { mutate } from "./mutator.js";

export interface Target {
  readonly name: string;
  readonly seeds: readonly Buffer[];
  /** Puts the checksums right, so that what they hide is reached. Absent: there are none, or none to be put right. */
  readonly mend?: (bytes: Buffer) => void;
  /** Decodes, and throws where what came of it is not the same again. What it returns, or the error, tells it from others. */
  readonly run: (bytes: Buffer) => string | Promise<string>;
}

export interface Bounds {
  readonly runs: number;
  readonly seed: number;
  readonly untilMs?: number;
}

export interface Fuzzed {
  readonly runs: number;
  readonly accepted: number;
  /** How many different things were said of inputs. */
  readonly sayings: number;
  readonly seconds: number;
}

const INPUT_BYTES_MAX = 64 * 1024;
const INPUTS_MAX = 400;
/** Far above what any input costs, far below what a length taken at its word would. */
const RUN_MS_MAX = 2000;
const MEMORY_BYTES_MAX = 512 * 1024 * 1024;
const LOOK_EVERY = 1000;

/** What a run says when it took the input. */
export const ACCEPTED = "accepted";

export async function fuzz(target: Target, { runs, seed, untilMs }: Bounds): Promise<Fuzzed> {
  const startedMs = performance.now();
  const inputs = [...target.seeds];
  const said = new Set<string>();
  let accepted = 0;
  let count = 0;
  let lookedMs = startedMs;
  for (; count < runs; count += 1) {
    const random = new Random(mixSeeds(seed, count));
    const bytes = mutate(inputs, random, INPUT_BYTES_MAX);
    if (target.mend !== undefined && random.coin()) target.mend(bytes);
    const saying = await sayingOf(target, bytes);
    if (saying === ACCEPTED) accepted += 1;
    if (!said.has(saying)) {
      said.add(saying);
      if (inputs.length < INPUTS_MAX) inputs.push(Buffer.from(bytes));
    }
    if (count % LOOK_EVERY !== LOOK_EVERY - 1) continue;
    const nowMs = performance.now();
    checkBounds(target, (nowMs - lookedMs) / LOOK_EVERY);
    lookedMs = nowMs;
    if (untilMs !== undefined && nowMs >= untilMs) break;
  }
  const seconds = (performance.now() - startedMs) / 1000;
  return { runs: count, accepted, sayings: said.size, seconds };
}

/** What the target says of one input. Throws, with the input, where it breaks its word. */
export async function sayingOf(target: Target, bytes: Buffer): Promise<string> {
  const given = Buffer.from(bytes);
  const startedMs = performance.now();
  let saying: string;
  try {
    const said = target.run(bytes);
    // Most are synchronous, and a turn of the loop costs more than they do.
    saying = typeof said === "string" ? said : await said;
  } catch (error) {
    if (!(error instanceof KvError)) {
      const problem = `${target.name} of ${given.toString("hex")}: ${String(error)}`;
      throw new Error(problem, { cause: error });
    }
    saying = error.message;
  }
  const tookMs = performance.now() - startedMs;
  if (tookMs > RUN_MS_MAX) {
    throw new Error(`${target.name} of ${given.toString("hex")}: ${tookMs.toFixed(0)} ms`);
  }
  return withoutNumbers(saying);
}

/** What is said of two places, or of two lengths, is the same. */
function withoutNumbers(saying: string): string {
  return saying.replaceAll(/\d+/g, "#");
}

function checkBounds({ name }: Target, msEach: number): void {
  if (msEach > RUN_MS_MAX / 20) throw new Error(`${name}: ${msEach.toFixed(1)} ms for each input`);
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  if (arrayBuffers + heapUsed > MEMORY_BYTES_MAX) {
    throw new Error(`${name}: ${String(arrayBuffers + heapUsed)} bytes of memory`);
  }
}

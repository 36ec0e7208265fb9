/** Reads the steps of one case in order, since what a step may use rests on those before it. */

import { checkArguments } from "./arguments.js";
import { behindShapeOf } from "./behind-calls.js";
import {
  DISK_DEEDS,
  NETWORK_DEEDS,
  SERVER_DEEDS,
  type Call,
  type Deed,
  type Outcome,
  type Step,
} from "./cases.js";
import { rangeArgumentOf, shapeOf, type Shape } from "./commands.js";
import { neededBy, readExpectation, variablesOf } from "./expectation.js";
import { isList, isObject, show, type Json, type JsonObject } from "./json.js";
import { readRefusal } from "./refusing-server.js";

/** Fields of a step that is a call, beside the call itself. */
const BESIDE_CALLS = ["expect", "expect_error", "begin", "first_attempt", "each_attempt"];
const BESIDE_AWAIT = ["expect", "expect_error"];

const REFUSAL: Shape = { fields: { code: "plain", reason: "plain", retry_after_ms: "plain" } };

/** The longest that a case may do nothing. What takes longer is not what a case is for. */
const WAIT_MS_MAX = 3_000;

interface Options {
  readonly keyPrefix: string;
  readonly isWholeStore: boolean;
  readonly hasDisk: boolean;
}

export class StepReader {
  readonly #options: Options;
  readonly #variables = new Set<string>();
  /** Calls that were begun and are not awaited yet, and what they call. */
  readonly #begun = new Map<string, string>();

  constructor(options: Options) {
    this.#options = options;
  }

  readSteps(written: readonly Json[], above = ""): readonly Step[] {
    return written.map((step, index) => {
      const place = `${above}step ${String(index + 1)}`;
      const kind = isObject(step) ? (Object.keys(step)[0] ?? "nothing") : show(step);
      const where = `${place} (${kind})`;
      try {
        if (!isObject(step)) throw new Error("a step is an object");
        return { where, deed: this.#readDeed(kind, step, where) };
      } catch (error) {
        throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      }
    });
  }

  /** Throws if something is missing at the end. */
  finish(): void {
    for (const name of this.#begun.keys()) throw new Error(`${name} is begun and never awaited`);
  }

  #readDeed(kind: string, step: JsonObject, where: string): Deed {
    const said = step[kind] ?? null;
    switch (kind) {
      case "server":
        refuseBeside(step, [kind]);
        return { kind, deed: oneOf(SERVER_DEEDS, said) };
      case "network":
        refuseBeside(step, [kind]);
        return { kind, deed: oneOf(NETWORK_DEEDS, said) };
      case "disk":
        refuseBeside(step, [kind]);
        if (!this.#options.hasDisk) throw new Error("the suite has no disk of its own: disk_mib");
        return { kind, deed: oneOf(DISK_DEEDS, said) };
      case "refuse": {
        refuseBeside(step, [kind]);
        const { written } = this.#readCall(kind, said, REFUSAL);
        return { kind, refusal: readRefusal(written) };
      }
      case "refused":
        refuseBeside(step, [kind, "expect"]);
        return { kind, outcome: this.#readOutcome(step, kind) };
      case "wait_ms":
        refuseBeside(step, [kind]);
        if (typeof said === "number" && said > 0 && said <= WAIT_MS_MAX) {
          return { kind: "wait", waitMs: said };
        }
        throw new Error(`a wait is a number of milliseconds up to ${String(WAIT_MS_MAX)}`);
      case "await":
        refuseBeside(step, [kind, ...BESIDE_AWAIT]);
        return this.#readAwait(said, step);
      case "behind": {
        refuseBeside(step, [kind, ...BESIDE_AWAIT]);
        const [name = "", ...others] = isObject(said) ? Object.keys(said) : [];
        if (!isObject(said) || others.length > 0) throw new Error("behind has one call");
        const call = this.#readCall(name, said[name] ?? null, behindShapeOf(name));
        return { kind, call, outcome: this.#readOutcome(step, name) };
      }
      default:
        refuseBeside(step, [kind, ...BESIDE_CALLS]);
        return this.#readCallStep(kind, step, where);
    }
  }

  #readCallStep(name: string, step: JsonObject, where: string): Deed {
    const call = this.#readCall(name, step[name] ?? null, shapeOf(name));
    const { begin } = step;
    const attempts = (field: string): readonly Step[] => {
      const steps = step[field] ?? [];
      if (!isList(steps)) throw new Error(`${field} is a list of steps`);
      if (steps.length > 0 && name !== "transaction") throw new Error(`${name} has no attempts`);
      return this.readSteps(steps, `${where}, ${field}, `);
    };
    const during = {
      firstAttempt: attempts("first_attempt"),
      eachAttempt: attempts("each_attempt"),
    };
    const outcome = this.#readOutcome(step, name);
    if (begin === undefined) return { kind: "call", call, outcome, ...during };
    if (typeof begin !== "string" || this.#begun.has(begin)) {
      throw new Error("begin gives the call a name that no other call under way has");
    }
    if (outcome.kind !== "success") throw new Error("what is expected stands where it is awaited");
    this.#begun.set(begin, name);
    return { kind: "call", call, outcome, begin, ...during };
  }

  #readAwait(name: Json, step: JsonObject): Deed {
    const command = typeof name === "string" ? this.#begun.get(name) : undefined;
    if (typeof name !== "string" || command === undefined) {
      throw new Error(`${show(name)} was not begun`);
    }
    this.#begun.delete(name);
    return { kind: "await", name, outcome: this.#readOutcome(step, command) };
  }

  #readCall(name: string, said: Json, shape: Shape | undefined): Call {
    if (shape === undefined) throw new Error(`there is no ${name} here`);
    const written = said ?? {};
    if (!isObject(written)) throw new Error("arguments are an object");
    const { keyPrefix, isWholeStore } = this.#options;
    checkArguments(written, shape, { keyPrefix, variables: this.#variables });
    const range = rangeArgumentOf(name);
    if (range !== undefined && written[range] === undefined && !isWholeStore) {
      throw new Error(`without ${range} it would meet the keys of other cases`);
    }
    return { name, shape, written };
  }

  #readOutcome(step: JsonObject, command: string): Outcome {
    const { expect, expect_error: error } = step;
    if (expect !== undefined && error !== undefined) {
      throw new Error("a call has one end: expect, or expect_error");
    }
    if (expect === undefined && error === undefined) return { kind: "success" };
    const expectation = readExpectation(expect ?? error ?? null, command);
    for (const name of neededBy(expectation)) {
      if (!this.#variables.has(name)) throw new Error(`${name} has no value yet`);
    }
    for (const name of variablesOf(expectation)) this.#variables.add(name);
    return { kind: expect === undefined ? "error" : "answer", expectation };
  }
}

function oneOf<T extends string>(known: readonly T[], said: Json): T {
  const found = known.find((each) => each === said);
  if (found === undefined) throw new Error(`it is one of ${known.join(", ")}, not ${show(said)}`);
  return found;
}

function refuseBeside(step: JsonObject, known: readonly string[]): void {
  const other = Object.keys(step).find((name) => !known.includes(name));
  if (other !== undefined) throw new Error(`\`${other}\` is not known here`);
}

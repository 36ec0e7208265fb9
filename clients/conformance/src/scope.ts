/** What a case knows while it runs: the values that it gave names, and when a step began. */

import type { Json } from "./json.js";

const VARIABLE = /^\$[a-z][a-z0-9_]*$/;

/** Whether a text stands for what was given that name. */
export function isVariable(value: unknown): value is string {
  return typeof value === "string" && VARIABLE.test(value);
}

export class Scope {
  readonly #values: Map<string, Json>;
  /** The time of day at which the step began, in milliseconds. */
  readonly stepStartMs: number;

  constructor(stepStartMs: number, values = new Map<string, Json>()) {
    this.stepStartMs = stepStartMs;
    this.#values = values;
  }

  /** For a step that begins now: the same names. */
  atStep(): Scope {
    return new Scope(Date.now(), this.#values);
  }

  /** What the name stands for. Undefined: nothing yet. */
  get(name: string): Json | undefined {
    return this.#values.get(name);
  }

  bind(name: string, value: Json): void {
    this.#values.set(name, value);
  }
}

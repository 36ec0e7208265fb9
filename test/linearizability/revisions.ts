/**
 * Revisions hold against real time over all keys at once: a change is newer than whatever was told before it was
 * asked for, no two changes share a revision, and a look stands for everything that was told before it.
 */

import type { KeyCall } from "./key-model.js";

export class RevisionCheck {
  /** The newest revision that anybody was told, in the parts of the history that were checked. */
  #told = 0;

  get newest(): number {
    return this.#told;
  }

  /** What is wrong with a part of the history that begins when the part before has ended. */
  faultsIn(calls: readonly KeyCall[]): string[] {
    const byEnd = calls.filter(({ answer }) => answer !== undefined).sort(byTime("endedAt"));
    const faults: string[] = [];
    const changes = new Set<number>();
    let ended = 0;
    for (const call of calls.toSorted(byTime("invokedAt"))) {
      for (let next = byEnd[ended]; next && next.endedAt < call.invokedAt; next = byEnd[++ended]) {
        this.#told = Math.max(this.#told, next.answer?.revision ?? 0);
      }
      const { answer } = call;
      if (answer === undefined) continue;
      const isChange = answer.kind === "changed";
      const isNewer = isChange ? answer.revision > this.#told : answer.revision >= this.#told;
      const isItsOwn = !isChange || !changes.has(answer.revision);
      if (isChange) changes.add(answer.revision);
      if (isNewer && isItsOwn) continue;
      const problem = isItsOwn
        ? `revision ${String(this.#told)} was told before`
        : "its revision was given twice";
      faults.push(`${problem}: ${JSON.stringify(call)}`);
    }
    for (const { answer } of byEnd) this.#told = Math.max(this.#told, answer?.revision ?? 0);
    return faults;
  }
}

function byTime(field: "invokedAt" | "endedAt"): (one: KeyCall, other: KeyCall) => number {
  return (one, other) => one[field] - other[field];
}

/**
 * Holds what a page shows against what was printed. Fields that are never the same twice are known by name and need the
 * right form only. What stood in such a field is remembered: a later command of the page that repeats the page's word, as
 * one that resumes from a token does, is given the real one.
 */

import { isDeepStrictEqual } from "node:util";

import type { CallError, Item } from "./output.js";

/** Names of fields that differ each time, and the form that they have all the same. */
const VOLATILE: readonly (readonly [name: RegExp, form: RegExp])[] = [
  [/^(time|\w+Time)$/u, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/u],
  [/^(resumeToken|resume_token|nextPageToken)$/u, /^[\w-]{16,}$/u],
  [/^(storeId|historyId|snapshotId)$/u, /^[0-9a-f]{32}$/u],
  [/^sha256$/u, /^[\w+/]{43}=$/u],
  [/^(\w+Bytes|bytes(Before|After)|syncCount|count)$/u, /^\d+$/u],
  [/^(duration|\w+Age|retryDelay|window|p50|p99|p999|max)$/u, /^\d+(\.\d+)?s$/u],
];

/** Its words are the client's or the server's, whoever is first to see that the time is up. */
const WORDS_VARY = "DeadlineExceeded";

export class Comparison {
  /** What stands for each word that the page shows in a volatile field. */
  readonly #real = new Map<string, string>();

  /** The command with what is real in it. */
  inCommand(command: string): string {
    let text = command;
    for (const [shown, real] of this.#real) text = text.replaceAll(shown, real);
    return text;
  }

  /** What is wrong with what was printed, or undefined. */
  difference(shown: readonly Item[], printed: readonly Item[]): string | undefined {
    const gap = shown.findIndex(({ kind }) => kind === "gap");
    const end = shown.slice(gap + 1);
    if (gap === -1 && shown.length !== printed.length) {
      return `${String(shown.length)} parts are shown, ${String(printed.length)} were printed`;
    }
    if (shown.length - 1 > printed.length) return "less was printed than is shown";
    const head = gap === -1 ? shown : shown.slice(0, gap);
    const tail = gap === -1 ? [] : end;
    return (
      this.#differenceOfAll(head, printed.slice(0, head.length)) ??
      this.#differenceOfAll(tail, printed.slice(printed.length - tail.length))
    );
  }

  #differenceOfAll(shown: readonly Item[], printed: readonly Item[]): string | undefined {
    for (const [index, item] of shown.entries()) {
      const other = printed[index];
      const where = `part ${String(index + 1)}`;
      const problem =
        other === undefined ? `${where} is missing` : this.#ofItems(item, other, where);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #ofItems(shown: Item, printed: Item, where: string): string | undefined {
    if (shown.kind === "message" && printed.kind === "message") {
      return this.#ofJson(shown.json, printed.json, where);
    }
    if (shown.kind === "error" && printed.kind === "error") {
      return this.#ofErrors(shown.error, printed.error, where);
    }
    if (isDeepStrictEqual(shown, printed)) return undefined;
    return `${where} is ${JSON.stringify(printed)}, not ${JSON.stringify(shown)}`;
  }

  #ofErrors(shown: CallError, printed: CallError, where: string): string | undefined {
    if (shown.code === WORDS_VARY && printed.code === WORDS_VARY) return undefined;
    return this.#ofJson(shown, printed, where);
  }

  #ofJson(shown: unknown, printed: unknown, where: string): string | undefined {
    if (!isTree(shown) || !isTree(printed)) {
      if (shown === printed) return undefined;
      return `${where} is ${JSON.stringify(printed)}, not ${JSON.stringify(shown)}`;
    }
    for (const name of new Set([...Object.keys(shown), ...Object.keys(printed)])) {
      const place = `${where}.${name}`;
      if (!(name in printed)) return `${place} is missing`;
      if (!(name in shown)) return `${place} is not shown: ${JSON.stringify(printed[name])}`;
      const verdict = this.#ofVolatile(name, shown[name], printed[name]);
      const problem =
        verdict === undefined ? this.#ofJson(shown[name], printed[name], place) : verdict;
      if (typeof problem === "string") return problem;
    }
    return undefined;
  }

  /** What is wrong with a volatile field; null: nothing; undefined: it is none. */
  #ofVolatile(name: string, shown: unknown, printed: unknown): string | null | undefined {
    const form = VOLATILE.find(([names]) => names.test(name))?.[1];
    if (form === undefined || typeof shown !== "string" || typeof printed !== "string") {
      return undefined;
    }
    for (const word of [shown, printed]) {
      if (!form.test(word)) return `${name}: ${word} is not of the form ${String(form)}`;
    }
    this.#real.set(shown, printed);
    return null;
  }
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

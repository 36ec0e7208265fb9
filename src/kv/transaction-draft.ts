/** A transaction as it would be if it were committed now: what each operation answers, what each key becomes. */

import { NO_REVISION, withinField } from "../base/index.js";
import type { Change, StoredValue } from "../storage/index.js";
import { holds, preconditionError, type Checked } from "./checks.js";
import { KeyDraft, type KeydirEntry, type Moment } from "./key-draft.js";
import { perform, readsValue, replacesValue } from "./operations.js";
import type { Check, Condition, Operation, OperationResult } from "./write-commands.js";

/** The newest state of keys. A value may be missing where nobody looks at it. */
export interface State {
  readonly entryOf: (key: Buffer) => KeydirEntry | undefined;
  readonly valueOf: (key: Buffer, entry: KeydirEntry) => StoredValue | undefined;
}

/** A key that decides, and whether its value does. */
export interface Need {
  readonly key: Buffer;
  readonly isValueNeeded: boolean;
}

/** Operations in order, on what must be so of the key of the first one. */
export interface Steps {
  readonly succeeded: boolean;
  readonly operations: readonly Operation[];
  readonly precondition: Check | undefined;
  /** How errors name an operation. */
  readonly pathOf: (operation: Operation, index: number) => string | undefined;
}

export interface Draft {
  /** Whether the conditions hold, which chose the operations. */
  readonly succeeded: boolean;
  readonly results: readonly OperationResult[];
  readonly changes: readonly Change[];
  /** Keys that are not there yet. */
  readonly newKeys: readonly Buffer[];
}

/** Each key once. */
export function conditionNeeds(conditions: readonly Condition[]): readonly Need[] {
  const needs = new Map<string, Need>();
  for (const { key, check } of conditions) {
    const name = key.toString("latin1");
    const isValueNeeded = check.kind === "value" || needs.get(name)?.isValueNeeded === true;
    needs.set(name, { key, isValueNeeded });
  }
  return [...needs.values()];
}

/** Each key once. Nothing after an operation that replaces a value can ask for the one before. */
export function needsOf({ operations, precondition }: Steps): readonly Need[] {
  const needs = new Map<string, { key: Buffer; isValueNeeded: boolean; isReplaced: boolean }>();
  for (const operation of operations) {
    const name = operation.key.toString("latin1");
    const need = needs.get(name) ?? {
      key: operation.key,
      isValueNeeded: precondition?.kind === "value",
      isReplaced: false,
    };
    if (!need.isReplaced && readsValue(operation)) need.isValueNeeded = true;
    if (replacesValue(operation)) need.isReplaced = true;
    needs.set(name, need);
  }
  return [...needs.values()];
}

/** Whether all conditions hold. Everything that they need is at hand. */
export function allHold(conditions: readonly Condition[], state: State): boolean {
  return conditions.every(({ key, check }) => holds(check, checkedOf(key, state)));
}

/** Throws where the precondition does not hold, and where an operation cannot be done. */
export function draftOf(
  { succeeded, operations, precondition, pathOf }: Steps,
  state: State,
  moment: Moment,
): Draft {
  const [first] = operations;
  if (precondition !== undefined && first !== undefined) {
    const error = preconditionError(precondition, checkedOf(first.key, state));
    if (error !== undefined) throw error;
  }
  const drafts = new Map<string, KeyDraft>();
  const results = operations.map((operation, index) => {
    const draft = draftFor(operation.key, drafts, state);
    const path = pathOf(operation, index);
    const work = (): OperationResult => perform(operation, draft, moment);
    return path === undefined ? work() : withinField(path, work);
  });
  const all = [...drafts.values()];
  return {
    succeeded,
    results,
    changes: all.flatMap((draft) => draft.changes()),
    newKeys: all.filter((draft) => draft.isNew).map(({ key }) => key),
  };
}

function draftFor(key: Buffer, drafts: Map<string, KeyDraft>, state: State): KeyDraft {
  const name = key.toString("latin1");
  const known = drafts.get(name);
  if (known !== undefined) return known;
  const entry = state.entryOf(key);
  const stored = entry === undefined ? undefined : state.valueOf(key, entry);
  const draft = new KeyDraft(key, entry, stored);
  drafts.set(name, draft);
  return draft;
}

function checkedOf(key: Buffer, state: State): Checked {
  const entry = state.entryOf(key);
  return {
    key,
    isThere: entry !== undefined,
    revision: entry?.revision ?? NO_REVISION,
    value: entry === undefined ? undefined : state.valueOf(key, entry)?.value,
  };
}

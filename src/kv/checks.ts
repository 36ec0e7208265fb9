/** Whether what is asked of a key is so, and the error where it must be and is not. */

import { KvError, NO_REVISION, present, type Revision } from "../base/index.js";
import type { Check } from "./write-commands.js";

/** What checks look at. The value may be missing where the key is absent, or nobody asks for it. */
export interface Checked {
  readonly key: Buffer;
  readonly isThere: boolean;
  /** Of the last change; 0 where the key is absent. */
  readonly revision: Revision;
  readonly value: Buffer | undefined;
}

export function holds(check: Check, checked: Checked): boolean {
  switch (check.kind) {
    case "exists":
      return checked.isThere === check.exists;
    case "revision":
      return checked.revision === check.revision;
    case "value":
      return checked.isThere && present(checked.value, "the value of a key").equals(check.value);
  }
}

/** Undefined: the precondition holds. */
export function preconditionError(check: Check, checked: Checked): KvError | undefined {
  if (holds(check, checked)) return undefined;
  const { revision } = checked;
  const metadata = { field: "precondition", key: checked.key.toString("utf8"), revision };
  if (check.kind === "exists") {
    return check.exists
      ? new KvError("KEY_ABSENT", "precondition: the key does not exist", { metadata })
      : new KvError("KEY_EXISTS", "precondition: the key exists", { metadata });
  }
  const state =
    revision === NO_REVISION ? "the key is absent" : `the key is at revision ${String(revision)}`;
  return new KvError("PRECONDITION_FAILED", `precondition: ${state}${differenceOf(check)}`, {
    metadata,
  });
}

function differenceOf(check: Exclude<Check, { kind: "exists" }>): string {
  return check.kind === "revision"
    ? `, not ${String(check.revision)}`
    : ", and its value is another one";
}

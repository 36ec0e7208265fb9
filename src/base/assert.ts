/** Assertions are for our own bugs: what a caller or a disk did wrong is an error, not an assertion. */

class AssertionFailure extends Error {
  override readonly name = "AssertionFailure";
}

export function assert(condition: boolean, expectation: string): asserts condition {
  if (!condition) throw new AssertionFailure(`bug: expected that ${expectation}`);
}

/** The value, which must not be absent. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) {
    throw new AssertionFailure(`bug: expected that there is ${what}`);
  }
  return value;
}

/** Marks a branch that the type system proves unreachable. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`bug: unexpected ${JSON.stringify(value)}`);
}

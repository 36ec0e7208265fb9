/**
 * A skipped test owes its reader the reason. Mocha keeps none, so it is kept here, and the closing
 * lines of a run say it.
 */

import Mocha, { type Context, type Runnable, type Suite } from "mocha";

const reasons = new WeakMap<Runnable | Suite, string>();

/** Skips the test, or all tests of the suite whose `before` hook calls it. Does not return. */
export function skipBecause(context: Context, reason: string): never {
  const runnable = context.runnable();
  // A hook stands for its suite: Mocha skips all of it.
  const skipped = runnable instanceof Mocha.Hook ? runnable.parent : runnable;
  reasons.set(skipped ?? runnable, reason);
  return context.skip();
}

/** Why the test was skipped, if it, or a suite that it is in, said so. */
export function skipReason(runnable: Runnable): string | undefined {
  const own = reasons.get(runnable);
  if (own !== undefined) return own;
  for (let suite = runnable.parent; suite !== undefined; suite = suite.parent) {
    const reason = reasons.get(suite);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

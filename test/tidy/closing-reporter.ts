/**
 * Mocha's own report, closed by what a reader of a log looks for: what was skipped and why, and one
 * plain line of counts at the very end. A run that leaves something open is told what, and fails.
 */

import Mocha from "mocha";

import { skipReason } from "../support/skip-because.js";

/** How long Node.js may take to notice that nothing is left to do, in milliseconds. */
const LEFT_OPEN_AFTER_MS = 10_000;

class ClosingReporter extends Mocha.reporters.Spec {
  readonly #skipped: Mocha.Test[] = [];

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.on(Mocha.Runner.constants.EVENT_TEST_PENDING, (test) => {
      this.#skipped.push(test);
    });
  }

  override epilogue(): void {
    super.epilogue();
    for (const test of this.#skipped) {
      console.log(`skipped: ${test.fullTitle()}: ${skipReason(test) ?? "no reason given"}`);
    }
    const { passes, failures, pending } = this.stats;
    console.log(`${String(passes)} passed, ${String(failures)} failed, ${String(pending)} skipped`);
    // The timer itself keeps nothing alive: it fires only if a test left something open.
    setTimeout(failForWhatIsOpen, LEFT_OPEN_AFTER_MS).unref();
  }
}

function failForWhatIsOpen(): void {
  const open = process.getActiveResourcesInfo();
  console.error(`The tests have ended but left something open: ${open.join(", ")}`);
  process.exit(1);
}

// Mocha takes a reporter in no other form.
// eslint-disable-next-line no-restricted-syntax
export default ClosingReporter;

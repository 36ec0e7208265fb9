/**
 * The sessions that the pages show are real: each command is run, in the order of its page, against a server of the page's
 * own, and what it prints is held against what is shown. With grpcurl where it is to be had, else with buf.
 */

import { expect } from "chai";

import { ServerProcess } from "../support/server-process.js";
import { skipBecause } from "../support/skip-because.js";
import { makeTemporaryDirectory, removeDirectory } from "../support/temporary-directory.js";
import { Comparison } from "./comparison.js";
import { SHOWN_ADDRESS, stepsOf, type Step } from "./console-page.js";
import { isInterrupted, itemsOf, messageCount, type Item } from "./output.js";
import { ONLY_GRPCURL, Tools } from "./tools.js";

/** Each page, and the settings with which it says that its server runs. */
const PAGES: Readonly<Record<string, readonly string[]>> = {
  "README.md": [],
  "docs/grpcurl.md": ["--history-versions=8"],
};

/** Reflection has no session of its own: it is behind every other. */
const CALLED = /keyvaluedb\.v1\.(\w+Service\/\w+)|(grpc\.health\.v1\.Health\/\w+)/gu;

describe("sessions that the pages show", function () {
  this.timeout(120_000);

  let directory: string;
  let tools: Tools;
  let areWithoutGrpcurl: boolean;

  before(async () => {
    directory = await makeTemporaryDirectory();
    // To see on a machine that has grpcurl what one without it would.
    const found = process.env["GRPCURL"] === "no" ? undefined : await Tools.withGrpcurl();
    areWithoutGrpcurl = found === undefined;
    tools = found ?? (await Tools.withBufAlone(directory));
  });

  after(() => removeDirectory(directory));

  for (const [path, settings] of Object.entries(PAGES)) {
    describe(`of ${path}`, () => {
      const comparison = new Comparison();
      let server: ServerProcess;

      before(async () => {
        server = await ServerProcess.start(`${directory}/${path.replaceAll("/", "-")}`, settings);
      });

      after(() => server.dispose());

      for (const step of stepsOf(path)) {
        it(titleOf(step), async function () {
          const command = comparison
            .inCommand(step.command)
            .replaceAll(SHOWN_ADDRESS, server.address);
          const shown = itemsOf(step.output);
          const { code, output } = await tools.run(command, whenShown(step, shown));
          if (areWithoutGrpcurl && code === ONLY_GRPCURL) {
            skipBecause(this, "there is no grpcurl on this machine, and buf has nothing for it");
          }
          const problem = comparison.difference(shown, itemsOf(output));
          expect(problem, `${path}:${String(step.line)} printed\n${output}`).to.equal(undefined);
        });
      }
    });
  }

  it("call everything that the server has", () => {
    const steps = stepsOf("docs/grpcurl.md");
    // What that step shows is what the server has: it is run, too.
    const list = steps.find(({ command }) => command.includes("--list-methods"))?.output ?? "";
    const methods = list.match(CALLED) ?? [];
    expect(methods).to.have.length.of.at.least(20);
    const called = new Set(steps.flatMap(({ command }) => command.match(CALLED) ?? []));
    expect([...called].sort()).to.include.members(methods);
  });
});

/** A stream that the page interrupts is interrupted when all that the page shows has come. */
function whenShown({ output }: Step, shown: readonly Item[]): (printed: string) => boolean {
  if (!isInterrupted(output)) return () => false;
  const count = shown.filter(({ kind }) => kind === "message").length;
  return (printed) => messageCount(printed) >= count;
}

function titleOf({ command, line }: Step): string {
  const [what = command] = /\w+\/\w+\s*(\\|$)|\b(list|describe)\b.*/mu.exec(command) ?? [];
  return `line ${String(line)}: ${what.replace(/\s*\\$/u, "")}`;
}

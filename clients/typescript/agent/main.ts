/**
 * The agent of the conformance cases: reads a command a line, does each in its own time, and writes a line for each. See
 * clients/conformance/README.md.
 *
 *     node agent.js      reads from its standard input until that ends
 */

import { once } from "node:events";

import { eachLine } from "../../conformance/src/lines.js";
import { Commands, FunctionFailed } from "./commands.js";
import { toFailure, type Line } from "./to-line.js";

/** Who waits for `go`, by the id of the command. */
const waiting = new Map<unknown, () => void>();

function say(line: Line): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const commands = new Commands({
  say,
  untilGo: (id) => new Promise((resolve) => waiting.set(id, resolve)),
});

async function answer(line: Line): Promise<void> {
  const { id, of } = line;
  if (line["do"] === "go") {
    waiting.get(of)?.();
    waiting.delete(of);
    return;
  }
  try {
    const done = commands.do(line);
    if (done === undefined) say({ id, fault: `there is no command ${String(line["do"])}` });
    else say({ id, ok: await done });
  } catch (error) {
    if (error instanceof FunctionFailed) say({ id, error: { reason: "FUNCTION_FAILED" } });
    else say({ id, ...toFailure(error) });
  }
}

eachLine(process.stdin, (text) => {
  if (text.trim() !== "") void answer(JSON.parse(text) as Line);
});
await once(process.stdin, "end");
// Whatever is still under way has nobody left to tell.
process.exit(0);

/** One task in a process of its own, given as JSON; its figures go to standard output as JSON. */

import { letHeapGrow } from "../../src/app/heap-growth.js";
import { runHousekeepingTrial, runStartTrial } from "./engine-trial.js";
import { runKeydirTrial } from "./keydir-trial.js";
import type { Figures, Task } from "./options.js";

function run(task: Task): Promise<Figures> {
  if (task.part === "keydir") return runKeydirTrial(task);
  return task.part === "start" ? runStartTrial(task) : runHousekeepingTrial(task);
}

// As the server does.
letHeapGrow();
const [, , text] = process.argv;
if (text === undefined) throw new Error("a task is needed, as JSON");
// The engine's timers keep no process alive, and a compaction at its byte rate may wait for nothing else.
const alive = setInterval(() => undefined, 1000);
process.stdout.write(`${JSON.stringify(await run(JSON.parse(text) as Task))}\n`);
clearInterval(alive);

/** What every bench has around it: a directory on a disk, an end that leaves nothing behind, and a report that is written. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { killWhatRuns } from "./server-process.js";

const RESULTS = join(import.meta.dirname, "../../bench/results");

/** What came of a bench. */
export interface BenchOutcome {
  /** Of the files. */
  readonly name: string;
  readonly report: object;
  /** What is made of the report, by the files' endings: Markdown, a chart. */
  readonly pages: Readonly<Record<string, string>>;
  /** Whether each measurement counts. */
  readonly isWhole: boolean;
}

export interface Bench<Settings> {
  /** Throws where a flag is wrong. */
  readonly readSettings: () => Settings;
  /** Runs in a directory of its own. */
  readonly run: (settings: Settings, directory: string) => Promise<BenchOutcome>;
}

/** Runs it to its end; whatever is wrong is told on standard error, and in the exit code. */
export function runBench<Settings extends { readonly directory: string }>(
  bench: Bench<Settings>,
): void {
  attempt(bench).catch((error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}

async function attempt<Settings extends { readonly directory: string }>({
  readSettings,
  run,
}: Bench<Settings>): Promise<void> {
  if (process.platform !== "linux") {
    throw new Error("the bench reads /proc, so it runs on Linux only");
  }
  const settings = readSettings();
  const directory = mkdtempSync(join(settings.directory, "kvdb-bench-"));
  const cleanUp = (): void => {
    killWhatRuns();
    rmSync(directory, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      cleanUp();
      process.exit(1);
    });
  }
  try {
    write(await run(settings, directory));
  } finally {
    cleanUp();
  }
}

function write({ name, report, pages, isWhole }: BenchOutcome): void {
  mkdirSync(RESULTS, { recursive: true });
  const files = { json: `${JSON.stringify(report, null, 2)}\n`, ...pages };
  for (const [ending, text] of Object.entries(files)) {
    writeFileSync(join(RESULTS, `${name}.${ending}`), text);
  }
  const endings = Object.keys(files).map((ending) => `.${ending}`);
  process.stdout.write(`\nWritten to bench/results/${name}, as ${endings.join(", ")}.\n`);
  if (!isWhole) process.exitCode = 1;
}

/** Runs the real command in a process of its own, as a person or a script would. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const KVDB = fileURLToPath(new URL("../../src/app/cli/kvdb.js", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stdoutBytes: Buffer;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** The environment without settings that happen to be set where the tests run. */
export function cleanEnvironment(env: RunOptions["env"] = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("KVDB_"));
  return { ...Object.fromEntries(inherited), ...env };
}

export async function runKvdb(
  words: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [KVDB, ...words], {
    env: cleanEnvironment(options.env),
    cwd: options.cwd,
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A command that ends without reading its input closes the pipe; that is its right.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.stdin ?? "");
  const code = await exitOf(child);
  const stdoutBytes = Buffer.concat(stdout);
  return {
    code,
    stdout: stdoutBytes.toString(),
    stdoutBytes,
    stderr: Buffer.concat(stderr).toString(),
  };
}

/** Resolves when the process has ended and its output is read. */
export async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, "close")) as [number | null];
  return code;
}

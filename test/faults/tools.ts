/** Tools of the machine that tests of real faults need: each is tried out, and what is wrong with it is said. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why system calls cannot be made to fail, or undefined. */
export function straceProblem(): string | undefined {
  const inject = ["-e", "inject=fdatasync:error=EIO"];
  const words = ["-D", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", ...inject, "true"];
  return problemOf("strace", words);
}

/** Why the limits of a process cannot be set, or undefined. */
export function prlimitProblem(): string | undefined {
  return problemOf("prlimit", ["--nofile=64", "true"]);
}

/** From now on the process may have so many, of those that it has none is taken. Another call may raise it again. */
export function limitDescriptors(
  { pid }: { readonly pid: number | undefined },
  count: number,
): void {
  const words = [`--pid=${String(pid)}`, `--nofile=${String(count)}:`];
  const problem = problemOf("prlimit", words);
  if (problem !== undefined) throw new Error(problem);
}

/** Why no small disk can be mounted, or undefined. */
export function tmpfsProblem(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), "kvdb-mount-"));
  try {
    const problem = problemOf("mount", mountWords(directory, 1));
    if (problem === undefined) unmount(directory);
    return problem;
  } finally {
    rmdirSync(directory);
  }
}

/** Mounts a disk in memory that has room for so many MiB. */
export function mountTmpfs(directory: string, sizeMiB: number): void {
  const problem = problemOf("mount", mountWords(directory, sizeMiB));
  if (problem !== undefined) throw new Error(problem);
}

/** A process that still has a file on it keeps the disk, and nobody else sees it any more. */
export function unmount(directory: string): void {
  const problem = problemOf("umount", ["--lazy", directory]);
  if (problem !== undefined) throw new Error(problem);
}

/** Where Linux distributions keep the library that moves the clock of a process; undefined: it is not here. */
export function faketimeLibrary(): string | undefined {
  const name = "faketime/libfaketimeMT.so.1";
  const places = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].filter((place) => existsSync(place));
  const triplets = places.flatMap((place) =>
    readdirSync(place)
      .filter((entry) => entry.includes("-linux-gnu"))
      .map((entry) => join(place, entry)),
  );
  return [...places, ...triplets]
    .map((place) => join(place, name))
    .find((path) => existsSync(path));
}

function mountWords(directory: string, sizeMiB: number): string[] {
  return ["-t", "tmpfs", "-o", `size=${String(sizeMiB)}m,mode=0700`, "none", directory];
}

/** Why the command fails, or undefined. */
function problemOf(command: string, words: readonly string[]): string | undefined {
  const { error, status, stderr } = spawnSync(command, words, { encoding: "utf8" });
  if (error !== undefined) return `${command} is not here (${error.message})`;
  if (status === 0) return undefined;
  return `${command} does not work here: ${stderr.trim() || `it ended with ${String(status)}`}`;
}

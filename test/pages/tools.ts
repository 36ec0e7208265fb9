/** With what the commands of a page are run: grpcurl itself, or buf under its name. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { findCommand } from "../support/find-command.js";

/** What stands for grpcurl ends so where it has nothing for a command. */
export const ONLY_GRPCURL = 64;

const SHIM = "test/pages/grpcurl-by-buf.sh";
const COMMAND_MS_MAX = 20_000;

export interface Printed {
  /** Null: it was interrupted. */
  readonly code: number | null;
  readonly output: string;
}

/** Runs lines of a shell in which `grpcurl` and `buf` are there. */
export class Tools {
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(directories: readonly string[]) {
    const path = [...directories, process.env["PATH"] ?? ""].join(":");
    this.#environment = { ...process.env, PATH: path, BUF: bufBinary() };
  }

  /** Undefined where there is no grpcurl on this machine. */
  static async withGrpcurl(): Promise<Tools | undefined> {
    const grpcurl = await findCommand("grpcurl", ["-version"]);
    if (grpcurl === undefined) return undefined;
    return new Tools([dirname(bufBinary()), ...(grpcurl.includes("/") ? [dirname(grpcurl)] : [])]);
  }

  /** `buf curl` answers to the name of grpcurl, which is put into the directory. */
  static async withBufAlone(directory: string): Promise<Tools> {
    const shim = join(directory, "grpcurl");
    await copyFile(SHIM, shim);
    await chmod(shim, 0o755);
    return new Tools([directory, dirname(bufBinary())]);
  }

  /** What a terminal would show, messages before errors. With `isEnough` it is interrupted as by control-C, once that is so. */
  async run(
    command: string,
    isEnough: (output: string) => boolean = () => false,
  ): Promise<Printed> {
    // A group of its own, so that the signal reaches what the shell has started, as from a terminal.
    const child = spawn("sh", ["-c", command], { env: this.#environment, detached: true });
    const texts = { stdout: "", stderr: "" };
    const interrupt = (): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGINT");
    };
    const timer = setTimeout(interrupt, COMMAND_MS_MAX);
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        texts[name] += text;
        if (isEnough(texts.stdout)) interrupt();
      });
    }
    const [code] = (await once(child, "close")) as [number | null];
    clearTimeout(timer);
    return { code, output: texts.stdout + texts.stderr };
  }
}

/** The program itself: what npm puts into node_modules/.bin only starts it, and takes as long again to start. */
function bufBinary(): string {
  const name = `@bufbuild/buf-${process.platform}-${process.arch}`;
  return createRequire(import.meta.url).resolve(`${name}/bin/buf`);
}

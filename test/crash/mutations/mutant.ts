/** A mutated copy of the compiled program, in a directory of its own, with the tests beside it. */

import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import ts from "typescript";

import type { Mutation } from "./mutations.js";

/** What the compiled program and its tests look for beside them. */
const SHARED = ["node_modules", "package.json", "generated", "proto", "docs", "src", "test"];

/** The source with the mutation in it. Throws where the mutation fits no more. */
export function mutate(source: string, { name, file, edits }: Mutation): string {
  let text = source;
  for (const { find, replace } of edits) {
    const count = text.split(find).length - 1;
    if (count !== 1) {
      throw new Error(
        `${name}: ${file} has ${String(count)} places such as ${JSON.stringify(find)}`,
      );
    }
    text = text.replace(find, () => replace);
  }
  return text;
}

/** Has `run` work in a directory with the mutated program, which is gone after. */
export async function withMutant<T>(
  mutation: Mutation,
  run: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "kvdb-mutant-"));
  try {
    await cp("dist", join(directory, "dist"), { recursive: true });
    for (const name of SHARED) await symlink(resolve(name), join(directory, name));
    const compiled = join(directory, "dist", mutation.file.replace(/\.ts$/, ".js"));
    const mutated = mutate(await readFile(mutation.file, "utf8"), mutation);
    await writeFile(compiled, toJavaScript(mutated));
    return await run(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function toJavaScript(source: string): string {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  });
  return outputText;
}

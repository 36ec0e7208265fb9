/** The files that the tidy tests look at: what we wrote, found from the project's own folder. */

import { existsSync, readdirSync, readFileSync } from "node:fs";

export interface ProjectFile {
  /** Relative to the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** What a build of a client leaves in its folder. */
const BUILT = /\/(?:dist|node_modules)\//;

/** Every file under the folders whose name ends so, in order of path. */
export function projectFiles(
  folders: readonly string[],
  endings: readonly string[],
): readonly ProjectFile[] {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`),
    )
    .filter((path) => endings.some((ending) => path.endsWith(ending)) && !BUILT.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

/** The pages that a reader is sent to: the README, the change log and everything under docs/. */
export function pages(): readonly ProjectFile[] {
  const atTop = ["README.md", "CHANGELOG.md"];
  return [
    ...atTop.map((path) => ({ path, text: readFileSync(path, "utf8") })),
    ...projectFiles(["docs"], [".md"]),
  ];
}

/** The source of the product, as written by us. */
export function sources(): readonly ProjectFile[] {
  return projectFiles(["src"], [".ts"]);
}

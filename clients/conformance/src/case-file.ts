/**
 * Reads files of cases, and refuses what it does not understand: a step that says nothing known, a key that belongs to
 * another case, a name without a value. A refusal names the file, the case and the step.
 */

import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { parse } from "yaml";

import type { Case, Suite } from "./cases.js";
import { checkArguments } from "./arguments.js";
import { shapeOf } from "./commands.js";
import { isList, isObject, show, textOf, type Json, type JsonObject } from "./json.js";
import { StepReader } from "./step-reader.js";

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const SUITE_FIELDS = [
  "suite",
  "about",
  "server",
  "open",
  "tls",
  "disk_mib",
  "whole_store",
  "cases",
];
const CASE_FIELDS = ["name", "about", "steps"];

/** It lies in memory. */
const DISK_MIB_MAX = 256;

/** Every suite of a folder, in the order of the names of their files. */
export async function loadSuites(directory: string): Promise<readonly Suite[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".yaml")).sort();
  if (names.length === 0) throw new Error(`there are no cases in ${directory}`);
  const suites = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      return readSuite(path, await readFile(path, "utf8"));
    }),
  );
  return suites;
}

/** What one file says. Throws an Error that begins with where the mistake is. */
export function readSuite(file: string, text: string): Suite {
  return within(file, () => {
    const written = parse(text) as Json;
    if (!isObject(written)) throw new Error("a suite is an object");
    refuseOthers(written, SUITE_FIELDS);
    const name = nameIn(written, "suite");
    if (basename(file) !== `${name}.yaml`) throw new Error(`the suite is called ${name}`);
    const options = written["open"] ?? {};
    const allowed = { keyPrefix: "", variables: new Set<string>() };
    checkArguments(options, shapeOf("open") ?? "plain", allowed, "open");
    if (!isObject(options)) throw new Error("open is an object");
    const { cases } = written;
    if (!isList(cases) || cases.length === 0) throw new Error("a suite has cases");
    const isWholeStore = written["whole_store"] === true;
    const diskMib = diskIn(written);
    const hasDisk = diskMib !== undefined;
    const read = cases.map((each) => readCase(each, { isWholeStore, hasDisk }));
    refuseRepeated(read.map((each) => each.name));
    const settings = settingsIn(written["server"] ?? {});
    const isTls = written["tls"] === true;
    return { file, name, about: aboutIn(written), settings, isTls, diskMib, options, cases: read };
  });
}

function readCase(
  written: Json,
  options: { readonly isWholeStore: boolean; readonly hasDisk: boolean },
): Case {
  if (!isObject(written)) throw new Error(`a case is an object, not ${show(written)}`);
  const name = nameIn(written, "name");
  return within(name, () => {
    refuseOthers(written, CASE_FIELDS);
    const about = aboutIn(written);
    const { steps } = written;
    if (!isList(steps) || steps.length === 0) throw new Error("a case has steps");
    const reader = new StepReader({ keyPrefix: `${name}/`, ...options });
    const read = reader.readSteps(steps);
    reader.finish();
    return { name, about, steps: read };
  });
}

function settingsIn(written: Json): Readonly<Record<string, string>> {
  if (!isObject(written)) throw new Error("server is an object of settings");
  return Object.fromEntries(
    Object.entries(written).map(([name, value]) => {
      if (!["string", "number", "boolean"].includes(typeof value)) {
        throw new Error(`the setting ${name} cannot be ${show(value)}`);
      }
      return [name, textOf(value)];
    }),
  );
}

function diskIn({ disk_mib: diskMib }: JsonObject): number | undefined {
  if (diskMib === undefined) return undefined;
  if (typeof diskMib === "number" && diskMib > 0 && diskMib <= DISK_MIB_MAX) return diskMib;
  throw new Error(`disk_mib is a number up to ${String(DISK_MIB_MAX)}`);
}

function nameIn(written: JsonObject, field: string): string {
  const name = written[field];
  if (typeof name === "string" && NAME.test(name)) return name;
  throw new Error(`${field} must be words in lower case with hyphens between, not ${show(name)}`);
}

function aboutIn({ about }: JsonObject): string {
  if (typeof about === "string" && about !== "") return about;
  throw new Error("about says what it shows");
}

function refuseOthers(written: JsonObject, known: readonly string[]): void {
  const other = Object.keys(written).find((name) => !known.includes(name));
  if (other !== undefined) throw new Error(`\`${other}\` is not known here`);
}

function refuseRepeated(names: readonly string[]): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new Error(`there are two cases called ${repeated}`);
}

function within<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new Error(`${where}: ${problem}`, { cause: error });
  }
}

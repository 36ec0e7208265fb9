/**
 * Files that tests compare with what the code does now. `UPDATE_GOLDEN=1` writes them anew; a change of
 * one is a change of the format, or of the order in which the disk is asked, and is read as such.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { expect } from "chai";

export const GOLDEN_DIRECTORY = "test/golden";

/** Bytes in a line of a hex file: half a terminal. */
const LINE_BYTES = 32;

/** Whether this run is to write the files rather than compare with them. */
export function isUpdating(): boolean {
  return process.env["UPDATE_GOLDEN"] === "1";
}

/** The text is what the file says. */
export function expectGoldenText(name: string, text: string): void {
  const path = `${GOLDEN_DIRECTORY}/${name}`;
  if (isUpdating()) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(existsSync(path), `${path} is there; UPDATE_GOLDEN=1 makes it`).to.equal(true);
  expect(text, path).to.equal(readFileSync(path, "utf8"));
}

/** The bytes are those that the file holds in hex. */
export function expectGoldenBytes(name: string, bytes: Buffer): void {
  expectGoldenText(`bytes/${name}.hex`, toLines(bytes));
}

/** The bytes that a file holds in hex. */
export function goldenBytes(name: string): Buffer {
  const text = readFileSync(`${GOLDEN_DIRECTORY}/bytes/${name}.hex`, "utf8");
  return Buffer.from(text.replaceAll(/\s/g, ""), "hex");
}

function toLines(bytes: Buffer): string {
  const lines: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += LINE_BYTES) {
    lines.push(bytes.toString("hex", offset, offset + LINE_BYTES));
  }
  return lines.join("\n") + "\n";
}

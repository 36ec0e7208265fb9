/** Standard output at its reader's pace, in the form that was asked for. */

import { once } from "node:events";

import { terminalText } from "./terminal-text.js";

export class Printer {
  /** Whether the output is JSON, an object a line. */
  readonly json: boolean;
  readonly isTerminal: boolean;

  constructor(options: { readonly json: boolean }) {
    this.json = options.json;
    this.isTerminal = process.stdout.isTTY;
  }

  /** Resolves when there is room for more. */
  async write(text: string | Uint8Array): Promise<void> {
    if (!process.stdout.write(text)) await once(process.stdout, "drain");
  }

  /** The object as JSON where that was asked for, else the line for people. */
  async say(object: object, line: string): Promise<void> {
    await this.write(`${this.json ? JSON.stringify(object) : line}\n`);
  }

  /** A key or another text as it is; on a terminal, without what could harm it. */
  safe(text: string): string {
    return this.isTerminal ? terminalText(text) : text;
  }

  /** A remark beside the output: not part of it, so it goes to standard error. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}

/** Two columns, the first as wide as its longest. */
export function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

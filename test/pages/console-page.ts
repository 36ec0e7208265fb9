/** What a page shows of a terminal: the commands in its console blocks, each with the output below it. */

import { readFileSync } from "node:fs";

/** Where the servers of all pages listen. */
export const SHOWN_ADDRESS = "127.0.0.1:50051";

export interface Step {
  /** As it is typed, without the prompts. */
  readonly command: string;
  readonly output: string;
  /** Of the command, counted from 1. */
  readonly line: number;
}

const FENCE = "```";
const PROMPT = "$ ";
const PROMPT_FOR_MORE = "> ";

/** The steps of all blocks that call a server at that address, in the order of the page. */
export function stepsOf(path: string): readonly Step[] {
  return consoleBlocks(readFileSync(path, "utf8"))
    .filter(({ lines }) => lines.some((line) => line.includes(SHOWN_ADDRESS)))
    .flatMap(readBlock);
}

interface Block {
  readonly lines: readonly string[];
  /** Of the first line, counted from 1. */
  readonly line: number;
}

function consoleBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let block: { lines: string[]; line: number } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    if (line === `${FENCE}console`) block = { lines: [], line: index + 2 };
    else if (!line.startsWith(FENCE)) block?.lines.push(line);
    else if (block !== undefined) {
      blocks.push(block);
      block = undefined;
    }
  }
  return blocks;
}

function readBlock({ lines, line: first }: Block): readonly Step[] {
  const steps: { command: string[]; output: string[]; line: number }[] = [];
  for (const [index, line] of lines.entries()) {
    const step = steps.at(-1);
    if (line.startsWith(PROMPT)) {
      steps.push({ command: [line.slice(PROMPT.length)], output: [], line: first + index });
    } else if (step === undefined) {
      throw new Error(`line ${String(first + index)}: a console block begins with a command`);
    } else if (line.startsWith(PROMPT_FOR_MORE) && step.output.length === 0) {
      step.command.push(line.slice(PROMPT_FOR_MORE.length));
    } else {
      step.output.push(line);
    }
  }
  return steps.map(({ command, output, line }) => ({
    command: command.join("\n"),
    output: output.join("\n"),
    line,
  }));
}

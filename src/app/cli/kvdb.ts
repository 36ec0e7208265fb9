#!/usr/bin/env node
/** The program's front door: it hands the words of the command line over and ends as it is told. */

import { EXIT_CODES } from "../exit-codes.js";
import { runProgram } from "./program.js";

// A reader that goes away, such as `head`, ends us as it ends other tools: without a stack.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") process.stderr.write(`kvdb: standard output: ${error.message}\n`);
  process.exit(error.code === "EPIPE" ? EXIT_CODES["broken-pipe"].code : EXIT_CODES.file.code);
});
process.stderr.on("error", () => {
  process.exit(EXIT_CODES["broken-pipe"].code);
});

process.exitCode = EXIT_CODES[await runProgram(process.argv.slice(2))].code;

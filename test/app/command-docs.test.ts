/** docs/command.md has every command, every option and every exit code, as the program has them. */

import { readFile } from "node:fs/promises";

import { expect } from "chai";
import type { Command } from "commander";

import { buildProgram, COMMANDS } from "../../src/app/cli/program.js";
import { SETTING_NAMES, flagOf } from "../../src/app/config/settings.js";
import { EXIT_CODES, exitCodeMarkdown } from "../../src/app/exit-codes.js";

/** A command with those below it. */
function family(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(family)];
}

describe("docs/command.md", () => {
  let page = "";
  let commands: readonly Command[] = [];

  before(async () => {
    page = await readFile("docs/command.md", "utf8");
    const names = COMMANDS.map(({ name }) => name);
    const program = await buildProgram(names, () => undefined);
    commands = program.commands.flatMap(family);
  });

  it("names every command", () => {
    for (const command of commands) {
      const parent = command.parent?.name() === "kvdb" ? "" : `${command.parent?.name() ?? ""} `;
      const name = `${parent}${command.name()}`;
      if (command.commands.length === 0) expect(page).to.include(name);
    }
  });

  it("names every option that is not a setting", () => {
    const settings = SETTING_NAMES.map(flagOf);
    for (const option of commands.flatMap((command) => command.options)) {
      const flag = option.long ?? "";
      if (!settings.includes(flag)) expect(page, flag).to.include(flag);
    }
  });

  it("has the table of exit codes, each with a number of its own", () => {
    expect(page).to.include(exitCodeMarkdown());
    const codes = Object.values(EXIT_CODES).map(({ code }) => code);
    expect(new Set(codes).size).to.equal(codes.length);
  });

  it("is about commands that have a description", () => {
    for (const command of commands) expect(command.description(), command.name()).to.not.equal("");
  });
});

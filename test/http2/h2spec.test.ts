/** Every case of h2spec, where it is there, which knows the rules of HTTP/2 as RFC 7540 had them; what RFC 9113 has otherwise is listed. */

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect } from "chai";

import { findCommand } from "../support/find-command.js";
import { withTemporaryDirectory } from "../support/temporary-directory.js";
import { skipBecause } from "../support/skip-because.js";
import { EchoServer } from "./echo-server.js";

const run = promisify(execFile);

/** What it must find fault with, and why that is none. */
const NO_FAULTS: Readonly<Record<string, string>> = {
  "http2/3.5 Sends invalid connection preface":
    "a text says what is spoken here to whoever speaks HTTP/1, before the connection ends as it must",
  "http2/5.3.1 Sends HEADERS frame that depend on itself":
    "RFC 9113 has no priorities of that kind any more (5.3.2), and no such rule",
  "http2/5.3.1 Sends PRIORITY frame that depend on itself": "the same",
};

const CASES_MIN = 140;

interface Report {
  readonly cases: readonly string[];
  readonly faults: readonly string[];
}

function readReport(xml: string): Report {
  const cases: string[] = [];
  const faults: string[] = [];
  const each = /<testcase package="([^"]*)" classname="([^"]*)"[^>]*>\s*(<error|<failure)?/gu;
  for (const [, section = "", title = "", fault] of xml.matchAll(each)) {
    cases.push(`${section} ${title}`);
    if (fault !== undefined) faults.push(`${section} ${title}`);
  }
  return { cases, faults };
}

describe("HTTP/2 as h2spec knows it", () => {
  let h2spec: string;

  before(async function () {
    h2spec =
      (await findCommand("h2spec", ["--version"])) ??
      skipBecause(this, "there is no h2spec on this machine");
  });

  it("is what we speak", async () => {
    const server = await EchoServer.start();
    try {
      await withTemporaryDirectory(async (directory) => {
        const report = join(directory, "report.xml");
        const at = ["-h", "127.0.0.1", "-p", String(server.port), "-o", "1", "-j", report];
        // It ends with a failure where it finds any fault: the report tells.
        await run(h2spec, at).catch(() => undefined);
        const { cases, faults } = readReport(await readFile(report, "utf8"));
        expect(cases.length).to.be.at.least(CASES_MIN);
        expect([...faults].sort()).to.deep.equal(Object.keys(NO_FAULTS).sort());
      });
    } finally {
      for (const { isHeld, stream } of server.requests) if (isHeld) stream.done();
      await server.stop();
    }
  }).timeout(120_000);
});

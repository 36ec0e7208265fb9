/** `kvdb import` and `kvdb export` against a real server: what goes in comes out, and every line counts. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";

import { expect } from "chai";

import { KvError } from "../../src/base/index.js";
import type { SetCommand, Store } from "../../src/kv/index.js";
import { ModelServer } from "./model-server.js";
import { cleanEnvironment, exitOf, KVDB } from "./run-kvdb.js";
import { withDirectory } from "./temporary-directory.js";

const LINES = [
  '{"key":"a/1","value":{"z":1,"a":[1.10,123456789012345678901234567890],"t":"ü\\n\\u0000"}}',
  '{"key":"a/2","value":"text"}',
  '{"key":"a/3","value":null,"expire_time":"2099-01-01T00:00:00.000Z"}',
  '{"key":"b/\\"quoted\\"","value_base64":"AP8="}',
  '{"key":"b/😀","value_base64":"","content_type":"text/plain"}',
  '{"key":"c","value":[],"content_type":"x/y"}',
];
const FILE = `${LINES.join("\n")}\n`;

/** As an export writes the last of them: an unusual content type keeps a value from being JSON. */
const EXPORTED = FILE.replace(
  '"value":[],"content_type":"x/y"',
  '"value_base64":"W10=","content_type":"x/y"',
);

interface Report {
  readonly whole: boolean;
  readonly imported: number;
  readonly bad: number;
  readonly expired: number;
  readonly next_line?: number;
  readonly bad_lines: readonly { readonly line: number; readonly reason: string }[];
}

/** The model, with another way to set. */
function withSet(model: Store, set: Store["set"]): Store {
  return new Proxy(model, {
    get(target, name) {
      if (name === "set") return set;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

describe("import and export", function () {
  // Processes are started, and a busy machine starts them slowly.
  this.timeout(60_000);

  let server: ModelServer;

  beforeEach(async () => {
    server = await ModelServer.start();
  });
  afterEach(async () => {
    await server.stop();
  });

  async function importText(text: string | Buffer, ...words: string[]): Promise<Report> {
    const outcome = await server.run(["import", "-", "--json", ...words], { stdin: text });
    return JSON.parse(outcome.stdout) as Report;
  }

  async function exported(...words: string[]): Promise<string> {
    return (await server.run(["export", "-", ...words])).stdout;
  }

  it("give back each key and each value as it came", async () => {
    expect(await importText(FILE)).to.include({ whole: true, imported: 6, bad: 0 });
    expect(await exported()).to.equal(EXPORTED);
    expect(await exported("--prefix", "b/")).to.equal(`${LINES.slice(3, 5).join("\n")}\n`);
    expect(await importText(EXPORTED)).to.include({ imported: 6 });
    expect(await exported()).to.equal(EXPORTED);
  });

  it("read and write files, packed by content on the way in and by name on the way out", async () => {
    await withDirectory(async (directory) => {
      const input = join(directory, "packed-without-saying-so");
      const output = join(directory, "out.jsonl.gz");
      await writeFile(input, gzipSync(FILE));
      expect((await server.run(["import", input])).code).to.equal(0);
      const outcome = await server.run(["export", output]);
      expect(outcome.code).to.equal(0);
      expect(outcome.stderr).to.match(/^exported 6 keys .*; all at revision 6$/m);
      expect(gunzipSync(await readFile(output)).toString()).to.equal(EXPORTED);
      expect((await readdir(directory)).sort()).to.deep.equal([
        "out.jsonl.gz",
        input.slice(directory.length + 1),
      ]);
    });
  });

  it("write nothing that a bar or a colour is made of where nobody looks", async () => {
    const outcome = await server.run(["import", "-"], { stdin: FILE });
    expect(outcome.stderr).to.equal("");
    expect(outcome.stdout).to.match(/^imported 6 keys in [\d.]+ s \([\d,]+ a second\)\n$/);
  });

  const BAD = [
    LINES[0] ?? "",
    "{nonsense",
    LINES[1] ?? "",
    '{"key":"k","value_base64":"!"}',
    `{"key":"${"k".repeat(5000)}","value":1}`,
    '{"key":"old","value":1,"expire_time":"2001-01-01T00:00:00Z"}',
    "",
    LINES[2] ?? "",
  ];

  it("stop at the first bad line, naming it, and say where to go on", async () => {
    const outcome = await server.run(["import", "-"], { stdin: BAD.join("\n") });
    expect(outcome.code).to.equal(6);
    expect(outcome.stderr).to.match(/^line 2: it is not JSON: .+\n$/);
    expect(outcome.stdout).to.match(/^imported 1 key .*go on with --from-line 2\n$/);
    expect(await exported()).to.equal(`${LINES[0] ?? ""}\n`);
  });

  it("go on past bad lines when told to, and count all of them", async () => {
    const report = await importText(BAD.join("\n"), "--skip-bad");
    expect(report).to.include({ whole: true, imported: 3, bad: 3, expired: 1 });
    const reasons = [...report.bad_lines].sort((left, right) => left.line - right.line);
    expect(reasons.map(({ line }) => line)).to.deep.equal([2, 4, 5]);
    // What the server alone can tell is a bad line too.
    expect(reasons[2]?.reason).to.match(/^key: .*4,?096/);
    expect(await exported()).to.equal(`${LINES.slice(0, 3).join("\n")}\n`);
  });

  it("take a line that is not text or too long for a bad one", async () => {
    const text = Buffer.concat([
      Buffer.from([0xff, 0x0a]),
      Buffer.alloc(3000, "x"),
      Buffer.from("\n"),
    ]);
    const report = await importText(text, "--skip-bad", "--line-bytes", "1KiB");
    expect(report.bad_lines.map(({ reason }) => reason)).to.deep.equal([
      "it is not UTF-8",
      "it is longer than 1024 bytes",
    ]);
  });

  it("go on from a line", async () => {
    expect(await importText(FILE, "--from-line", "5")).to.include({ imported: 2, whole: true });
  });

  it("refuse a longest line that is too short to be meant", async () => {
    const outcome = await server.run(["import", "-", "--line-bytes", "10"], { stdin: FILE });
    expect(outcome.code).to.equal(2);
    expect(outcome.stderr).to.include("Allowed is from 1 KiB to 256 MiB.");
  });

  it("let the last of several lines for a key win", async () => {
    const lines = Array.from({ length: 300 }, (_, index) => `{"key":"k","value":${String(index)}}`);
    await importText(lines.join("\n"));
    expect(await exported()).to.equal('{"key":"k","value":299}\n');
  });

  it("say that packed data ends early, having set what was whole", async () => {
    const packed = gzipSync(
      Array.from(
        { length: 2000 },
        (_, index) => `{"key":"k${String(index)}","value":${String(Math.sin(index))}}\n`,
      ).join(""),
    );
    const outcome = await server.run(["import", "-"], {
      stdin: packed.subarray(0, packed.length / 2),
    });
    expect(outcome.code).to.equal(7);
    expect(outcome.stderr).to.equal("kvdb: the file: the gzip data ends early\n");
    expect(outcome.stdout).to.include("not done");
  });

  it("end with 7 where a file cannot be had", async () => {
    await withDirectory(async (directory) => {
      for (const words of [
        ["import", join(directory, "none")],
        ["import", directory],
        ["export", join(directory, "none", "out")],
        ["export", directory],
      ]) {
        const outcome = await server.run(words);
        expect(outcome.code, words.join(" ")).to.equal(7);
        expect(outcome.stderr).to.include(`kvdb: ${words[1] ?? ""}: `);
      }
    });
  });

  it("an import that is interrupted finishes what is under way and accounts for it", async () => {
    const child = spawn(process.execPath, [KVDB, "import", "-", "--json"], {
      env: cleanEnvironment({ KVDB_ADDRESS: server.address }),
      stdio: ["pipe", "pipe", "inherit"],
    });
    const stdout: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stdin.write(`${LINES.slice(0, 3).join("\n")}\n`);
    while ((await server.store.status()).keyCount < 3) await turn();
    child.kill("SIGINT");
    expect(await exitOf(child)).to.equal(130);
    const report = JSON.parse(Buffer.concat(stdout).toString()) as Report;
    expect(report).to.include({ whole: false, imported: 3, next_line: 4 });
  });

  it("an export whose reader goes away ends without a stack", async () => {
    const lines = Array.from(
      { length: 300 },
      (_, index) => [`k${String(index)}`, "v".repeat(2000)] as const,
    );
    await server.put(...lines);
    const child = spawn(process.execPath, [KVDB, "export", "-"], {
      env: cleanEnvironment({ KVDB_ADDRESS: server.address }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const stderr: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    await once(child.stdout, "data");
    child.stdout.destroy();
    expect(await exitOf(child)).to.equal(141);
    expect(Buffer.concat(stderr).toString()).to.equal("");
  });
});

describe("an import into a server in trouble", function () {
  // Processes are started, and a busy machine starts them slowly.
  this.timeout(60_000);

  let server: ModelServer | undefined;

  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  async function runWith(set: (model: Store, command: SetCommand) => ReturnType<Store["set"]>) {
    server = await ModelServer.start((model) => withSet(model, (command) => set(model, command)));
    return server.run(["import", "-", "--json", "--in-flight", "1"], { stdin: FILE });
  }

  const context = { throwIfAbandoned: () => undefined };

  it("tries again what the server has no room for", async () => {
    let refusals = 0;
    const outcome = await runWith((model, command) => {
      refusals += 1;
      if (refusals % 2 === 0) return model.set(command, context);
      return Promise.reject(new KvError("OVERLOADED", "full", { retryAfterMs: 1 }));
    });
    expect(outcome.code).to.equal(0);
    expect(JSON.parse(outcome.stdout)).to.include({ imported: 6 });
    expect(refusals).to.equal(12);
  });

  it("stops where an outcome is uncertain, and tells the line", async () => {
    const outcome = await runWith((model, command) =>
      command.key.toString() === "a/3"
        ? Promise.reject(new KvError("STORAGE_FAILED", "the disk refused"))
        : model.set(command, context),
    );
    expect(outcome.code).to.equal(5);
    expect(outcome.stderr).to.equal("kvdb: line 3: the disk refused\n");
    expect(JSON.parse(outcome.stdout)).to.include({ imported: 2, whole: false, next_line: 3 });
  });
});

/** The main job on something real: it goes in over gRPC, comes out the same, and survives a kill on the way. */

import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { MIB } from "../../src/base/index.js";
import { Importer } from "../../src/app/transfer/importer.js";
import { connect } from "../../src/grpc/index.js";
import type { SetCommand, Store } from "../../src/kv/store.js";
import { runKvdb, type Outcome } from "../app/run-kvdb.js";
import { ALL_KEYS, PATIENT, listAllKeys, pageOf, valueOf } from "../support/calls.js";
import { ServerProcess } from "../support/server-process.js";
import { makeTemporaryDirectory, removeDirectory } from "../support/temporary-directory.js";
import { loadPackages, parsePackage, textOf } from "./packages.js";
import { SCENARIO_MS_MAX, tell } from "./scale.js";

const SETTINGS = ["--segment-bytes=8MiB", "--shutdown-grace=0"];

interface ImportReport {
  readonly whole: boolean;
  readonly imported: number;
  readonly next_line?: number;
}

describe("real data", function () {
  this.timeout(SCENARIO_MS_MAX);

  const { lines, origin } = loadPackages();
  const text = textOf(lines);
  let directory = "";
  let data = "";
  let server: ServerProcess;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
    data = join(directory, "data");
    server = await ServerProcess.start(data, SETTINGS);
  });

  afterEach(async () => {
    await server.dispose();
    await removeDirectory(directory);
  });

  const kvdb = (...words: readonly string[]): Promise<Outcome> =>
    runKvdb([...words, "--address", server.address]);

  async function keyCount(address: string): Promise<number> {
    const store = connect({ address });
    try {
      return (await store.listKeys(pageOf({ range: ALL_KEYS, countOnly: true }), PATIENT))
        .totalSize;
    } finally {
      await store.close();
    }
  }

  /** Resolves when the store has so many keys. */
  async function untilKeys(count: number): Promise<void> {
    while ((await keyCount(server.address)) < count);
  }

  async function killAndStartAgain(): Promise<void> {
    await server.end("SIGKILL");
    server = await ServerProcess.start(data, SETTINGS);
  }

  it(`comes out as it went in (${origin})`, async () => {
    const file = join(directory, "packages.jsonl.gz");
    await writeFile(file, gzipSync(text));
    const imported = await kvdb("import", file);
    expect(imported.code, imported.stderr).to.equal(0);
    tell(imported.stdout.trim());

    const prefix = "deb/doc/";
    const keys = lines
      .map((line) => parsePackage(line).key)
      .filter((key) => key.startsWith(prefix));
    expect(keys).to.have.length.above(1);
    const listed = await kvdb("list", "--prefix", prefix);
    expect(listed.stdout).to.equal(textOf(keys));
    const counted = await kvdb("list", "--prefix", prefix, "--count");
    expect(counted.stdout).to.equal(`${String(keys.length)}\n`);

    const exported = await kvdb("export", "-");
    expect(exported.code, exported.stderr).to.equal(0);
    expect(exported.stdout === text, "what was exported is what was imported").to.equal(true);
    tell(exported.stderr.trim());
  });

  it("goes on, after a kill in the middle of an import, from the line that the import names", async () => {
    const importing = runKvdb(["import", "-", "--json", "--address", server.address], {
      stdin: text,
    });
    await untilKeys(lines.length / 4);
    await killAndStartAgain();
    const cut = await importing;
    expect(cut.code, cut.stderr).to.equal(3);
    expect(cut.stderr).to.match(/^kvdb: line \d+: the connection to \S+ broke: /);
    const report = JSON.parse(cut.stdout) as ImportReport;
    const nextLine = report.next_line ?? 0;
    expect(report.whole).to.equal(false);
    expect(report.imported)
      .to.be.at.least(nextLine - 1)
      .and.below(lines.length);
    expect(await keyCount(server.address)).to.be.at.least(report.imported);
    const end = parsePackage(lines[nextLine - 1] ?? "").key;
    const upTo = await kvdb("export", "-", "--end", end);
    expect(
      upTo.stdout === textOf(lines.slice(0, nextLine - 1)),
      "lines before that are there",
    ).to.equal(true);
    tell(`killed with ${String(report.imported)} acknowledged; to go on from ${String(nextLine)}`);

    const words = ["import", "-", "--from-line", String(nextLine), "--address", server.address];
    expect((await runKvdb(words, { stdin: text })).code).to.equal(0);
    const exported = await kvdb("export", "-");
    expect(exported.stdout === text, "the whole file is there").to.equal(true);
  });

  it("keeps each line that was acknowledged through a kill, and none that was never sent", async () => {
    const sent = new Set<string>();
    const acknowledged = new Map<string, string>();
    const remote = connect({ address: server.address });
    const recording = withSet(remote, async (command) => {
      sent.add(command.key.toString());
      const result = await remote.set(command, PATIENT);
      acknowledged.set(command.key.toString(), command.value.toString());
      return result;
    });
    const importing = importInto(recording, text).then(
      () => "done",
      () => "cut",
    );
    while (acknowledged.size < lines.length / 3) await new Promise(setImmediate);
    await killAndStartAgain();
    expect(await importing).to.equal("cut");
    await remote.close();

    const store = connect({ address: server.address });
    try {
      const present = await listAllKeys(store);
      expect(present.filter((key) => !sent.has(key))).to.deep.equal([]);
      for (const [key, value] of acknowledged) expect(await valueOf(store, key)).to.equal(value);
      tell(`${String(acknowledged.size)} acknowledged, ${String(present.length)} there`);
    } finally {
      await store.close();
    }
  });
});

/** The store, with another way to set. */
function withSet(store: Store, set: (command: SetCommand) => ReturnType<Store["set"]>): Store {
  return new Proxy(store, {
    get: (target, name) => (name === "set" ? set : (Reflect.get(target, name) as unknown)),
  });
}

/** What `kvdb import` does, within this process, so that each acknowledgement is seen. */
async function importInto(store: Store, text: string): Promise<void> {
  const importer = new Importer({
    store,
    context: PATIENT,
    inFlightMax: 256,
    lineBytesMax: MIB,
    fromLine: 1,
    retryMsMax: 1000,
    onBadLine: (number, reason) => {
      throw new Error(`line ${String(number)}: ${reason}`);
    },
    onLine: () => undefined,
    signal: new AbortController().signal,
  });
  await importer.run(Readable.from([Buffer.from(text)]));
}

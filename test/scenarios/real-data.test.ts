/** The main job on something real: it goes in over gRPC, comes out the same, and survives a kill on the way. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";

import { expect } from "chai";

import { Importer } from "../../src/app/transfer/importer.js";
import { MIB } from "../../src/base/index.js";
import { connect } from "../../src/grpc/index.js";
import type { SetCommand, Store } from "../../src/kv/index.js";
import { runKvdb } from "../app/run-kvdb.js";
import { listAllKeys, PATIENT, valueOf } from "../support/calls.js";
import { loadPackages, parsePackage, textOf } from "./packages.js";
import { SCENARIO_MS_MAX, tell } from "./scale.js";
import { Stage } from "./stage.js";

interface ImportReport {
  readonly whole: boolean;
  readonly imported: number;
  readonly next_line?: number;
}

describe("real data", function () {
  this.timeout(SCENARIO_MS_MAX);

  const { lines, origin } = loadPackages();
  const text = textOf(lines);

  it(`comes out as it went in (${origin})`, async () => {
    await Stage.with([], async ({ address, directory }) => {
      const file = join(directory, "packages.jsonl.gz");
      await writeFile(file, gzipSync(text));
      const imported = await runKvdb(["import", file, "-a", address]);
      expect(imported.code, imported.stderr).to.equal(0);
      tell(imported.stdout.trim());

      const prefix = "deb/doc/";
      const all = lines.map((line) => parsePackage(line).key);
      const keys = all.filter((key) => key.startsWith(prefix));
      expect(keys).to.have.length.above(1);
      const listed = await runKvdb(["list", "--prefix", prefix, "-a", address]);
      expect(listed.stdout).to.equal(textOf(keys));
      const counted = await runKvdb(["list", "--prefix", prefix, "--count", "-a", address]);
      expect(counted.stdout).to.equal(`${String(keys.length)}\n`);

      const exported = await runKvdb(["export", "-", "-a", address]);
      expect(exported.code, exported.stderr).to.equal(0);
      expect(exported.stdout === text, "what was exported is what was imported").to.equal(true);
      tell(exported.stderr.trim());
    });
  });

  it("goes on, after a kill in the middle of an import, from the line that the import names", async () => {
    await Stage.with([], async (stage) => {
      const words = ["import", "-", "--json", "-a", stage.address];
      const importing = runKvdb(words, { stdin: text });
      await untilKeys(stage.address, lines.length / 4);
      await stage.end("SIGKILL");
      await stage.start();
      const cut = await importing;
      expect(cut.code, cut.stderr).to.equal(3);
      expect(cut.stderr).to.match(/^kvdb: line \d+: the connection to \S+ broke: /);
      const report = JSON.parse(cut.stdout) as ImportReport;
      const nextLine = report.next_line ?? 0;
      expect(report.whole).to.equal(false);
      expect(report.imported)
        .to.be.at.least(nextLine - 1)
        .and.below(lines.length);
      tell(`${String(report.imported)} acknowledged; to go on from line ${String(nextLine)}`);

      const to = ["-a", stage.address];
      const counted = await runKvdb(["list", "--count", ...to]);
      expect(Number(counted.stdout)).to.be.at.least(report.imported);
      const { key: end } = parsePackage(lines[nextLine - 1] ?? "");
      const upTo = await runKvdb(["export", "-", "--end", end, ...to]);
      const isThere = upTo.stdout === textOf(lines.slice(0, nextLine - 1));
      expect(isThere, "every line before that one is there").to.equal(true);

      const rest = ["import", "-", "--from-line", String(nextLine), ...to];
      expect((await runKvdb(rest, { stdin: text })).code).to.equal(0);
      const exported = await runKvdb(["export", "-", ...to]);
      expect(exported.stdout === text, "the whole file is there").to.equal(true);
    });
  });

  it("keeps each line that was acknowledged through a kill, and none that was never sent", async () => {
    await Stage.with([], async (stage) => {
      const sent = new Set<string>();
      const acknowledged = new Map<string, string>();
      const remote = connect({ address: stage.address });
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
      await stage.end("SIGKILL");
      await stage.start();
      expect(await importing).to.equal("cut");
      await remote.close();

      const store = connect({ address: stage.address });
      const present = await listAllKeys(store);
      expect(present.filter((key) => !sent.has(key))).to.deep.equal([]);
      for (const [key, value] of acknowledged) expect(await valueOf(store, key)).to.equal(value);
      tell(`${String(acknowledged.size)} acknowledged, ${String(present.length)} there`);
      await store.close();
    });
  });
});

/** Resolves when the store has so many keys. */
async function untilKeys(address: string, count: number): Promise<void> {
  const store = connect({ address });
  while ((await store.status()).keyCount < count);
  await store.close();
}

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

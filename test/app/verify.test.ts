/** `kvdb verify` and `kvdb salvage` with real files: what a person sees, and how each of them ends. */

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { connect } from "../../src/grpc/index.js";
import { bytes, PATIENT, setOf } from "../support/calls.js";
import { KVDB, runKvdb } from "./run-kvdb.js";
import { ServerProcess } from "./server-process.js";
import { withDirectory } from "./temporary-directory.js";

const SERVE = ["--listen", "127.0.0.1:0", "--shutdown-grace", "0", "--segment-bytes", "8 MiB"];

interface Summary {
  readonly finding_count: number;
  readonly copied: number;
}

describe("verification", function () {
  // Processes are started, and a busy machine starts them slowly.
  this.timeout(120_000);

  const running = new Set<ServerProcess>();

  afterEach(async () => {
    for (const server of running) await server.kill();
    running.clear();
  });

  async function start(data: string): Promise<{ server: ServerProcess; address: string }> {
    const server = new ServerProcess(KVDB, ["serve", "--data", data, ...SERVE]);
    running.add(server);
    return { server, address: await server.ready() };
  }

  /** Runs a server over the directory for as long as `work` takes. */
  async function serving(data: string, work: (address: string) => Promise<void>): Promise<void> {
    const { server, address } = await start(data);
    await work(address);
    server.signal("SIGTERM");
    expect(await server.exit).to.equal(0);
  }

  async function closedStore(data: string): Promise<void> {
    await serving(data, async (address) => {
      const store = connect({ address });
      const sets = Array.from({ length: 50 }, (_, index) =>
        store.set(setOf(`key ${String(index)}`, `value ${String(index)}`), PATIENT),
      );
      await Promise.all(sets);
      await store.delete({ key: bytes("key 7") }, PATIENT);
      await store.snapshot(PATIENT);
      await store.close();
    });
  }

  /** Flips a bit of the value in whichever segment has it; returns that file, relative to the directory. */
  async function damage(data: string, value: string): Promise<string> {
    for (const name of await readdir(join(data, "segments"))) {
      const path = join(data, "segments", name);
      const content = await readFile(path);
      const at = content.indexOf(value);
      if (at < 0) continue;
      content[at] = (content[at] ?? 0) ^ 1;
      await writeFile(path, content);
      return `segments/${name}`;
    }
    throw new Error("no segment has it");
  }

  it("of a closed store that is whole says so, and changes nothing", async () => {
    await withDirectory(async (directory) => {
      const data = join(directory, "data");
      await closedStore(data);
      const before = await fingerprint(data);
      const outcome = await runKvdb(["verify", data]);
      expect(outcome.stdout).to.match(/^verified \d segments?, .*all is whole\n$/);
      expect(outcome).to.include({ code: 0, stderr: "" });
      expect(await fingerprint(data)).to.deep.equal(before);
    });
  });

  it("names file and byte of what is damaged, as does a start; and salvage copies the rest", async () => {
    await withDirectory(async (directory) => {
      const data = join(directory, "data");
      const copy = join(directory, "copy");
      await closedStore(data);
      const file = await damage(data, "value 33");
      const before = await fingerprint(data);
      const found = await runKvdb(["verify", data, "--json"]);
      expect(found.code).to.equal(14);
      const [finding = "", summary = ""] = found.stdout.split("\n");
      expect(JSON.parse(finding)).to.include({ file }).and.to.have.property("offset");
      expect(JSON.parse(summary) as Summary).to.include({ finding_count: 1 });
      expect(found.stderr).to.include(`kvdb salvage ${data} `);

      const salvaged = await runKvdb(["salvage", data, copy]);
      expect(salvaged.code, salvaged.stderr).to.equal(14);
      expect(salvaged.stdout).to.match(/^lost key: key 33 \(revision \d+, segments\//m);
      expect(salvaged.stdout).to.match(/^copied 48 keys into /m);
      expect(await fingerprint(data), "the source is as it was").to.deep.equal(before);
      await serving(copy, async (address) => {
        expect((await runKvdb(["get", "key 8", "-a", address])).stdout).to.equal("value 8");
        expect((await runKvdb(["get", "key 7", "-a", address])).code).to.equal(1);
        expect((await runKvdb(["verify", "-a", address])).code).to.equal(0);
      });

      await rm(join(data, "checkpoints"), { recursive: true });
      const refused = await runKvdb(["serve", "--data", data, ...SERVE]);
      expect(refused.code).to.equal(14);
      expect(refused.stderr)
        .to.include(`kvdb verify ${data}`)
        .and.to.include(`kvdb salvage ${data} `);
    });
  });

  it("salvages without a manifest, and from a segment that was cut", async () => {
    await withDirectory(async (directory) => {
      const data = join(directory, "data");
      await closedStore(data);
      await rm(join(data, "MANIFEST"));
      const whole = await runKvdb(["salvage", data, join(directory, "one"), "--json"]);
      expect(JSON.parse(whole.stdout.trim().split("\n").at(-1) ?? "") as Summary).to.include({
        copied: 49,
      });
      const [name = ""] = await readdir(join(data, "segments"));
      const path = join(data, "segments", name);
      await truncate(path, Math.floor((await stat(path)).size / 2));
      const cut = await runKvdb(["salvage", data, join(directory, "two"), "--json"]);
      expect(cut.code).to.equal(14);
      const { copied } = JSON.parse(cut.stdout.trim().split("\n").at(-1) ?? "") as Summary;
      expect(copied).to.be.within(5, 44);
    });
  });

  it("of a running server finds what is damaged on disk, and the status and the log have it", async () => {
    await withDirectory(async (directory) => {
      const data = join(directory, "data");
      await closedStore(data);
      const { server, address } = await start(data);
      expect((await runKvdb(["verify", "-a", address])).stdout).to.match(
        /^verified \d+ files?, .*all is whole\n$/,
      );
      const file = await damage(data, "value 21");
      const found = await runKvdb(["verify", "-a", address]);
      expect(found.code).to.equal(14);
      expect(found.stdout).to.include(`${file}: byte `);
      await runKvdb(["verify", "-a", address]);
      const status = await runKvdb(["status", "-a", address]);
      expect(status.stdout)
        .to.include(`corrupt since `)
        .and.to.include(`${file} is damaged at byte `);
      expect(status.stdout).to.match(/^scrub +none yet; the next is at \d+ %/m);
      const told = server.logText.split("\n").filter((line) => line.includes("found damage"));
      expect(told, "however often it is met").to.have.lengthOf(1);
      const locked = await runKvdb(["verify", data]);
      expect(locked.code).to.equal(12);
    });
  });

  it("refuses what cannot be", async () => {
    await withDirectory(async (directory) => {
      const data = join(directory, "data");
      await closedStore(data);
      const empty = join(directory, "empty");
      await mkdir(empty);
      const other = join(directory, "other");
      await mkdir(other);
      await writeFile(join(other, "file"), "");
      const WRONG: readonly (readonly [readonly string[], number])[] = [
        [["verify", join(directory, "none")], 16],
        [["verify", empty], 16],
        [["verify", data, "-a", "127.0.0.1:1"], 2],
        [["verify", data, data], 2],
        [["verify", "-a", "127.0.0.1:1", "--timeout", "5s"], 3],
        [["salvage", data], 2],
        [["salvage", empty, join(directory, "out")], 16],
        [["salvage", data, data], 2],
        [["salvage", data, join(data, "inside")], 2],
        [["salvage", data, other], 15],
        [["salvage", data, join(directory, "out"), "--key-order", "none"], 2],
        [["salvage", data, join(directory, "out"), "--key-order", "reverse"], 2],
      ];
      for (const [words, code] of WRONG) {
        const outcome = await runKvdb(words);
        expect(outcome.code, `${words.join(" ")}: ${outcome.stderr}`).to.equal(code);
        expect(outcome.stderr, words.join(" ")).to.match(/^kvdb: /);
      }
      expect(await readdir(directory)).to.have.members(["data", "empty", "other"]);
    });
  });
});

/** Every file with its size, its time and its content. */
async function fingerprint(directory: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const { mtimeMs, ctimeMs, size } = await stat(path);
    const content = entry.isFile()
      ? createHash("sha256")
          .update(await readFile(path))
          .digest("hex")
      : "";
    lines.push(`${path} ${String(size)} ${String(mtimeMs)} ${String(ctimeMs)} ${content}`);
  }
  return lines.sort();
}

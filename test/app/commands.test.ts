/** The commands that speak to a server: output for people and programs, and how each one ends. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { FORMAT_VERSION } from "../../src/log/index.js";
import { skipBecause } from "../support/skip-because.js";
import { ModelServer } from "./model-server.js";
import { cleanEnvironment, exitOf, KVDB, runKvdb } from "./run-kvdb.js";
import { withDirectory } from "./temporary-directory.js";

interface Got {
  readonly value?: unknown;
  readonly value_text?: string;
  readonly value_base64?: string;
  readonly content_type?: string;
  readonly revision: number;
  readonly version: number;
  readonly expire_time?: string;
}

describe("a command", function () {
  // Processes are started, and a busy machine starts them slowly.
  this.timeout(60_000);

  let server: ModelServer;

  beforeEach(async () => {
    server = await ModelServer.start();
  });
  afterEach(async () => {
    await server.stop();
  });

  async function got(key: string): Promise<Got> {
    return JSON.parse((await server.run(["get", key, "--json"])).stdout) as Got;
  }

  describe("set", () => {
    it("takes the value from an argument, standard input or a file, byte for byte", async () => {
      const bytes = Buffer.from([0, 10, 255, 13, 10]);
      expect((await server.run(["set", "a", "text"])).stdout).to.equal("set, revision 1\n");
      expect((await server.run(["set", "b", "-"], { stdin: bytes })).code).to.equal(0);
      await withDirectory(async (directory) => {
        const path = join(directory, "value");
        await writeFile(path, bytes);
        expect((await server.run(["set", "c", "--file", path])).code).to.equal(0);
      });
      expect((await server.run(["get", "a"])).stdout).to.equal("text");
      expect((await server.run(["get", "b"])).stdoutBytes).to.deep.equal(bytes);
      expect((await server.run(["get", "c"])).stdoutBytes).to.deep.equal(bytes);
    });

    it("takes an empty value, and one that begins with a dash", async () => {
      expect((await server.run(["set", "a", ""])).code).to.equal(0);
      expect((await server.run(["set", "b", "--", "-5"])).code).to.equal(0);
      expect((await server.run(["get", "a"])).stdout).to.equal("");
      expect((await server.run(["get", "b"])).stdout).to.equal("-5");
    });

    it("sets, keeps and clears the expiration", async () => {
      const first = await server.run(["set", "a", "1", "--ttl", "1h", "--json"]);
      const expireTime = (JSON.parse(first.stdout) as Got).expire_time ?? "";
      expect(Date.parse(expireTime) - Date.now()).to.be.within(3_500_000, 3_600_000);
      await server.run(["set", "a", "2", "--keep-expiration"]);
      expect((await got("a")).expire_time).to.equal(expireTime);
      await server.run(["set", "a", "3", "--expire-time", "2099-01-01T00:00:00+01:00"]);
      expect((await got("a")).expire_time).to.equal("2098-12-31T23:00:00.000Z");
      await server.run(["set", "a", "4"]);
      expect(await got("a"))
        .to.include({ version: 4 })
        .and.not.have.property("expire_time");
    });

    it("refuses what does not go together", async () => {
      const WRONG = [
        ["set", "a"],
        ["set", "a", "v", "--file", "f"],
        ["set", "a", "v", "--ttl", "1s", "--keep-expiration"],
        ["set", "a", "v", "--ttl", "5"],
        ["set", "a", "v", "--expire-time", "tomorrow"],
        ["set", "a", "v", "w"],
        ["set", "a", "v", "--ttl", "0"],
        ["set", "", "v"],
      ];
      for (const words of WRONG) {
        const outcome = await server.run(words);
        expect(outcome.code, words.join(" ")).to.equal(2);
        expect(outcome.stderr, words.join(" ")).to.match(/^kvdb: /);
        expect(outcome.stdout).to.equal("");
      }
    });
  });

  describe("get", () => {
    it("says of an absent key that it is, and ends with 1", async () => {
      const plain = await server.run(["get", "none"]);
      expect(plain).to.include({ code: 1, stdout: "", stderr: "kvdb: none is absent\n" });
      const json = await server.run(["get", "none", "--json"]);
      expect(json).to.include({ code: 1, stdout: '{"key":"none","found":false,"revision":0}\n' });
    });

    it("prints JSON values as they are stored, text as text, and the rest in base64", async () => {
      const number = '{"n":123456789012345678901234567890}';
      await server.run(["set", "j", number, "--content-type", "application/json"]);
      await server.put(["t", "two\nlines"]);
      await server.run(["set", "b", "-"], { stdin: Buffer.from([255]) });
      expect((await server.run(["get", "j", "--json"])).stdout).to.include(`"value":${number}`);
      expect(await got("j")).to.include({ content_type: "application/json", revision: 1 });
      expect((await got("t")).value_text).to.equal("two\nlines");
      expect((await got("b")).value_base64).to.equal("/w==");
    });
  });

  it("delete says whether there was something", async () => {
    await server.put(["a", "1"]);
    expect(await server.run(["delete", "a"])).to.include({
      code: 0,
      stdout: "deleted, revision 2\n",
    });
    expect(await server.run(["delete", "a", "--json"])).to.include({
      code: 1,
      stdout: '{"deleted":false,"revision":2}\n',
    });
  });

  it("touch changes when a key expires, and asks for a choice", async () => {
    await server.put(["a", "1"]);
    expect((await server.run(["touch", "a", "--ttl", "1h"])).code).to.equal(0);
    expect(await got("a")).to.have.property("expire_time");
    const persisted = await server.run(["touch", "a", "--persist"]);
    expect(persisted.stdout).to.equal("touched, revision 3, never expires\n");
    expect(await got("a")).to.not.have.property("expire_time");
    expect((await server.run(["touch", "none", "--persist"])).code).to.equal(1);
    expect((await server.run(["touch", "a"])).code).to.equal(2);
  });

  it("list goes through all pages, and honours ranges, order and limits", async () => {
    for (const key of ["a/1", "a/2", "b/1", "b/2", "c"]) await server.put([key, "v"]);
    const list = async (...words: string[]): Promise<string> =>
      (await server.run(["list", ...words])).stdout.trim().replaceAll("\n", " ");
    expect(await list("--page-size", "2")).to.equal("a/1 a/2 b/1 b/2 c");
    expect(await list("--prefix", "a/")).to.equal("a/1 a/2");
    expect(await list("--start", "a/2", "--end", "b/2")).to.equal("a/2 b/1");
    expect(await list("--glob", "*/1")).to.equal("a/1 b/1");
    expect(await list("--descending", "--limit", "3", "--page-size", "2")).to.equal("c b/2 b/1");
    expect(await list("--count", "--prefix", "b")).to.equal("2");
    expect(await list("--limit", "1", "--json")).to.equal('{"key":"a/1"}');
    expect((await server.run(["list", "--glob", "[a"])).code).to.equal(2);
    expect((await server.run(["list", "--glob", "a", "--prefix", "a"])).code).to.equal(2);
  });

  it("watch tells what happens to keys, from the current state on, and where to go on", async () => {
    await server.put(["a", "1"], ["b", "2"], ["c", "3"]);
    const state = await server.run(["watch", "--current-state", "--prefix", "a", "--limit", "1"]);
    expect(state.code).to.equal(0);
    expect(state.stdout).to.match(/^\d{4}-\S+Z set a 1\n$/);

    const words = ["watch", "--from-revision", "2", "--kinds", "set,delete", "--limit", "2"];
    const json = await server.run([...words, "--json"]);
    const messages = json.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { events: object[]; resume_token: string });
    const [second, third] = messages.flatMap(({ events }) => events);
    expect(second).to.include({ kind: "set", revision: 2, index: 0, key: "b", value_text: "2" });
    expect(third).to.include({ key: "c", version: 1, create_revision: 3 });
    const token = messages.at(-1)?.resume_token ?? "";
    expect(json.stderr).to.equal(`go on with --resume-token ${token}\n`);

    await server.run(["set", "a", "4", "--ttl", "1h"]);
    await server.run(["delete", "a"]);
    const resumed = await server.run([
      "watch",
      "--resume-token",
      token,
      "--previous",
      "--limit",
      "2",
    ]);
    const lines = resumed.stdout.trim().split("\n");
    expect(lines[0]).to.match(/Z set a 4, expires \S+Z \(was 1\)$/);
    expect(lines[1]).to.match(/Z delete a \(was 4\)$/);
    expect((await server.run(["watch", "--kinds", "get"])).code).to.equal(2);
    expect((await server.run(["watch", "--current-state", "--from-revision", "1"])).code).to.equal(
      2,
    );
  });

  it("watch-expirations tells of each key with its value, and where to go on", async () => {
    await server.run(["set", "a", "gone", "--ttl", "50ms"]);
    const words = ["watch-expirations", "--from-revision", "1", "--include-value", "--limit", "1"];
    const json = await server.run([...words, "--json"]);
    expect(json.code).to.equal(0);
    // The first message comes at once and may be without expirations.
    const last = JSON.parse(json.stdout.trim().split("\n").at(-1) ?? "") as {
      expirations: { key: string; value_text: string; cause: string }[];
      resume_token: string;
    };
    expect(last.expirations[0]).to.include({ key: "a", value_text: "gone", cause: "deadline" });
    expect(json.stderr).to.equal(`go on with --resume-token ${last.resume_token}\n`);

    await server.run(["set", "b", "next", "--ttl", "50ms"]);
    const resumed = await server.run([
      ...["watch-expirations", "--resume-token", last.resume_token],
      ...["--include-value", "--limit", "1"],
    ]);
    expect(resumed.stdout).to.match(/^\d{4}-\S+Z b next\n$/);

    const forged = await server.run(["watch-expirations", "--resume-token", "forged"]);
    expect(forged.code).to.equal(2);
    // A token that was refused is none to go on with.
    expect(forged.stderr).to.match(/^kvdb: start\.resume_token: .*\n$/);
  });

  it("watch-expirations ends in order when it is interrupted", async () => {
    const child = spawn(process.execPath, [KVDB, "watch-expirations", "--json"], {
      env: cleanEnvironment({ KVDB_ADDRESS: server.address }),
      stdio: ["ignore", "pipe", "ignore"],
    });
    await once(child.stdout, "data");
    child.kill("SIGINT");
    expect(await exitOf(child)).to.equal(0);
  });

  it("snapshot, snapshots, compact and status report in words and in JSON", async () => {
    await server.put(["a", "1"]);
    const made = JSON.parse((await server.run(["snapshot", "--json"])).stdout) as {
      snapshot_id: string;
      key_count: number;
    };
    expect(made.key_count).to.equal(1);
    expect((await server.run(["snapshots", "list"])).stdout).to.include(made.snapshot_id);
    expect((await server.run(["snapshots", "delete", made.snapshot_id])).code).to.equal(0);
    expect((await server.run(["snapshots", "delete", made.snapshot_id])).code).to.equal(1);
    expect((await server.run(["compact"])).stdout).to.match(/^bytes +\d/);
    const status = await server.run(["status"]);
    expect(status.stdout).to.match(/^transactions +\d+ in \d+ syncs? since the start$/m);
    expect(status.stdout).to.match(/^Compact +1 call; p50 [\d.]+ ms, p99 .* of 1 in [\d.]+ m?s$/m);
    const { methods, ...told } = JSON.parse((await server.run(["status", "--json"])).stdout) as {
      methods: readonly object[];
    };
    expect(told).to.include({ version: "test", key_count: 1, transaction_count: 1 });
    const [compact] = methods;
    expect(compact).to.include({ method: "Compact", call_count: 1, error_count: 0 });
    expect(compact).to.have.property("refused_count", 0);
    expect(compact)
      .to.have.property("latency")
      .that.has.all.keys("window_ms", "count", "p50_ms", "p99_ms", "p999_ms", "max_ms");
  });
});

describe("kvdb", function () {
  // Processes are started, and a busy machine starts them slowly.
  this.timeout(60_000);

  it("ends with 3 where no server answers, and says where", async () => {
    const outcome = await runKvdb(["get", "a", "--address", "127.0.0.1:1"]);
    expect(outcome.code).to.equal(3);
    expect(outcome.stderr).to.match(/^kvdb: no server answers at 127\.0\.0\.1:1/);
  });

  it("ends with 2 on what it does not understand, with a hint", async () => {
    expect((await runKvdb(["gte", "a"])).stderr).to.include("Did you mean get?");
    for (const words of [["gte"], ["get"], ["get", "a", "--no"], ["get", "a", "-a", "x"], []]) {
      expect((await runKvdb(words)).code, words.join(" ")).to.equal(2);
    }
  });

  it("refuses a key whose bytes are not UTF-8, rather than take another", async function () {
    if (process.platform !== "linux") skipBecause(this, "only Linux keeps the bytes");
    const script = 'exec "$0" "$1" get "$(printf "bad\\377")"';
    const child = spawn("sh", ["-c", script, process.execPath, KVDB], { env: cleanEnvironment() });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    expect(await exitOf(child)).to.equal(2);
    expect(said).to.equal("kvdb: the command line has bytes that are not UTF-8\n");
    // The character that stands for such bytes may be meant.
    const meant = await runKvdb(["get", "\uFFFD", "--address", "127.0.0.1:1"]);
    expect(meant.code).to.equal(3);
  });

  it("prints its version and its help", async () => {
    const version = await runKvdb(["--version"]);
    expect(version).to.include({ code: 0, stderr: "" });
    const line =
      /^kvdb (\d+\.\d+\.\d+) \((commit \w+, )?store format \d, Node\.js [\d.]+, [\w-]+\)\n$/u;
    expect(version.stdout).to.match(line);
    const json = await runKvdb(["-V", "--json"]);
    expect(JSON.parse(json.stdout)).to.include({
      version: line.exec(version.stdout)?.[1],
      store_format: FORMAT_VERSION,
      node: process.versions.node,
    });
    const help = await runKvdb(["--help"]);
    expect(help.code).to.equal(0);
    expect(help.stdout)
      .to.match(/^ {2}watch-expirations /m)
      .and.to.match(/^ {4}0 {2}Done\.$/m);
  });
});

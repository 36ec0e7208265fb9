/** `kvdb txn`, `kvdb increment` and `kvdb delete` of ranges against a real server: output, errors, exit codes. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { connect, type RemoteStore } from "../../src/grpc/index.js";
import { listAllKeys, PATIENT, setOf, valueOf } from "../support/calls.js";
import { ServerProcess } from "../support/server-process.js";
import { makeTemporaryDirectory, removeDirectory } from "../support/temporary-directory.js";
import { runKvdb, type Outcome } from "./run-kvdb.js";

const DELETE_RANGE_MAX = 25;

describe("commands that change keys", function () {
  // Processes are started, and a busy machine starts them slowly.
  this.timeout(60_000);

  let directory = "";
  let server: ServerProcess | undefined;
  let store: RemoteStore;

  before(async () => {
    directory = await makeTemporaryDirectory();
    const settings = [`--limits-delete-range=${String(DELETE_RANGE_MAX)}`, "--shutdown-grace=0s"];
    server = await ServerProcess.start(join(directory, "data"), settings);
    store = connect({ address: server.address });
  });
  after(async () => {
    await store.close();
    await server?.dispose();
    await removeDirectory(directory);
  });

  const run = (words: readonly string[], stdin = ""): Promise<Outcome> =>
    runKvdb(words, { stdin, env: { KVDB_ADDRESS: server?.address ?? "" } });

  async function put(count: number, prefix: string): Promise<void> {
    const keys = Array.from({ length: count }, (_, index) => `${prefix}${String(index + 100)}`);
    await Promise.all(keys.map((key) => store.set(setOf(key, "1"), PATIENT)));
  }

  async function countOf(prefix: string): Promise<number> {
    const range = { kind: "prefix", prefix: Buffer.from(prefix) } as const;
    return (await listAllKeys(store, { range })).length;
  }

  describe("increment", () => {
    it("adds to a number and prints the sum, in words and in JSON", async () => {
      expect(await run(["increment", "n"])).to.include({ code: 0, stdout: "1\n", stderr: "" });
      expect((await run(["increment", "n", "41"])).stdout).to.equal("42\n");
      expect((await run(["increment", "n", "--", "-2"])).stdout).to.equal("40\n");
      const json = JSON.parse((await run(["increment", "n", "--json"])).stdout) as object;
      expect(json).to.include({ value: "41" }).and.to.have.property("revision");
      const timed = await run(["increment", "timed", "5", "--ttl", "1h", "--json"]);
      expect(JSON.parse(timed.stdout)).to.include({ value: "5" }).and.have.property("expire_time");
    });

    it("keeps all digits of a large number, and refuses a sum that does not fit", async () => {
      await store.set(setOf("large", "9223372036854775806"), PATIENT);
      expect((await run(["increment", "large"])).stdout).to.equal("9223372036854775807\n");
      const over = await run(["increment", "large"]);
      expect([over.code, over.stdout]).to.deep.equal([4, ""]);
      expect(over.stderr).to.match(/^kvdb: delta: the sum 9223372036854775808 does not fit/);
      expect(await valueOf(store, "large")).to.equal("9223372036854775807");
    });

    it("refuses what is no number, on either side", async () => {
      await store.set(setOf("text", "abc"), PATIENT);
      const text = await run(["increment", "text"]);
      expect(text.code).to.equal(2);
      expect(text.stderr).to.match(/^kvdb: key: has a value that is not a 64-bit integer/);
      for (const words of [
        ["n", "1.5"],
        ["n", "one"],
        ["n", "1", "--ttl", "1s", "--ttl", "x"],
        [],
      ]) {
        expect((await run(["increment", ...words])).code, words.join(" ")).to.equal(2);
      }
    });

    it("counts once under one request id", async () => {
      const words = ["increment", "once", "3", "--request-id", "increment-1"];
      expect(await run(words)).to.include({ code: 0, stdout: "3\n", stderr: "" });
      const again = await run(words);
      expect(again).to.include({ code: 0, stdout: "3\n" });
      expect(again.stderr).to.equal("kvdb: done before, under this request id\n");
      const other = await run(["increment", "once", "4", "--request-id", "increment-1"]);
      expect(other.code).to.equal(4);
      expect(await valueOf(store, "once")).to.equal("3");
    });
  });

  describe("txn", () => {
    const ORDER = `
conditions: # one line may say why
  - { key: stock, value: "5" }
then:
  - increment: { key: stock, delta: -1 }
  - set: { key: order/17, value: "1 of stock", ttl: 1h }
  - get: { key: stock }
  - delete: { key: none }
  - touch: { key: none, persist: true }
otherwise:
  - get: { key: stock }
`;

    it("does what a file says if its conditions hold, and else the other", async () => {
      await store.set(setOf("stock", "5"), PATIENT);
      const path = join(directory, "order.yaml");
      await writeFile(path, ORDER);
      const done = await run(["txn", path]);
      expect(done.code, done.stderr).to.equal(0);
      const lines = done.stdout.trimEnd().split("\n");
      expect(lines[0]).to.match(/^the conditions hold, revision \d+$/);
      expect(lines[1]).to.equal("increment stock: 4");
      expect(lines[2]).to.match(/^set order\/17: done, expires \S+Z$/);
      expect(lines[3]).to.match(/^get stock: \{"key":"stock","value_text":"4",/);
      expect(lines.slice(4)).to.deep.equal(["delete none: absent", "touch none: absent"]);
      const not = await run(["txn", path]);
      expect(not.code).to.equal(1);
      expect(not.stdout).to.match(/^the conditions do not hold, revision \d+\nget stock: \{/);
      expect(await valueOf(store, "stock")).to.equal("4");
    });

    it("reads JSON from standard input, and prints JSON", async () => {
      const transaction = {
        then: [
          { set: { key: "j", value_base64: "AP8=", content_type: "x/y" } },
          { get: { key: "j" } },
          { get: { key: "none" } },
        ],
      };
      const { code, stdout } = await run(["txn", "-", "--json"], JSON.stringify(transaction));
      expect(code).to.equal(0);
      const reply = JSON.parse(stdout) as { succeeded: boolean; results: object[] };
      expect(reply.succeeded).to.equal(true);
      expect(reply.results[0]).to.deep.equal({ set: {} });
      expect(reply.results[1]).to.have.property("get").that.includes({ value_base64: "AP8=" });
      expect(reply.results[2]).to.deep.equal({ get: { found: false } });
    });

    it("does nothing where one operation cannot be done, and names it", async () => {
      await store.set(setOf("word", "abc"), PATIENT);
      const text = "then: [{ set: { key: w, value: v } }, { increment: { key: word } }]";
      const failed = await run(["txn", "-"], text);
      expect([failed.code, failed.stdout]).to.deep.equal([2, ""]);
      expect(failed.stderr).to.match(/^kvdb: then\[1\]\.increment\.key: /);
      expect(await valueOf(store, "w")).to.equal(undefined);
    });

    it("does a file once under one request id", async () => {
      const text = "then: [{ increment: { key: txn-once } }]";
      const words = ["txn", "-", "--request-id", "txn-1"];
      expect((await run(words, text)).stdout).to.match(/revision \d+\nincrement txn-once: 1\n$/);
      expect((await run(words, text)).stdout).to.match(
        /revision \d+ \(done before, under this request id\)\nincrement txn-once: 1\n$/,
      );
      const json = JSON.parse((await run([...words, "--json"], text)).stdout) as object;
      expect(json).to.include({ replayed: true });
      expect(await valueOf(store, "txn-once")).to.equal("1");
    });

    it("says what is wrong with a file, and where", async () => {
      const WRONG: readonly (readonly [string, RegExp])[] = [
        ["then: [{ sett: { key: a } }]", /^kvdb: then\[0\]/],
        ["then: [{ set: { key: a, value: 5 } }]", /^kvdb: then\[0\]\.set\.value/],
        ["then: [{ get: { key: a } }", /^kvdb: /],
        ["what: 1", /^kvdb: .*what/],
      ];
      for (const [text, problem] of WRONG) {
        const outcome = await run(["txn", "-"], text);
        expect(outcome.code, text).to.equal(2);
        expect(outcome.stderr, text).to.match(problem);
      }
      expect((await run(["txn", join(directory, "none.yaml")])).code).to.equal(7);
    });
  });

  describe("delete of a range", () => {
    it("goes on until nothing is left, and leaves the rest", async () => {
      await put(60, "range/a/");
      await put(5, "range/b/");
      const outcome = await run(["delete", "--prefix", "range/a/"]);
      expect(outcome.code, outcome.stderr).to.equal(0);
      expect(outcome.stdout).to.match(
        /^deleted 60 keys in \S+ s \(\S+ a second\); revision \d+\n$/,
      );
      expect([await countOf("range/a/"), await countOf("range/b/")]).to.deep.equal([0, 5]);
      const glob = ["delete", "--glob", "range/b/*[0-2]", "--batch", "2", "--json"];
      const json = JSON.parse((await run(glob)).stdout) as object;
      expect(json).to.include({ deleted_count: 3, more: false, calls: 2 });
      const interval = ["delete", "--start", "range/b/103", "--end", "range/b/104", "--batch", "9"];
      expect((await run(interval)).stdout).to.match(/^deleted 1 key in /);
      expect(await countOf("range/b/")).to.equal(1);
      const nothing = await run(["delete", "--prefix", "range/a/", "--batch", "9"]);
      expect(nothing).to.include({ code: 0 });
      expect(nothing.stdout).to.match(/^deleted 0 keys /);
    });

    it("stops at a limit, and says that there is more", async () => {
      await put(30, "limited/");
      const words = ["delete", "--prefix", "limited/", "--limit", "12", "--batch", "5"];
      const outcome = await run(words);
      expect(outcome.code).to.equal(0);
      expect(outcome.stdout).to.match(/^deleted 12 keys .*; more of the range is left\n$/);
      expect(await countOf("limited/")).to.equal(18);
    });

    it("says what the server refuses, and what was done before", async () => {
      await put(3, "refused/");
      const outcome = await run(["delete", "--prefix", "refused/", "--batch", "26"]);
      expect(outcome.code).to.equal(2);
      expect(outcome.stderr).to.match(
        /^kvdb: limit: is 26, must be at most 25 \(limits.delete_range\)/,
      );
      expect(outcome.stdout).to.match(/^deleted 0 keys/);
      expect(await countOf("refused/")).to.equal(3);
    });

    it("deletes what was there the first time only, under one request id", async () => {
      await put(12, "ids/");
      const words = ["delete", "--prefix", "ids/", "--batch", "5", "--request-id", "range-1"];
      expect((await run([...words, "--json"])).stdout).to.match(/"deleted_count":12,.*"calls":3,/);
      await put(2, "ids/");
      expect((await run([...words, "--json"])).stdout).to.match(/"deleted_count":12,.*"calls":3,/);
      expect(await countOf("ids/")).to.equal(2);
    });

    it("takes all keys only by that word, and a key or a range, not both", async () => {
      await put(3, "kept/");
      const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
        [[], /name a key or a range; all keys are deleted by --all only/],
        [["--prefix", ""], /name a key or a range; all keys/],
        [["--limit", "1"], /name a key or a range; all keys/],
        [["k", "--prefix", "k"], /name a key or a range, not both/],
        [["k", "--all"], /name a key or a range, not both/],
        [["--all", "--prefix", "k"], /--all and a range do not go together/],
        [["--prefix", "k", "--if-exists"], /are for a key, not for a range/],
      ];
      for (const [words, problem] of WRONG) {
        const outcome = await run(["delete", ...words]);
        expect(outcome.code, words.join(" ")).to.equal(2);
        expect(outcome.stderr, words.join(" ")).to.match(problem);
      }
      expect(await countOf("kept/")).to.equal(3);
      expect((await run(["delete", "--all", "--batch", "0"])).code).to.equal(0);
      expect(await countOf("")).to.equal(0);
    });
  });
});

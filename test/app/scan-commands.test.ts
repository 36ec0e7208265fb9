/** `kvdb scan`, `kvdb versions` and `kvdb get --revision` against a real server: output, errors, exit codes. */

import { expect } from "chai";

import { SYSTEM_CLOCK } from "../../src/base/index.js";
import { PATIENT, setOf } from "../support/calls.js";
import { ModelStore } from "../support/model-store.js";
import { ModelServer } from "./model-server.js";

interface Line {
  readonly key: string;
  readonly value_text?: string;
  readonly revision: number;
  readonly update_time?: string;
}

describe("commands that read many entries, and the past", function () {
  // Processes are started, and a busy machine starts them slowly.
  this.timeout(60_000);

  let server: ModelServer;

  before(async () => {
    server = await ModelServer.start(
      () => new ModelStore({ clock: SYSTEM_CLOCK, historyVersions: 3 }),
    );
    await server.put(["a/1", '{"n": 1}'], ["a/2", '{"n": 20}'], ["b", "two\nlines"]);
    await server.put(["key", "one"], ["key", "two"]);
    const expiration = { kind: "ttl", ttlMs: 3_600_000 } as const;
    await server.store.set(setOf("key", "three", { expiration }), PATIENT);
  });
  after(async () => {
    await server.stop();
  });

  const output = async (...words: readonly string[]): Promise<string> => {
    const outcome = await server.run(words);
    expect(outcome.code, outcome.stderr).to.equal(0);
    return outcome.stdout;
  };
  const linesOf = (text: string): Line[] =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);

  it("scan prints keys, or keys and values, of a range, a filter, a direction and a limit", async () => {
    expect(await output("scan")).to.equal("a/1\na/2\nb\nkey\n");
    expect(await output("scan", "--prefix", "a/", "--values")).to.equal(
      'a/1\t{"n": 1}\na/2\t{"n": 20}\n',
    );
    expect(await output("scan", "--start", "b", "--values", "--limit", "1")).to.equal(
      "b\ttwo\\nlines\n",
    );
    expect(await output("scan", "-f", "json.n > 5")).to.equal("a/2\n");
    expect(await output("scan", "--descending", "--glob", "a/*")).to.equal("a/2\na/1\n");
    expect(await output("scan", "--prefix", "nothing")).to.equal("");
  });

  it("scan prints JSON, with what lies with the value only where that is asked for", async () => {
    const [bare] = linesOf(await output("scan", "--prefix", "a/1", "--json"));
    expect(bare).to.deep.equal({ key: "a/1", revision: 1, create_revision: 1, version: 1 });
    const [whole] = linesOf(await output("scan", "--prefix", "a/1", "--json", "--values"));
    expect(whole?.value_text).to.equal('{"n": 1}');
    expect(whole?.update_time).to.match(/Z$/);
  });

  it("scan says what is wrong with a filter, and where", async () => {
    const outcome = await server.run(["scan", "-f", "json.n > 5 && nothing"]);
    expect(outcome.code).to.equal(2);
    expect(outcome.stderr).to.match(/^kvdb: filter: column 15: there is no nothing/);
  });

  it("versions prints what is kept, newest first", async () => {
    const lines = (await output("versions", "key")).trimEnd().split("\n");
    expect(lines).to.have.lengthOf(3);
    expect(lines[0]).to.match(/^\S+Z revision 6, version 3 until \S+Z: three$/);
    expect(lines[2]).to.match(/^\S+Z revision 4, version 1: one$/);
    const json = linesOf(await output("versions", "key", "--json"));
    expect(json.map((line) => line.value_text)).to.deep.equal(["three", "two", "one"]);
    const none = await server.run(["versions", "nothing"]);
    expect([none.code, none.stdout]).to.deep.equal([1, ""]);
    expect(none.stderr).to.equal("kvdb: no version of nothing is kept\n");
  });

  it("get --revision prints a key as it was, and says where that is not known", async () => {
    expect(await output("get", "key", "--revision", "4")).to.equal("one");
    expect((await server.run(["get", "never", "--revision", "4"])).code).to.equal(1);
    const future = await server.run(["get", "key", "--revision", "99"]);
    expect(future.code).to.equal(2);
    expect(future.stderr).to.match(/^kvdb: revision: /);
    await server.put(["key", "four"]);
    const forgotten = await server.run(["get", "key", "--revision", "4"]);
    expect(forgotten.code, forgotten.stderr).to.equal(4);
  });
});

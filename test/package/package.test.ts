/** The npm package has what the program needs, and nothing else: installed elsewhere, it serves. */

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect } from "chai";

import { ServerProcess } from "../app/server-process.js";
import { makeTemporaryDirectory, removeDirectory } from "../support/temporary-directory.js";
import { install, IS_INSTALLED, pack, type Packed } from "./packed.js";

const run = promisify(execFile);

describe("the npm package", function () {
  this.timeout(IS_INSTALLED ? 300_000 : 60_000);

  let directory: string;
  let packed: Packed;
  let program: string;

  /** As npm has it, it is a program by itself. */
  const kvdb = async (...words: readonly string[]): Promise<string> => {
    const { stdout } = IS_INSTALLED
      ? await run(program, words, { cwd: directory })
      : await run(process.execPath, [program, ...words], { cwd: directory });
    return stdout;
  };

  before(async () => {
    directory = await makeTemporaryDirectory();
    packed = await pack(directory);
    program = await install(packed.archive, join(directory, "prefix"));
  });

  after(() => removeDirectory(directory));

  it("has the program, the schema and the licence, and no tests, sources or maps", () => {
    expect(packed.archive).to.match(/keyvaluedb-\d+\.\d+\.\d+\.tgz$/u);
    expect(packed.files).to.include.members([
      "LICENSE",
      "README.md",
      "CHANGELOG.md",
      "package.json",
      "dist/src/app/cli/kvdb.js",
      "generated/descriptors.binpb",
      "proto/keyvaluedb/v1/key_value_service.proto",
    ]);
    const needless = packed.files.filter((path) =>
      /^(src|test|bench|clients|dist\/(test|bench|clients))\/|\.(map|ts)$/u.test(path),
    );
    expect(needless).to.deep.equal([]);
  });

  it("says its version, and of which commit it is where it was made for real", async () => {
    const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
    const said = JSON.parse(await kvdb("--version", "--json")) as Record<string, unknown>;
    expect(said["version"]).to.equal(version);
    if (IS_INSTALLED) expect(said["commit"]).to.match(/^[0-9a-f]{12}(-dirty)?$/u);
    else expect(said).to.not.have.property("commit");
  });

  it("serves, and its command sets and gets", async () => {
    const data = ["--data", join(directory, "data"), "--segment-bytes=8MiB"];
    const server = new ServerProcess(program, [
      "serve",
      ...data,
      "--listen=127.0.0.1:0",
      "--compression=zstd",
      "--shutdown-grace=0s",
    ]);
    try {
      const at = ["--address", await server.ready()];
      const value = "again and again ".repeat(100);
      expect(await kvdb("set", "greeting", value, "--ttl", "1h", ...at)).to.match(
        /^set, revision 1/u,
      );
      expect(await kvdb("get", "greeting", ...at)).to.equal(value);
      expect(await kvdb("scan", "--filter", "size > 1000", ...at)).to.equal("greeting\n");
      server.signal("SIGTERM");
      expect(await server.exit, server.stderr).to.equal(0);
    } finally {
      await server.kill();
    }
  });
});

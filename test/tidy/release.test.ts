/** What a release needs to be true before it is made, and the check that holds later protos against it. */

import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { expect } from "chai";

const CHECK = "test/tidy/protos-are-compatible.sh";
const PROTO = "proto/keyvaluedb/v1/types.proto";

const settings = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly version: string;
  readonly license: string;
};

describe("a release", () => {
  it("has a licence, whole, and package.json says which", () => {
    const licence = readFileSync("LICENSE", "utf8");
    expect(settings.license).to.equal("Apache-2.0");
    expect(licence).to.match(/^\s*Apache License\s+Version 2\.0, January 2004/u);
    const sections = [...licence.matchAll(/^ {3}(\d)\. [A-Z]/gmu)].map(([, number]) => number);
    expect(sections).to.deep.equal("123456789".split(""));
    expect(licence).to.include("END OF TERMS AND CONDITIONS");
  });

  it("is the newest that the change log tells of", () => {
    const log = readFileSync("CHANGELOG.md", "utf8");
    const told = [...log.matchAll(/^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$/gmu)];
    expect(told.map(([, version]) => version)[0]).to.equal(settings.version);
  });
});

/** A repository of the protos alone, to be released and changed. */
class Clone {
  readonly directory = mkdtempSync(join(tmpdir(), "kvdb-tidy-"));

  constructor() {
    for (const path of ["proto", CHECK])
      cpSync(path, join(this.directory, path), { recursive: true });
    symlinkSync(resolve("node_modules"), join(this.directory, "node_modules"));
    this.#git("init", "--quiet");
    this.#git("add", "proto");
    this.#git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "--quiet", "--message=Begin");
  }

  release(tag: string): void {
    this.#git("tag", tag);
  }

  change(from: string, to: string): void {
    const path = join(this.directory, PROTO);
    const text = readFileSync(path, "utf8");
    expect(text).to.include(from);
    writeFileSync(path, text.replace(from, to));
  }

  /** What the check says, and whether it is content. */
  async check(): Promise<{ readonly isGood: boolean; readonly said: string }> {
    try {
      const { stdout } = await promisify(execFile)("sh", [CHECK], { cwd: this.directory });
      return { isGood: true, said: stdout };
    } catch (error) {
      return { isGood: false, said: String((error as { stdout?: unknown }).stdout) };
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #git(...words: readonly string[]): void {
    execFileSync("git", words, { cwd: this.directory, stdio: "pipe" });
  }
}

describe("the check that protos stay compatible", function () {
  this.timeout(30_000);

  let clone: Clone;

  beforeEach(() => {
    clone = new Clone();
  });

  afterEach(() => {
    clone.remove();
  });

  it("says that there is nothing to break before the first release", async () => {
    clone.change("string content_type = 8;", "string content_type = 9;");
    const { isGood, said } = await clone.check();
    expect(isGood, said).to.equal(true);
    expect(said).to.match(/No release tag/u);
  });

  it("lets additions pass, and nothing that takes from what was released", async () => {
    clone.release("v0.1.0");
    clone.change("string content_type = 8;", "string content_type = 8;\n  string other = 9;");
    const added = await clone.check();
    expect(added, added.said).to.include({ isGood: true });
    expect(added.said).to.match(/Comparing with v0\.1\.0/u);
    clone.change("string content_type = 8;", "string content_type = 10;");
    const broken = await clone.check();
    expect(broken.isGood).to.equal(false);
    expect(broken.said).to.match(/types\.proto.*"8".*"content_type"/u);
  });
});

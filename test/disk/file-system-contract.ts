/** What every file system must do, whatever lies beneath: told once, run against each. */

import { join } from "node:path";

import { expect } from "chai";

import { AtomicFile, readWholeFile, type FileSystem } from "../../src/disk/index.js";
import { rejectionOf, systemCodeOf } from "../support/rejection.js";

export interface OpenedFileSystem {
  readonly fileSystem: FileSystem;
  /** An empty directory to work in. */
  readonly directory: string;
  readonly dispose: () => Promise<void>;
}

export function describeFileSystem(name: string, open: () => Promise<OpenedFileSystem>): void {
  describe(`the contract of a file system: ${name}`, () => {
    let opened: OpenedFileSystem;
    let fileSystem: FileSystem;
    const at = (fileName: string): string => join(opened.directory, fileName);

    beforeEach(async () => {
      opened = await open();
      fileSystem = opened.fileSystem;
    });

    afterEach(() => opened.dispose());

    async function make(fileName: string, content: string): Promise<void> {
      const file = await fileSystem.open(at(fileName), "create");
      await file.write(Buffer.from(content), 0);
      await file.close();
    }

    async function contentOf(fileName: string): Promise<string> {
      return (await readWholeFile(fileSystem, at(fileName), 1_000_000)).toString("latin1");
    }

    it("reads fewer bytes than asked only at the end of the file", async () => {
      await make("a", "0123456789");
      const file = await fileSystem.open(at("a"), "read");
      const into = Buffer.alloc(8, "-");
      expect(await file.read(into, 0)).to.equal(8);
      expect(into.toString()).to.equal("01234567");
      into.fill("-");
      expect(await file.read(into, 6)).to.equal(4);
      expect(into.toString()).to.equal("6789----");
      expect(await file.read(into, 10)).to.equal(0);
      expect(await file.read(into, 1000)).to.equal(0);
      expect(await file.read(Buffer.alloc(0), 0)).to.equal(0);
      await file.close();
    });

    it("writes anywhere and shows zeros where nothing was written", async () => {
      const file = await fileSystem.open(at("a"), "create");
      await file.write(Buffer.from("end"), 5);
      await file.write(Buffer.from("ab"), 0);
      await file.write(Buffer.alloc(0), 3);
      expect(await file.sizeBytes()).to.equal(8);
      await file.sync();
      await file.close();
      expect(await contentOf("a")).to.equal("ab\0\0\0end");
    });

    it("writes to an existing file and leaves the rest of it", async () => {
      await make("a", "0123456789");
      const file = await fileSystem.open(at("a"), "write");
      await file.write(Buffer.from("xy"), 4);
      await file.close();
      expect(await contentOf("a")).to.equal("0123xy6789");
    });

    it("writes durably to an existing file", async () => {
      await make("a", "0123456789");
      const file = await fileSystem.openDurable(at("a"));
      await file.write(Buffer.from("xyz"), 8);
      await file.close();
      expect(await contentOf("a")).to.equal("01234567xyz");
    });

    it("cuts a file and makes it longer by zeros", async () => {
      await make("a", "0123456789");
      const file = await fileSystem.open(at("a"), "write");
      await file.truncate(3);
      await file.truncate(6);
      await file.close();
      expect(await contentOf("a")).to.equal("012\0\0\0");
    });

    it("refuses to create what is there, and leaves it alone", async () => {
      await make("a", "old");
      expect(await systemCodeOf(fileSystem.open(at("a"), "create"))).to.equal("EEXIST");
      expect(await contentOf("a")).to.equal("old");
    });

    it("refuses to open, rename or unlink what is not there", async () => {
      expect(await systemCodeOf(fileSystem.open(at("a"), "read"))).to.equal("ENOENT");
      expect(await systemCodeOf(fileSystem.open(at("a"), "write"))).to.equal("ENOENT");
      expect(await systemCodeOf(fileSystem.openDurable(at("a")))).to.equal("ENOENT");
      expect(await systemCodeOf(fileSystem.rename(at("a"), at("b")))).to.equal("ENOENT");
      expect(await systemCodeOf(fileSystem.unlink(at("a")))).to.equal("ENOENT");
      expect(await systemCodeOf(fileSystem.list(at("none")))).to.equal("ENOENT");
    });

    it("refuses to write through a handle for reading", async () => {
      await make("a", "old");
      const file = await fileSystem.open(at("a"), "read");
      expect(await systemCodeOf(file.write(Buffer.from("new"), 0))).to.equal("EBADF");
      await file.close();
      expect(await contentOf("a")).to.equal("old");
    });

    it("refuses any use of a closed handle, and closes it once", async () => {
      await make("a", "old");
      await make("b", "other");
      for (const openA of [
        () => fileSystem.open(at("a"), "write"),
        () => fileSystem.openDurable(at("a")),
      ]) {
        const closed = await openA();
        await closed.close();
        // Takes the place of the first, so that what still reaches it reaches this one.
        const other = await fileSystem.open(at("b"), "write");
        expect(await systemCodeOf(closed.read(Buffer.alloc(1), 0))).to.equal("EBADF");
        expect(await systemCodeOf(closed.write(Buffer.from("new"), 0))).to.equal("EBADF");
        expect(await systemCodeOf(closed.sync())).to.equal("EBADF");
        expect(await systemCodeOf(closed.truncate(1))).to.equal("EBADF");
        expect(await systemCodeOf(closed.sizeBytes())).to.equal("EBADF");
        await closed.close();
        expect(await other.sizeBytes()).to.equal(5);
        await other.close();
      }
      expect(await contentOf("a")).to.equal("old");
      expect(await contentOf("b")).to.equal("other");
    });

    it("renames over what is there, and a handle follows its file", async () => {
      await make("a", "new");
      await make("b", "old");
      const old = await fileSystem.open(at("b"), "read");
      await fileSystem.rename(at("a"), at("b"));
      await fileSystem.syncDirectory(opened.directory);
      expect(await fileSystem.list(opened.directory)).to.deep.equal(["b"]);
      expect(await contentOf("b")).to.equal("new");
      const into = Buffer.alloc(3);
      await old.read(into, 0);
      expect(into.toString()).to.equal("old");
      await old.close();
    });

    it("reads on from a file that was unlinked while open", async () => {
      await make("a", "still");
      const file = await fileSystem.open(at("a"), "read");
      await fileSystem.unlink(at("a"));
      expect(await fileSystem.exists(at("a"))).to.equal(false);
      const into = Buffer.alloc(5);
      expect(await file.read(into, 0)).to.equal(5);
      expect(into.toString()).to.equal("still");
      await file.close();
    });

    it("lists names sorted, directories among them, and makes a directory once", async () => {
      await make("b", "");
      await fileSystem.makeDirectory(at("c"));
      await fileSystem.makeDirectory(at("c"));
      await make("a", "");
      await make("c/inside", "");
      expect(await fileSystem.list(opened.directory)).to.deep.equal(["a", "b", "c"]);
      expect(await fileSystem.list(at("c"))).to.deep.equal(["inside"]);
      expect(await fileSystem.exists(at("c"))).to.equal(true);
      expect(await systemCodeOf(fileSystem.makeDirectory(at("none/deep")))).to.equal("ENOENT");
    });

    it("replaces a file whole, also where an unfinished one lies aside", async () => {
      await make("a.tmp", "half of an old attempt, and longer");
      await new AtomicFile(fileSystem, at("a")).replace(Buffer.from("first"));
      await new AtomicFile(fileSystem, at("a")).replace(Buffer.from("second"));
      expect(await contentOf("a")).to.equal("second");
      expect(await fileSystem.list(opened.directory)).to.deep.equal(["a"]);
    });

    it("refuses to read a whole file that is larger than expected", async () => {
      await make("a", "0123456789");
      const error = await rejectionOf(readWholeFile(fileSystem, at("a"), 9));
      expect(error.message).to.contain("10").and.to.contain("9");
      expect((await readWholeFile(fileSystem, at("a"), 10)).length).to.equal(10);
    });

    it("gives a lock to one holder at a time", async () => {
      const lock = await fileSystem.lock(at("LOCK"));
      expect(lock).not.to.equal(undefined);
      expect(await fileSystem.lock(at("LOCK"))).to.equal(undefined);
      await lock?.release();
      const again = await fileSystem.lock(at("LOCK"));
      expect(again).not.to.equal(undefined);
      await lock?.release();
      expect(await fileSystem.lock(at("LOCK")), "released twice").to.equal(undefined);
      await again?.release();
    });
  });
}

/** The manifest is believed whole or not at all, and swapped one change after the other. */

import { expect } from "chai";

import { isKvError, KEY_ORDERS, KvError, revision } from "../../src/base/index.js";
import { MANIFEST_NAME, ManifestFile, readManifest, type Manifest } from "../../src/log/index.js";
import { decodeManifest, encodeManifest } from "../../src/log/manifest-format.js";
import { MANIFEST } from "../golden/known-inputs.js";
import { CrashDisk } from "../support/crash-disk.js";
import { FIRST_MANIFEST } from "../support/log-bench.js";
import { settle } from "../support/manual-clock.js";
import { rejectionOf } from "../support/rejection.js";

function refusalOf(bytes: Buffer): string | undefined {
  try {
    decodeManifest(bytes);
    return undefined;
  } catch (error) {
    if (!isKvError(error)) throw error;
    return error.code;
  }
}

/** A manifest whose checksum is right, whatever its body says. */
function signed(body: object, format = "1"): Buffer {
  const honest = encodeManifest(body as Manifest).toString("utf8");
  return Buffer.from(honest.replace("manifest 1 ", `manifest ${format} `));
}

describe("a manifest", () => {
  it("with any bit turned, or cut anywhere, is refused", () => {
    const bytes = encodeManifest(MANIFEST);
    for (let at = 0; at < bytes.length; at += 1) {
      for (const bit of [0, 1, 3, 5, 7]) {
        const copy = Buffer.from(bytes);
        copy.writeUInt8(copy.readUInt8(at) ^ (1 << bit), at);
        expect(refusalOf(copy), `byte ${String(at)}, bit ${String(bit)}`).not.to.equal(undefined);
      }
      expect(refusalOf(bytes.subarray(0, at)), `cut at ${String(at)}`).to.equal("CORRUPT");
    }
  });

  it("of a later format is refused by name, whatever it says", () => {
    const later = Buffer.from("keyvaluedb manifest 4 00000000\nanything at all\n");
    expect(refusalOf(later)).to.equal("STORE_TOO_NEW");
    expect(() => decodeManifest(later)).to.throw(KvError, "format 4");
  });

  it("that was never one is refused", () => {
    for (const text of ["", "\n", "keyvaluedb manifest 0 00000000\n{}\n", "# a note\n{}\n"]) {
      expect(refusalOf(Buffer.from(text)), JSON.stringify(text)).to.equal("CORRUPT");
    }
  });

  it("with an order of keys that is not known is refused by its name, as a later program's", () => {
    const later = signed({ ...MANIFEST, keyOrder: "by-colour" });
    expect(refusalOf(later)).to.equal("STORE_TOO_NEW");
    expect(() => decodeManifest(later)).to.throw(KvError, "by-colour");
    for (const keyOrder of KEY_ORDERS) {
      expect(decodeManifest(encodeManifest({ ...MANIFEST, keyOrder })).keyOrder).to.equal(keyOrder);
    }
  });

  it("that says nonsense is refused, though its checksum is right", () => {
    const [first] = MANIFEST.segments;
    const nonsense: readonly object[] = [
      { ...MANIFEST, keyOrder: 1 },
      { ...MANIFEST, storeId: Buffer.alloc(15) },
      { ...MANIFEST, storeId: "ab".repeat(15) + "g0" },
      { ...MANIFEST, historyId: "" },
      { ...MANIFEST, historyId: "AB".repeat(16) },
      { ...MANIFEST, generation: -1 },
      { ...MANIFEST, nextSegmentId: 1.5 },
      { ...MANIFEST, feedFloor: "7" },
      { ...MANIFEST, durableRevision: 2 ** 53 },
      { ...MANIFEST, segments: "none" },
      { ...MANIFEST, segments: [null] },
      { ...MANIFEST, segments: [first, first] },
      {
        ...MANIFEST,
        segments: [
          { ...first, state: "active" },
          { ...first, id: 99 },
        ],
      },
      { ...MANIFEST, segments: [{ ...first, kind: "other" }] },
      { ...MANIFEST, segments: [{ ...first, state: "open" }] },
      { ...MANIFEST, segments: [{ ...first, isSealed: 1 }] },
    ];
    for (const body of nonsense) {
      expect(refusalOf(signed(body)), JSON.stringify(body)).to.equal("CORRUPT");
    }
    expect(refusalOf(signed({ ...MANIFEST, more: "of a later version" }))).to.equal(undefined);
  });
});

describe("the file of the manifest", () => {
  it("is absent, or read as it was swapped in", async () => {
    const disk = new CrashDisk();
    expect(await readManifest(disk, "/")).to.equal(undefined);
    const file = new ManifestFile(disk, "/", FIRST_MANIFEST);
    await file.swap((current) => ({ ...current, feedFloor: revision(9) }));
    const read = await readManifest(disk, "/");
    expect(read).to.deep.equal({ ...FIRST_MANIFEST, feedFloor: 9, generation: 1 });
    expect(read).to.deep.equal(file.current);
  });

  it("makes each change upon the one before, however they arrive", async () => {
    const disk = new CrashDisk();
    const file = new ManifestFile(disk, "/", FIRST_MANIFEST);
    const raise = (current: Manifest): Manifest => ({
      ...current,
      feedFloor: revision(current.feedFloor + 1),
    });
    await Promise.all(Array.from({ length: 5 }, () => file.swap(raise)));
    expect((await readManifest(disk, "/"))?.feedFloor).to.equal(6);
    expect(file.current.generation).to.equal(5);
    expect(disk.files()).to.deep.equal([`/${MANIFEST_NAME}`]);
  });

  it("is in force only when it is on disk", async () => {
    const disk = new CrashDisk();
    const file = new ManifestFile(disk, "/", FIRST_MANIFEST);
    const swapped = file.swap((current) => ({ ...current, feedFloor: revision(2) }));
    expect(file.current.feedFloor).to.equal(1);
    await swapped;
    expect(file.current.feedFloor).to.equal(2);
  });

  for (const verb of ["create", "write", "sync", "rename", "sync-directory"] as const) {
    it(`is never swapped again after ${verb} failed, and says so once`, async () => {
      const disk = new CrashDisk();
      const file = new ManifestFile(disk, "/", FIRST_MANIFEST);
      await file.swap((current) => current);
      const told: unknown[] = [];
      file.onFailure((error) => told.push(error));
      disk.addFault({ verbs: [verb], code: "EIO", lasts: "once" });
      const swaps = [1, 2, 3].map(() => rejectionOf(file.swap((current) => current)));
      const errors = await Promise.all(swaps);
      expect(new Set(errors).size).to.equal(1);
      expect(told).to.deep.equal([errors[0]]);
      expect(file.current.generation).to.equal(1);
      expect(disk.openFileCount).to.equal(0);
    });
  }

  it("has room for the next swap when the disk is full, if it was told to keep it", async () => {
    const disk = new CrashDisk();
    const file = new ManifestFile(disk, "/", FIRST_MANIFEST);
    await file.swap((current) => current);
    file.allocateAhead(() => Promise.resolve(false));
    await file.swap((current) => current);
    await file.swap((current) => current);
    await settle();
    disk.capacityBytes = 0;
    await file.swap((current) => ({ ...current, feedFloor: revision(3) }));
    expect((await readManifest(disk, "/"))?.feedFloor).to.equal(3);
    await file.close();
    expect(disk.files()).to.deep.equal([`/${MANIFEST_NAME}`]);
    expect(disk.openFileCount).to.equal(0);
  });
});

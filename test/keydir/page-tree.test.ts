/**
 * The tree of pages against a plain Map, with states pinned on the way: each must go on showing what there
 * was when it was pinned. Now and then the tree goes on as what was read from its image, or from a checkpoint.
 *
 * `TREE_STEPS` asks for more steps, `TREE_SEED` for the same ones again. The long run, of minutes:
 *
 *     TREE_STEPS=5000000 npx mocha dist/test/keydir/page-tree.test.js
 */

import { expect } from "chai";

import { FORESEEN_KEYS_MAX, revision, timeMs } from "../../src/base/index.js";
import { readCheckpointFile, writeCheckpointFile } from "../../src/keydir/checkpoint-file.js";
import { keyBytesMax } from "../../src/keydir/page-room.js";
import { PageTree } from "../../src/keydir/page-tree.js";
import { PAGE_BYTES } from "../../src/keydir/page-pool.js";
import type { Pin } from "../../src/keydir/pins.js";
import type { TreeImage } from "../../src/keydir/tree-image.js";
import { TreeLoader } from "../../src/keydir/tree-loader.js";
import { countBelow, walkTree } from "../../src/keydir/tree-walk.js";
import { CrashDisk } from "../support/crash-disk.js";
import { until } from "../support/manual-clock.js";
import { Random } from "../support/random.js";

const STEPS = Number(process.env["TREE_STEPS"] ?? 60_000);
const SEED = Number(process.env["TREE_SEED"] ?? Date.now() % 1_000_000);

const PAYLOAD_BYTES = 8;
const KEY_BYTES_MAX = keyBytesMax(PAYLOAD_BYTES);
const PINS_MAX = 3;
const PHASE_STEPS = 10_000;
/** In a long run the checks are rarer, which take longer than the steps. */
const CHECK_STEPS = Math.max(PHASE_STEPS / 2, STEPS / 250);
const PIN_STEPS = Math.max(1000, STEPS / 1000);
/** Of so many checks, one is followed by a turn as an image. */
const CHECKS_PER_IMAGE = 3;
/** Steps with long keys take so many times longer. */
const LONG_KEYS_COST = 20;

type Model = Map<string, number>;

interface Pinned {
  readonly root: number;
  readonly pin: Pin;
  readonly model: Model;
}

/** Keys that share prefixes, that are prefixes of each other, that hold zeros, and that fill half a page. */
function anyKey(random: Random): Buffer {
  const number = random.below(5000);
  const kind = random.below(100);
  if (kind < 50) return Buffer.from(`key/${String(number)}`);
  if (kind < 70) return Buffer.from("p".repeat(300) + String(number));
  if (kind < 85) return Buffer.from([number & 255, 0, 0, number >> 8]);
  if (kind < 90) return Buffer.from([number % 5]);
  if (kind < 97) return Buffer.concat([Buffer.from("z"), Buffer.alloc(number % 12)]);
  const long = Buffer.alloc(1 + random.below(KEY_BYTES_MAX), number % 7);
  long[long.length - 1] = number & 255;
  return long;
}

function payloadOf(value: number): Buffer {
  const payload = Buffer.alloc(PAYLOAD_BYTES);
  payload.writeDoubleLE(value);
  return payload;
}

/** Keys of every length up to the longest, most of them about as long; some share nearly all of it, some nothing. */
function longKey(random: Random): Buffer {
  const length = random.coin() ? KEY_BYTES_MAX : 1 + random.below(KEY_BYTES_MAX);
  const key = Buffer.alloc(length, random.oneIn(4) ? random.below(256) : 7);
  for (const at of [0, random.below(length), length - 1]) {
    if (random.coin()) key[at] = random.below(10);
  }
  return key;
}

class Trial {
  readonly #anyKey: (random: Random) => Buffer;
  #tree = new PageTree(PAYLOAD_BYTES);
  readonly model: Model = new Map();
  readonly #random: Random;
  readonly #pinned: Pinned[] = [];
  #foreseen: Buffer[] = [];

  constructor(random: Random, keys: (random: Random) => Buffer) {
    this.#random = random;
    this.#anyKey = keys;
  }

  get tree(): PageTree {
    return this.#tree;
  }

  step(insertPercent: number): void {
    const key = this.#nextKey();
    const name = key.toString("latin1");
    if (this.#random.oneIn(3)) this.#look(key, name);
    if (this.#random.below(100) < insertPercent) {
      const value = this.#random.below(1_000_000);
      this.tree.set(key, payloadOf(value));
      this.model.set(name, value);
    } else if (this.tree.delete(key) !== this.model.delete(name)) {
      throw new Error("a deletion found what was not there, or the other way round");
    }
    if (this.#random.oneIn(PIN_STEPS)) this.#pin();
    if (this.#pinned.length > PINS_MAX || this.#random.oneIn(2 * PIN_STEPS)) this.#unpin();
  }

  /** Often one of several that the tree was told of beforehand; some of these are passed over. */
  #nextKey(): Buffer {
    if (this.#random.oneIn(60)) {
      const count = 1 + this.#random.below(FORESEEN_KEYS_MAX + 4);
      this.#foreseen = Array.from({ length: count }, () => this.#anyKey(this.#random));
      this.tree.foresee(this.#foreseen);
      this.#foreseen = this.#foreseen.filter(() => !this.#random.oneIn(8));
    }
    if (this.#random.oneIn(10)) return this.#anyKey(this.#random);
    return this.#foreseen.shift() ?? this.#anyKey(this.#random);
  }

  /** Whoever looks a key up writes it next, and so by the same buffer. */
  #look(key: Buffer, name: string): void {
    const found = this.tree.get(key, (bytes, at) => bytes.readDoubleLE(at));
    if (found !== this.model.get(name))
      throw new Error("a key has another payload than it was given");
    if (this.#random.oneIn(PIN_STEPS / 10)) this.#pin();
  }

  /** What the tree says is what the model says, walked both ways and counted. */
  check(root: number, model: Model): void {
    const names = [...model.keys()].sort((left, right) => (left < right ? -1 : 1));
    const walked: string[] = [];
    for (const { key, bytes, payloadAt } of walkTree(this.#open, root, { isDescending: false })) {
      const name = key.toString("latin1");
      walked.push(name);
      if (bytes.readDoubleLE(payloadAt) !== model.get(name)) throw new Error("a payload is wrong");
    }
    expect(walked.length).to.equal(names.length);
    expect(walked.every((name, index) => name === names[index])).to.equal(true);
    const [start, end] = [this.#anyKey(this.#random), this.#anyKey(this.#random)].sort(
      (left, right) => left.compare(right),
    );
    const low = start?.toString("latin1") ?? "";
    const high = end?.toString("latin1") ?? "";
    const meant = names.filter((name) => name >= low && name < high).reverse();
    const down = walkTree(this.#open, root, { start, end, isDescending: true });
    expect([...down].map(({ key }) => key.toString("latin1"))).to.deep.equal(meant);
    const up = walkTree(this.#open, root, { start, end, isDescending: false });
    expect([...up].map(({ key }) => key.toString("latin1"))).to.deep.equal([...meant].reverse());
    const count = countBelow(this.#open, root, end) - countBelow(this.#open, root, start);
    expect(count).to.equal(meant.length);
    expect(countBelow(this.#open, root, undefined)).to.equal(names.length);
  }

  checkNow(): void {
    expect(this.tree.size).to.equal(this.model.size);
    this.check(this.tree.root, this.model);
    const key = this.#anyKey(this.#random);
    const found = this.tree.get(key, (bytes, at) => bytes.readDoubleLE(at));
    expect(found).to.equal(this.model.get(key.toString("latin1")));
  }

  /** Goes on with a tree made of the pages that this one reaches, while this one is written to. */
  async reload(): Promise<void> {
    this.unpinAll();
    const image = this.#tree.image();
    const before = this.#tree;
    const model = new Map(this.model);
    for (let step = 0; step < 200; step++) before.set(this.#anyKey(this.#random), payloadOf(step));
    for (const key of [...model.keys()].slice(0, 100)) before.delete(Buffer.from(key, "latin1"));
    this.#tree = await (this.#random.coin() ? throughMemory(image) : throughFile(image));
    image.release();
    expect(this.#tree.usedBytes).to.equal(image.pageCount * PAGE_BYTES);
    this.checkNow();
  }

  unpinAll(): void {
    while (this.#pinned.length > 0) this.#unpin();
  }

  #pin(): void {
    const { root } = this.tree;
    this.#pinned.push({ root, pin: this.tree.pin(), model: new Map(this.model) });
  }

  #unpin(): void {
    const [pinned] = this.#pinned.splice(this.#random.below(Math.max(1, this.#pinned.length)), 1);
    if (pinned === undefined) return;
    this.check(pinned.root, pinned.model);
    pinned.pin.release();
  }

  readonly #open = (page: number): ReturnType<PageTree["newWindow"]> => this.tree.newWindow(page);
}

/** The pages are copied from memory to memory, the last ones first. */
function throughMemory(image: TreeImage): PageTree {
  const finding = image.find();
  while (finding.next().done !== true);
  const runs = [...image.runs()].reverse();
  const lastPage = Math.max(
    ...runs.map(({ firstPage, bytes }) => firstPage + bytes.length / PAGE_BYTES - 1),
  );
  const loader = new TreeLoader(image.shape, lastPage);
  for (const { firstPage, bytes } of runs) {
    bytes.copy(loader.bytesFor(firstPage, bytes.length / PAGE_BYTES));
  }
  return loader.finish();
}

async function throughFile(image: TreeImage): Promise<PageTree> {
  const disk = new CrashDisk();
  await disk.makeDirectory("/d");
  const header = {
    storeId: Buffer.alloc(16, 7),
    revision: revision(5),
    logicalTimeMs: timeMs(6),
    createTimeMs: timeMs(7),
  };
  const source = { header, images: new Map([["tree", image]]), state: 8, spend: () => undefined };
  await writeCheckpointFile(disk, "/d/checkpoint", source);
  const read = await readCheckpointFile(disk, "/d/checkpoint", () => undefined);
  if (read.kind !== "read") throw new Error(read.problem);
  const tree = read.loaded.trees.get("tree");
  if (tree === undefined) throw new Error("the checkpoint has no such tree");
  return tree;
}

async function tryOut(keys: (random: Random) => Buffer, steps: number): Promise<void> {
  const random = new Random(SEED);
  const trial = new Trial(random, keys);
  let insertPercent = 70;
  for (let step = 0; step < steps; step++) {
    if (step % PHASE_STEPS === 0) insertPercent = random.coin() ? 75 : 20;
    trial.step(insertPercent);
    if (step % CHECK_STEPS !== 0) continue;
    trial.checkNow();
    if (random.oneIn(CHECKS_PER_IMAGE)) await trial.reload();
  }
  trial.checkNow();
  await trial.reload();
  trial.unpinAll();
  for (const name of [...trial.model.keys()]) trial.tree.delete(Buffer.from(name, "latin1"));
  await until("all pages but the root are given back", () => trial.tree.usedBytes === PAGE_BYTES);
}

describe("the tree of pages", () => {
  it(`is a sorted map, whatever is pinned: seed ${String(SEED)}`, async function () {
    this.timeout(0);
    await tryOut(anyKey, STEPS);
  });

  it(`takes keys that fill half a page: seed ${String(SEED)}`, async function () {
    this.timeout(0);
    await tryOut(longKey, STEPS / LONG_KEYS_COST);
  });

  it(`finds keys that it was told of, whatever its pages went through since: seed ${String(SEED)}`, () => {
    const random = new Random(SEED);
    const tree = new PageTree(PAYLOAD_BYTES);
    const model: Model = new Map();
    const keyAt = (at: number): Buffer => Buffer.from(`key/${String(at)}`);
    const set = (key: Buffer, value: number): void => {
      tree.set(key, payloadOf(value));
      model.set(key.toString(), value);
    };
    for (let round = 0; round < 150; round++) {
      const told = Array.from({ length: FORESEEN_KEYS_MAX }, () => keyAt(random.below(4000)));
      const pin = random.coin() ? tree.pin() : undefined;
      tree.foresee(told);
      // The tree grows by many pages, or shrinks nearly to nothing, or the same keys have other values.
      const change = random.below(3);
      const from = random.below(2000);
      for (let at = from; at < from + 2000; at++) {
        if (change === 0) set(keyAt(at), round);
        else if (change === 1 && tree.delete(keyAt(at))) model.delete(`key/${String(at)}`);
      }
      if (change === 2) for (const key of told) set(Buffer.from(key), round);
      for (const key of told) {
        const found = tree.get(key, (bytes, at) => bytes.readDoubleLE(at));
        expect(found, `round ${String(round)}`).to.equal(model.get(key.toString()));
        if (random.coin()) set(key, -round);
      }
      pin?.release();
    }
    expect(tree.size).to.equal(model.size);
  });

  it("finds a key that it was told of in another page, when its own was given up", () => {
    const tree = new PageTree(PAYLOAD_BYTES);
    const keyAt = (at: number): Buffer => Buffer.from(String(at).padStart(8, "0"));
    for (let at = 0; at < 5000; at++) tree.set(keyAt(at), payloadOf(at));
    const told = keyAt(3);
    tree.foresee([told]);
    const { usedBytes } = tree;
    // Keys that come in order fill pages nearly, so that the first one is not joined with the next but emptied.
    for (let at = 0; tree.usedBytes === usedBytes; at++) tree.delete(keyAt(at));
    tree.set(keyAt(3), payloadOf(77));
    expect(tree.get(told, (bytes, at) => bytes.readDoubleLE(at))).to.equal(77);
  });

  it("takes any key after the last was deleted, whatever those before began with", () => {
    const tree = new PageTree(PAYLOAD_BYTES);
    const keys = Array.from({ length: 1000 }, (_, at) => Buffer.from(`prefix/${String(at)}`));
    for (const key of keys) tree.set(key, payloadOf(1));
    for (const key of keys) tree.delete(key);
    const next = ["x", "another that is longer", "prefix/1"].sort();
    for (const text of [...next, ...next]) tree.set(Buffer.from(text), payloadOf(2));
    const walk = walkTree((page) => tree.newWindow(page), tree.root, { isDescending: false });
    expect([...walk].map(({ key }) => key.toString())).to.deep.equal(next);
  });

  it("gives its memory back after a mass deletion", () => {
    const tree = new PageTree(PAYLOAD_BYTES);
    const keys = Array.from({ length: 20_000 }, (_, index) => Buffer.from(`key ${String(index)}`));
    for (const key of keys) tree.set(key, payloadOf(0));
    const full = tree.usedBytes;
    for (const key of keys.slice(0, 19_000)) tree.delete(key);
    expect(tree.size).to.equal(1000);
    expect(tree.usedBytes).to.be.below(full / 4);
  });

  it("keeps pages well filled when keys come in order", () => {
    const tree = new PageTree(PAYLOAD_BYTES);
    const count = 50_000;
    for (let index = 0; index < count; index++) {
      tree.set(Buffer.from(String(index).padStart(16, "0")), payloadOf(index));
    }
    // A slot of 12 bytes, a payload of 8, and what the page's prefix leaves of the key.
    expect(tree.usedBytes / count).to.be.below(30);
  });
});

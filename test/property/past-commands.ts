/**
 * The past of keys, as commands: what the store tells of it is what was, with nothing left out in between. How much it
 * keeps changes from one opening to the next; the model keeps everything.
 */

import { expect } from "chai";

import { isKvError, revision, type Revision } from "../../src/base/index.js";
import type { Entry, Store } from "../../src/kv/index.js";
import { bytes, PATIENT } from "../support/calls.js";
import { inTermsOf, StoreCommand, type Model, type Real } from "./commands.js";

const PAGE_BYTES_MAX = 64 * 1024;

/** A key as it was so many revisions ago. */
export class GetAtRevision extends StoreCommand {
  readonly #key: string;
  readonly #back: number;

  constructor(key: string, back: number) {
    super();
    this.#key = key;
    this.#back = back;
  }

  async act(model: Model, real: Real): Promise<void> {
    const { revision: newest } = await real.store.status();
    if (newest === 0) return;
    const at = revision(Math.max(1, newest - this.#back));
    const got = await stateAt(real.store, this.#key, at);
    if (got.kind === "not kept") {
      await expectKnownFrom(real.store, this.#key, { oldest: got.oldest, after: at });
      return;
    }
    expect(got.entry, `at ${String(at)}`).to.deep.equal(await wasAt(model, this.#key, at));
  }

  toString(): string {
    return `get ${this.#key} as it was ${String(this.#back)} revisions ago`;
  }
}

/** All versions that are kept of a key, in pages. */
export class ListKeyVersions extends StoreCommand {
  readonly #key: string;
  readonly #pageSize: number;

  constructor(key: string, pageSize: number) {
    super();
    this.#key = key;
    this.#pageSize = pageSize;
  }

  async act(model: Model, real: Real): Promise<void> {
    const got = await versionsOf(real.store, this.#key, this.#pageSize);
    const all = await versionsOf(model.store, this.#key, 0);
    const { entry: newest } = await model.store.get(bytes(this.#key), PATIENT);
    if (newest !== undefined) expect(got).to.not.have.lengthOf(0);
    const wanted = all.slice(0, got.length).map((entry) => inTermsOf(model, entry));
    expect(got, "the newest versions").to.deep.equal(wanted);
  }

  toString(): string {
    return `versions of ${this.#key}, ${String(this.#pageSize)} a page`;
  }
}

interface KnownFrom {
  readonly oldest: number;
  /** What was asked for, and is not known. */
  readonly after: number;
}

/**
 * The store says from where on it knows, and does; of the present it always knows. A compaction may be under way
 * meanwhile: then it knows from later on, and now says so of what was asked for first.
 */
async function expectKnownFrom(store: Store, key: string, known: KnownFrom): Promise<void> {
  let { oldest } = known;
  for (;;) {
    const { revision: newest } = await store.status();
    expect(oldest, "the oldest that is known").to.be.within(known.after + 1, newest);
    const state = await stateAt(store, key, revision(oldest));
    if (state.kind === "known") return;
    const again = await stateAt(store, key, revision(known.after));
    if (again.kind === "known") throw new Error("what was not known is known again");
    expect(again.oldest, "what it says after it knew less").to.be.above(oldest);
    oldest = again.oldest;
  }
}

type StateAt =
  | { readonly kind: "known"; readonly entry: Entry | undefined }
  | { readonly kind: "not kept"; readonly oldest: number };

async function stateAt(store: Store, key: string, at: Revision): Promise<StateAt> {
  try {
    const { entry, revision: of } = await store.getAt({ key: bytes(key), atRevision: at }, PATIENT);
    expect(of).to.equal(at);
    return { kind: "known", entry };
  } catch (error) {
    if (!isKvError(error, "REVISION_COMPACTED")) throw error;
    return { kind: "not kept", oldest: error.metadata.oldest_revision ?? 0 };
  }
}

/** What the model says of the time of a revision of the store. Where only expirations came between, it is the same. */
async function wasAt(model: Model, key: string, at: Revision): Promise<Entry | undefined> {
  const before = [...model.revisions].filter(([, ofStore]) => ofStore <= at).map(([own]) => own);
  if (before.length === 0) return undefined;
  const own = await stateAt(model.store, key, revision(Math.max(...before)));
  if (own.kind === "not kept") throw new Error("the model keeps everything");
  return own.entry === undefined ? undefined : inTermsOf(model, own.entry);
}

async function versionsOf(store: Store, key: string, pageSize: number): Promise<Entry[]> {
  const entries: Entry[] = [];
  let pageToken = "";
  do {
    const query = { key: bytes(key), pageSize, pageToken, bytesMax: PAGE_BYTES_MAX };
    const page = await store.listVersions(query, PATIENT);
    entries.push(...page.entries);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return entries;
}

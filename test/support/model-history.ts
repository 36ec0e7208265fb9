/** Older versions of keys, as the model keeps them: all that ever happened, of which it tells the newest so many. */

import { KvError, type Revision } from "../../src/base/index.js";
import type { Entry } from "../../src/kv/index.js";

/** What happened to a key: an entry, or its end. */
interface Happened {
  readonly revision: Revision;
  readonly entry: Entry | undefined;
}

export class ModelHistory {
  readonly versionsMax: number;
  readonly #happened = new Map<string, Happened[]>();

  constructor(versionsMax: number) {
    this.versionsMax = versionsMax;
  }

  get olderCount(): number {
    if (this.versionsMax === 1) return 0;
    return [...this.#happened.keys()]
      .map((name) => this.#kept(name))
      .reduce((sum, kept) => sum + kept.filter(({ entry }, at) => at > 0 || !entry).length, 0);
  }

  put(name: string, entry: Entry): void {
    this.#add(name, { revision: entry.revision, entry });
  }

  end(name: string, revision: Revision): void {
    this.#add(name, { revision, entry: undefined });
  }

  versionsOf(name: string): Entry[] {
    const kept = this.#kept(name);
    // Where one version is kept, nothing is left of a key that was ended.
    if (this.versionsMax === 1 && kept[0]?.entry === undefined) return [];
    return kept.flatMap(({ entry }) => entry ?? []);
  }

  /** Throws REVISION_COMPACTED where what is kept does not tell. */
  at(name: string, atRevision: Revision, newest: Revision): Entry | undefined {
    const kept = this.#kept(name);
    const found = kept.find(({ revision }) => revision <= atRevision);
    if (this.versionsMax === 1) {
      if (found?.entry !== undefined) return found.entry;
      if (atRevision === newest) return undefined;
    } else {
      if (found !== undefined) return found.entry;
      if ((this.#happened.get(name) ?? []).length < this.versionsMax) return undefined;
    }
    throw new KvError("REVISION_COMPACTED", "that is not kept", {
      metadata: { field: "revision", oldest_revision: this.#oldest(kept, newest) },
    });
  }

  #oldest(kept: readonly Happened[], newest: Revision): Revision {
    if (this.versionsMax === 1 && kept[0]?.entry === undefined) return newest;
    return kept.at(-1)?.revision ?? newest;
  }

  #add(name: string, happened: Happened): void {
    const all = this.#happened.get(name);
    if (all === undefined) this.#happened.set(name, [happened]);
    else all.push(happened);
  }

  /** Newest first. */
  #kept(name: string): Happened[] {
    return (this.#happened.get(name) ?? []).slice(-this.versionsMax).reverse();
  }
}

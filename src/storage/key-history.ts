/** What is kept of a key beside its newest version: which versions there are, and what they prove. */

import { revision, type Revision } from "../base/index.js";
import type { Keydir, KeydirEntry } from "../keydir/index.js";
import type { ManifestFile } from "../log/index.js";
import { pastState, type PastState } from "./history-proof.js";
import type { StorageStatus } from "./storage-status.js";

export interface HistoryStore {
  readonly keydir: Keydir;
  readonly manifest: ManifestFile;
}

export class KeyHistory {
  readonly #store: HistoryStore;
  readonly #queue: { readonly appliedRevision: Revision };

  /** `queue` tells the newest revision. */
  constructor(store: HistoryStore, queue: { readonly appliedRevision: Revision }) {
    this.#store = store;
    this.#queue = queue;
  }

  /**
   * Every version of the key that is kept, newest first, tombstones among them: at most `history.versions`. The
   * newest may not be durable. An entry is there after its deadline too: whoever tells of it has to look.
   */
  versionsOf(key: Buffer): KeydirEntry[] {
    return this.#store.keydir.versionsOf(key);
  }

  /**
   * The state of the key at a revision up to the newest, as far as what is kept proves it. An entry is given
   * whatever its deadline is: whoever tells of it has to look, and to wait until it is durable.
   */
  lookupAt(key: Buffer, atRevision: Revision): PastState {
    const { keydir, manifest } = this.#store;
    const { versionsMax } = keydir.history;
    const { feedFloor, historySince } = manifest.current;
    const { appliedRevision } = this.#queue;
    // The floor may be one above the newest revision, at which the state is known.
    const floor = revision(Math.min(feedFloor, appliedRevision));
    // Where one version is kept, nothing tells when an absent key was removed.
    const since = versionsMax === 1 ? appliedRevision : historySince;
    return pastState(keydir.versionsOf(key), atRevision, { versionsMax, floor, since });
  }

  status(): Pick<StorageStatus, "historyVersions" | "olderVersionCount"> {
    const { versionsMax, size } = this.#store.keydir.history;
    return { historyVersions: versionsMax, olderVersionCount: size };
  }
}

/** What can be asked of many entries, and what is answered. */

import type { Revision } from "../base/index.js";
import type { Entry } from "./entry.js";
import type { KeyRange } from "./key-range.js";

export interface ScanQuery {
  readonly range: KeyRange;
  /** Else entries have no value, and no update time and content type, which lie with it. */
  readonly includeValues: boolean;
  /** An expression in CEL that entries must match. Empty: all do. */
  readonly filter: string;
  readonly descending: boolean;
  /** Most entries. 0: all. */
  readonly limit: number;
}

/** Some of the entries of a scan, in order. */
export interface ScanBatch {
  readonly entries: readonly Entry[];
  /** The one at which all of the scan is read. */
  readonly revision: Revision;
}

export interface GetAtQuery {
  readonly key: Buffer;
  /** The state that is asked for: as this revision left it. */
  readonly atRevision: Revision;
}

export interface ListVersionsQuery {
  readonly key: Buffer;
  /** 0: the default. A size past the maximum is INVALID_FIELD. */
  readonly pageSize: number;
  /** Empty: the first page. */
  readonly pageToken: string;
  /** Most bytes of a page, about; a single version is told whatever it has. */
  readonly bytesMax: number;
}

export interface VersionPage {
  /** Newest first. */
  readonly entries: readonly Entry[];
  /** Empty: this was the last page. */
  readonly nextPageToken: string;
}

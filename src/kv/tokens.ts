/**
 * Tokens that say where to go on: opaque to callers, checksummed, and bound to the history of the store,
 * so that one from before a restore is told apart from a forged one.
 *
 *   0       4    5           21            29      33
 *   +-------+----+-----------+-------------+-------+-----
 *   | check |kind| history   | revision    | number| key
 *   +-------+----+-----------+-------------+-------+-----
 *
 * in base64url. The number is an index in a resume token, a checksum of range and direction in a page
 * token, and 0 in a state token; only a page token has a key.
 */

import {
  checksum,
  invalidField,
  KvError,
  readSafeUint64,
  revision,
  TOKEN_BYTES_MAX,
  writeSafeUint64,
  type ChecksumSeed,
  type Revision,
} from "../base/index.js";

const KIND_OFFSET = 4;
const HISTORY_OFFSET = KIND_OFFSET + 1;
const HISTORY_BYTES = 16;
const REVISION_OFFSET = HISTORY_OFFSET + HISTORY_BYTES;
const NUMBER_OFFSET = REVISION_OFFSET + 8;
const KEY_OFFSET = NUMBER_OFFSET + 4;

/** Where each field of a token begins, under the names that docs/format.md gives them. */
export const TOKEN_LAYOUT = {
  checksum: 0,
  kind: KIND_OFFSET,
  "history id": HISTORY_OFFSET,
  revision: REVISION_OFFSET,
  number: NUMBER_OFFSET,
  key: KEY_OFFSET,
} as const;

export const TokenKind = { RESUME: 1, PAGE: 2, STATE: 3 } as const;
type TokenKind = (typeof TokenKind)[keyof typeof TokenKind];

export const TOKEN_SEED = 0x4b56_4442 as ChecksumSeed;

/** Everything up to and including this event was told. */
export interface ToldPosition {
  readonly revision: Revision;
  readonly index: number;
}

/** The index of a position behind everything in its revision. */
export const INDEX_MAX = 0xffff_ffff;

/** The first revision of which something may not have been told. */
export function wantedAfter(told: ToldPosition): Revision {
  return told.index === INDEX_MAX ? revision(told.revision + 1) : told.revision;
}

/** The last revision of which everything was told. */
export function wholeUpTo(told: ToldPosition): Revision {
  return revision(wantedAfter(told) - 1);
}

/** The last key of a page, the revision of the listing, and what the token is bound to. */
export interface PagePosition {
  readonly revision: Revision;
  readonly scope: number;
  readonly key: Buffer;
}

const NO_KEY = Buffer.alloc(0);

interface Decoded {
  readonly kind: TokenKind;
  readonly revision: Revision;
  readonly number: number;
  readonly key: Buffer;
}

export class Tokens {
  readonly #history: Buffer;

  /** `historyId`: 32 hex digits. */
  constructor(historyId: string) {
    this.#history = Buffer.from(historyId, "hex");
  }

  resumeToken(position: ToldPosition): string {
    return this.#encode(TokenKind.RESUME, { ...position, number: position.index, key: NO_KEY });
  }

  /** Of a stream that has not told the state that it begins with: whoever goes on from it is told it anew. */
  stateToken(ofRevision: Revision): string {
    return this.#encode(TokenKind.STATE, { revision: ofRevision, number: 0, key: NO_KEY });
  }

  pageToken(position: PagePosition): string {
    return this.#encode(TokenKind.PAGE, { ...position, number: position.scope });
  }

  /** Throws INVALID_FIELD for what is no token of ours, HISTORY_CHANGED for one of another history. */
  readResumeToken(token: string, field: string): ToldPosition {
    const told = this.readStartToken(token, field);
    if (told === "state") throw notOurs(field);
    return told;
  }

  /** The same, or that the current state is to be told first. */
  readStartToken(token: string, field: string): ToldPosition | "state" {
    const decoded = this.#decode([TokenKind.RESUME, TokenKind.STATE], token, field);
    if (decoded.key.length > 0) throw notOurs(field);
    if (decoded.kind === TokenKind.STATE) return "state";
    return { revision: decoded.revision, index: decoded.number };
  }

  /** Throws also when the token was made for another range or direction. */
  readPageToken(token: string, field: string, scope: number): PagePosition {
    const decoded = this.#decode([TokenKind.PAGE], token, field);
    if (decoded.number !== scope) {
      throw invalidField(field, "was made for another range or direction");
    }
    return { revision: decoded.revision, scope, key: decoded.key };
  }

  #encode(
    kind: TokenKind,
    content: { readonly revision: Revision; readonly number: number; readonly key: Buffer },
  ): string {
    const bytes = Buffer.alloc(KEY_OFFSET + content.key.length);
    bytes.writeUInt8(kind, KIND_OFFSET);
    this.#history.copy(bytes, HISTORY_OFFSET, 0, HISTORY_BYTES);
    writeSafeUint64(bytes, content.revision, REVISION_OFFSET);
    bytes.writeUInt32LE(content.number, NUMBER_OFFSET);
    content.key.copy(bytes, KEY_OFFSET);
    bytes.writeUInt32LE(checksum(bytes.subarray(KIND_OFFSET), TOKEN_SEED), 0);
    return bytes.toString("base64url");
  }

  #decode(kinds: readonly TokenKind[], token: string, field: string): Decoded {
    if (token.length > TOKEN_BYTES_MAX) throw notOurs(field);
    const bytes = Buffer.from(token, "base64url");
    // Decoding passes over what is not base64url; a token of ours comes back as it was.
    if (bytes.length < KEY_OFFSET || bytes.toString("base64url") !== token) throw notOurs(field);
    if (bytes.readUInt32LE(0) !== checksum(bytes.subarray(KIND_OFFSET), TOKEN_SEED)) {
      throw notOurs(field);
    }
    const of = readSafeUint64(bytes, REVISION_OFFSET);
    const kind = kinds.find((each) => each === bytes.readUInt8(KIND_OFFSET));
    if (kind === undefined || of === undefined) throw notOurs(field);
    if (!bytes.subarray(HISTORY_OFFSET, REVISION_OFFSET).equals(this.#history)) {
      throw new KvError(
        "HISTORY_CHANGED",
        `${field}: the token is from another history of the store, before a restore: begin anew`,
        { metadata: { field } },
      );
    }
    return {
      kind,
      revision: revision(of),
      number: bytes.readUInt32LE(NUMBER_OFFSET),
      key: bytes.subarray(KEY_OFFSET),
    };
  }
}

/** The number that binds a page token to what it pages through. */
export function pageScope(description: string): number {
  return checksum(Buffer.from(description), TOKEN_SEED);
}

function notOurs(field: string): KvError {
  return invalidField(field, "is not a token that this store gave out");
}

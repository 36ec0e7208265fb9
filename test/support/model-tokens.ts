/** The model's page and resume tokens: JSON in base64url behind a checksum, readable when a test fails. */

import { checksum, type ChecksumSeed, invalidField, KvError } from "../../src/base/index.js";

const SEED = 7 as ChecksumSeed;

/** How far a follower has been told everything: up to and with this event. */
export interface FeedPosition {
  readonly revision: number;
  readonly index: number;
}

export interface PagePosition {
  /** The range and the direction that the token was made for. */
  readonly scope: string;
  /** The last key that was returned, one character a byte. */
  readonly after: string;
}

/** A follower has not been told the state that it begins with. */
interface StatePosition {
  readonly state: true;
}

export function writeToken(
  historyId: string,
  position: FeedPosition | PagePosition | StatePosition,
): string {
  const body = Buffer.from(JSON.stringify({ historyId, position }), "utf8");
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(checksum(body, SEED));
  return Buffer.concat([sum, body]).toString("base64url");
}

/** The position that a token of ours names. A token of another history is HISTORY_CHANGED. */
function readToken(historyId: string, token: string, field: string): object {
  const bytes = Buffer.from(token, "base64url");
  const body = bytes.subarray(4);
  if (
    bytes.length <= 4 ||
    bytes.toString("base64url") !== token ||
    bytes.readUInt32LE(0) !== checksum(body, SEED)
  ) {
    throw invalidField(field, "not a token that this store gave out");
  }
  const parsed = JSON.parse(body.toString("utf8")) as { historyId: string; position: object };
  if (parsed.historyId !== historyId) {
    throw new KvError("HISTORY_CHANGED", `${field}: the token is from another history`);
  }
  return parsed.position;
}

export function readStartToken(historyId: string, token: string): FeedPosition | "state" {
  const field = "start.resume_token";
  const position = readToken(historyId, token, field);
  if ("state" in position) return "state";
  if (!("revision" in position)) throw invalidField(field, "a page token, not a resume token");
  return position as FeedPosition;
}

export function readPageToken(historyId: string, token: string, scope: string): string {
  const field = "page_token";
  const position = readToken(historyId, token, field) as Partial<PagePosition>;
  if (position.scope !== scope || position.after === undefined) {
    throw invalidField(field, "made for another range or direction");
  }
  return position.after;
}

/** A token is what this store gave out, for this use, in this history; everything else is told apart. */

import { expect } from "chai";
import fc from "fast-check";

import {
  checksum,
  KvError,
  revision,
  TOKEN_BYTES_MAX,
  type ErrorCode,
} from "../../src/base/index.js";
import { INDEX_MAX, pageScope, TOKEN_LAYOUT, TOKEN_SEED, Tokens } from "../../src/kv/tokens.js";

const HISTORY = "0f".repeat(16);
const tokens = new Tokens(HISTORY);
const anyRevision = fc.maxSafeNat().map(revision);
const anyIndex = fc.oneof(fc.nat(1000), fc.constant(INDEX_MAX));
const anyKey = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));

const told = { revision: revision(7), index: 3 };
const page = { revision: revision(7), scope: pageScope("all up"), key: Buffer.from("key") };

function refusalOf(read: () => unknown): ErrorCode {
  try {
    read();
  } catch (error) {
    if (error instanceof KvError && error.metadata.field === "field") return error.code;
    throw error;
  }
  throw new Error("the token was taken");
}

const readResume = (token: string): ErrorCode =>
  refusalOf(() => tokens.readResumeToken(token, "field"));
const readPage = (token: string, scope = page.scope): ErrorCode =>
  refusalOf(() => tokens.readPageToken(token, "field", scope));

describe("tokens", () => {
  it("are read as they were made", () => {
    fc.assert(
      fc.property(anyRevision, anyIndex, anyKey, (ofRevision, index, key) => {
        const position = { revision: ofRevision, index };
        const read = tokens.readResumeToken(tokens.resumeToken(position), "field");
        expect(read).to.deep.equal(position);
        const place = { revision: ofRevision, scope: pageScope(String(index)), key };
        const token = tokens.pageToken(place);
        expect(tokens.readPageToken(token, "field", place.scope)).to.deep.equal(place);
      }),
    );
  });

  it("hold the longest key that may be", () => {
    const place = { ...page, key: Buffer.alloc(4096, 0xff) };
    const token = tokens.pageToken(place);
    expect(token.length).to.be.lessThan(TOKEN_BYTES_MAX);
    expect(tokens.readPageToken(token, "field", place.scope).key).to.deep.equal(place.key);
  });

  it("with any character changed, added or left out are refused", () => {
    const token = tokens.pageToken(page);
    for (let at = 0; at < token.length; at += 1) {
      for (const other of ["A", "b", "7", "_", "=", " ", "é"]) {
        if (token[at] === other) continue;
        const forged = token.slice(0, at) + other + token.slice(at + 1);
        expect(readPage(forged), `${String(at)} ${other}`).to.equal("INVALID_FIELD");
      }
      expect(readPage(token.slice(0, at)), `cut at ${String(at)}`).to.equal("INVALID_FIELD");
    }
    for (const forged of [`${token}A`, `${token}=`, ` ${token}`, `${token}\n`]) {
      expect(readPage(forged)).to.equal("INVALID_FIELD");
    }
  });

  it("that were never ours are refused", () => {
    for (const token of ["", "x", "hello world", "A".repeat(44), "A".repeat(TOKEN_BYTES_MAX + 1)]) {
      expect(readResume(token)).to.equal("INVALID_FIELD");
      expect(readPage(token)).to.equal("INVALID_FIELD");
    }
  });

  it("to resume from are refused with a key behind them, though their checksum is right", () => {
    const whole = Buffer.from(tokens.resumeToken(told), "base64url");
    const longer = Buffer.concat([whole, Buffer.from("key")]);
    longer.writeUInt32LE(checksum(longer.subarray(TOKEN_LAYOUT.kind), TOKEN_SEED), 0);
    expect(readResume(longer.toString("base64url"))).to.equal("INVALID_FIELD");
  });

  it("of the other kind are refused", () => {
    expect(readResume(tokens.pageToken({ ...page, key: Buffer.alloc(0) }))).to.equal(
      "INVALID_FIELD",
    );
    expect(readPage(tokens.resumeToken({ ...told, index: page.scope }))).to.equal("INVALID_FIELD");
  });

  it("of another history are told apart from forged ones", () => {
    const others = new Tokens("1f".repeat(16));
    expect(readResume(others.resumeToken(told))).to.equal("HISTORY_CHANGED");
    expect(readPage(others.pageToken(page))).to.equal("HISTORY_CHANGED");
  });

  it("of a page hold for one range and direction", () => {
    expect(readPage(tokens.pageToken(page), pageScope("all down"))).to.equal("INVALID_FIELD");
    expect(readPage(tokens.pageToken(page), pageScope("prefix 61 up"))).to.equal("INVALID_FIELD");
  });
});

/** The header fields of a request, judged by the rules of HTTP/2 (RFC 9113, 8.2 and 8.3). */

import type { HeaderField, ReceivedField } from "./header-table.js";
import { ErrorCode, StreamError } from "./protocol.js";

export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly contentLength: number | undefined;
  /** Those that begin with a colon among them. */
  readonly fields: readonly HeaderField[];
}

const LENGTH = /^\d{1,15}$/u;
const COLON = 0x3a;

/** Throws a StreamError where a rule is broken. */
export function readRequestHead(fields: readonly ReceivedField[]): RequestHead {
  let method = "";
  let scheme = "";
  let path = "";
  let hasAuthority = false;
  let isPseudo = true;
  let contentLength: number | undefined;
  for (const { name, value, fault } of fields) {
    if (fault !== undefined) throw malformed(fault);
    if (name.charCodeAt(0) !== COLON) {
      isPseudo = false;
      if (name === "content-length") contentLength = lengthIn(value);
      continue;
    }
    if (!isPseudo) throw malformed(`${name} must come before the other fields`);
    switch (name) {
      case ":method":
        method = once(name, method, value);
        break;
      case ":scheme":
        scheme = once(name, scheme, value);
        break;
      case ":path":
        path = once(name, path, value);
        break;
      case ":authority":
        if (hasAuthority) throw malformed(`${name} must be there once`);
        hasAuthority = true;
        break;
      default:
        throw malformed(`${name} must not be there`);
    }
  }
  if (method === "" || scheme === "" || path === "") {
    throw malformed("a method, a scheme and a path must be there");
  }
  return { method, path, contentLength, fields };
}

/** What comes after the data has no more to say than that the data is whole. */
export function checkTrailers(fields: readonly ReceivedField[]): void {
  for (const { name, fault } of fields) {
    if (fault !== undefined) throw malformed(fault);
    if (name.startsWith(":")) throw malformed(`${name} must not come after the data`);
  }
}

function once(name: string, before: string, value: string): string {
  if (before === "" && value !== "") return value;
  throw malformed(`${name} must be there once, and not be empty`);
}

function lengthIn(value: string): number {
  if (LENGTH.test(value)) return Number(value);
  throw malformed("content-length is no length");
}

function malformed(what: string): StreamError {
  return new StreamError(ErrorCode.protocolError, what);
}

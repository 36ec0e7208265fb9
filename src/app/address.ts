/** `HOST:PORT` as people write it, and whether only this machine can reach it. */

import { isIPv4, isIPv6 } from "node:net";

import { parsed, problem, type Parsed } from "./parsed.js";

export interface Address {
  /** A name or an IP address, IPv6 without brackets. */
  readonly host: string;
  /** 0 to 65,535; 0 lets the system choose a free one. */
  readonly port: number;
}

const EXPECTED = "expected HOST:PORT such as 127.0.0.1:50051 or [::1]:50051";
const HOST_NAME = /^(?!-)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?$/;

export function parseAddress(text: string): Parsed<Address> {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text.trim());
  if (match === null) return problem(EXPECTED);
  const [, bracketed, plain, portText] = match;
  const port = Number(portText);
  if (port > 65_535) return problem(`${EXPECTED}; a port is from 0 to 65535`);
  if (bracketed !== undefined) {
    return isIPv6(bracketed) ? parsed({ host: bracketed, port }) : problem(EXPECTED);
  }
  const host = plain ?? "";
  // Something like 256.0.0.1 is a mistyped address, not a name.
  if (!isIPv4(host) && /^[\d.]+$/.test(host)) return problem(`${EXPECTED}; ${host} is no address`);
  return HOST_NAME.test(host) ? parsed({ host, port }) : problem(EXPECTED);
}

export function formatAddress(address: Address): string {
  const host = isIPv6(address.host) ? `[${address.host}]` : address.host;
  return `${host}:${String(address.port)}`;
}

/** Whether the address names this machine alone. Any name but `localhost` counts as not. */
export function isLoopback(address: Address): boolean {
  const host = address.host.toLowerCase();
  if (host === "localhost" || host === "::1") return true;
  return isIPv4(host) && host.startsWith("127.");
}

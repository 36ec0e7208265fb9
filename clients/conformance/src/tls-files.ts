/** The certificates of the conformance run, for the proxy that ends TLS and for clients that believe them. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TlsOptions } from "node:tls";

import { isObject, type JsonObject } from "./json.js";

const DIRECTORY = join(import.meta.dirname, "../../../../clients/conformance/tls");

export async function readTlsOptions(): Promise<TlsOptions> {
  const [key, cert] = await Promise.all(
    ["server-key.pem", "server.pem"].map((name) => readFile(join(DIRECTORY, name))),
  );
  return { key, cert, ALPNProtocols: ["h2"] };
}

/** What an agent is told to open. A case names a file of certificates as it stands in that folder. */
export function openWords(address: string, options: JsonObject): JsonObject {
  const { tls } = options;
  if (!isObject(tls) || typeof tls["ca_file"] !== "string") return { address, options };
  const file = join(DIRECTORY, tls["ca_file"]);
  return { address, options: { ...options, tls: { ...tls, ca_file: file } } };
}

/** What a file of cases says, once it was read and checked. */

import type { Shape } from "./commands.js";
import type { Expectation } from "./expectation.js";
import type { JsonObject } from "./json.js";
import type { Refusal } from "./refusing-server.js";

export const SERVER_DEEDS = [
  "restart",
  "stop",
  "start",
  "kill",
  "drain",
  "pause",
  "resume",
  "restore",
] as const;
export const NETWORK_DEEDS = ["cut", "lose-replies", "freeze"] as const;
export const DISK_DEEDS = ["fill", "free"] as const;

export type ServerDeed = (typeof SERVER_DEEDS)[number];
export type NetworkDeed = (typeof NETWORK_DEEDS)[number];
export type DiskDeed = (typeof DISK_DEEDS)[number];

export interface Call {
  readonly name: string;
  readonly shape: Shape;
  readonly written: JsonObject;
}

/** What an answer must be. Of `success` nothing else is asked. */
export type Outcome =
  | { readonly kind: "success" }
  | { readonly kind: "answer"; readonly expectation: Expectation }
  | { readonly kind: "error"; readonly expectation: Expectation };

export type Deed =
  | {
      readonly kind: "call";
      readonly call: Call;
      readonly outcome: Outcome;
      /** The name under which another step awaits the answer. */
      readonly begin?: string;
      /** What is done while a transaction's function is held at its end: at its first attempt, and at every one. */
      readonly firstAttempt: readonly Step[];
      readonly eachAttempt: readonly Step[];
    }
  | { readonly kind: "await"; readonly name: string; readonly outcome: Outcome }
  | { readonly kind: "behind"; readonly call: Call; readonly outcome: Outcome }
  | { readonly kind: "server"; readonly deed: ServerDeed }
  | { readonly kind: "network"; readonly deed: NetworkDeed }
  | { readonly kind: "disk"; readonly deed: DiskDeed }
  | { readonly kind: "refuse"; readonly refusal: Refusal }
  | { readonly kind: "refused"; readonly outcome: Outcome }
  | { readonly kind: "wait"; readonly waitMs: number };

export interface Step {
  /** For who reads of a failure, such as `step 3 (set)`. */
  readonly where: string;
  readonly deed: Deed;
}

export interface Case {
  readonly name: string;
  readonly about: string;
  readonly steps: readonly Step[];
}

export interface Suite {
  /** Its file, as a reader finds it. */
  readonly file: string;
  readonly name: string;
  readonly about: string;
  /** Settings of the server, by name. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whether the proxy ends TLS, so that the server is found under that alone. */
  readonly isTls: boolean;
  /** Whether the server has a disk of its own, so many MiB large, which can be filled. */
  readonly diskMib: number | undefined;
  /** Options of the client. */
  readonly options: JsonObject;
  readonly cases: readonly Case[];
}

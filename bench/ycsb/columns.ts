/** What is measured side by side: a server and the way in which it is spoken to, each on a store of its own. */

import type { Peer, RunningPeer } from "../peer.js";
import { ETCD_PEER, okCount } from "../peers/etcd-peer.js";
import { KVDB_PEER } from "../peers/kvdb-peer.js";
import type { Protocol, YcsbLoadOutcome } from "./load-request.js";
import type { WorkloadName } from "./workloads.js";

export const COLUMN_NAMES = ["keyvaluedb", "keyvaluedb, typed client", "etcd"] as const;
export type ColumnName = (typeof COLUMN_NAMES)[number];

/** How often a server says it has done something, under the names that it has for it. */
export type Counts = Readonly<Record<string, number>>;

export interface Column {
  readonly name: ColumnName;
  /** One line for the report. */
  readonly description: string;
  readonly peer: Peer;
  readonly protocol: Protocol;
  readonly skips: readonly WorkloadName[];
  readonly counts: (server: RunningPeer) => Promise<Counts>;
  /** By how much the counts must grow with a load. */
  readonly expected: (outcome: YcsbLoadOutcome) => Counts;
}

const OURS = {
  peer: KVDB_PEER,
  async counts(server: RunningPeer): Promise<Counts> {
    return { transactions: await server.successCount("Set") };
  },
  expected: ({ writes }: YcsbLoadOutcome): Counts => ({ transactions: writes }),
} as const;

export const COLUMNS: Readonly<Record<ColumnName, Column>> = {
  keyvaluedb: {
    ...OURS,
    name: "keyvaluedb",
    description: "unary Set, Get and Scan; a read-modify-write is a Get and a Set at its revision",
    protocol: "ours",
    skips: [],
  },
  "keyvaluedb, typed client": {
    ...OURS,
    name: "keyvaluedb, typed client",
    description:
      "all clients on one stream of operations of clients/typescript, which has no scans",
    protocol: "our-stream",
    skips: ["E"],
  },
  etcd: {
    name: "etcd",
    description: "unary Put and Range; a read-modify-write is a Range and a Txn at its revision",
    peer: ETCD_PEER,
    protocol: "etcd",
    skips: [],
    async counts({ port }) {
      const url = `http://127.0.0.1:${String(port)}`;
      const of = (method: string): Promise<number> => okCount(url, method);
      return { Put: await of("Put"), Txn: await of("Txn"), Range: await of("Range") };
    },
    expected: ({ writes, conditionalWrites, conflicts, reads }) => ({
      Put: writes - conditionalWrites,
      Txn: conditionalWrites + conflicts,
      Range: reads,
    }),
  },
};

/** Why a load does not count. Undefined: each answer was right, and the server counts what the load does. */
export function ycsbProblemOf(
  outcome: Pick<YcsbLoadOutcome, "operationsInAll" | "right" | "firstWrong">,
  expected: Counts,
  grown: Counts,
): string | undefined {
  const { operationsInAll, right, firstWrong } = outcome;
  if (right !== operationsInAll) {
    return `only ${String(right)} of ${String(operationsInAll)} answers were right (${firstWrong ?? ""})`;
  }
  for (const [name, count] of Object.entries(expected)) {
    const said = grown[name] ?? 0;
    if (said !== count) return `the server counts ${String(said)} ${name}, not ${String(count)}`;
  }
  return undefined;
}

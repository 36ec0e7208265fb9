/** The six core workloads of YCSB, by what their operations are and how their keys are drawn. */

export const WORKLOAD_NAMES = ["A", "B", "C", "D", "E", "F"] as const;
export type WorkloadName = (typeof WORKLOAD_NAMES)[number];

export const KINDS = ["read", "update", "insert", "scan", "read-modify-write"] as const;
export type Kind = (typeof KINDS)[number];

export interface Workload {
  readonly title: string;
  /** Shares of a hundred, in all a hundred. */
  readonly percent: Readonly<Partial<Record<Kind, number>>>;
  readonly keys: "scrambled" | "latest";
}

/** Records that a scan asks for: 1 to so many, uniformly. */
export const SCAN_MAX = 100;

export const WORKLOADS: Readonly<Record<WorkloadName, Workload>> = {
  A: { title: "update heavily", percent: { read: 50, update: 50 }, keys: "scrambled" },
  B: { title: "read mostly", percent: { read: 95, update: 5 }, keys: "scrambled" },
  C: { title: "read only", percent: { read: 100 }, keys: "scrambled" },
  D: { title: "read the latest", percent: { read: 95, insert: 5 }, keys: "latest" },
  E: { title: "short ranges", percent: { scan: 95, insert: 5 }, keys: "scrambled" },
  F: {
    title: "read-modify-write",
    percent: { read: 50, "read-modify-write": 50 },
    keys: "scrambled",
  },
};

/** The order in which they are measured: E last, as YCSB has it, since D and E add records. */
export const WORKLOAD_ORDER: readonly WorkloadName[] = ["A", "B", "C", "F", "D", "E"];

/** By a number from 0 to 99. */
export function kindAt({ percent }: Workload, number: number): Kind {
  let sum = 0;
  for (const kind of KINDS) {
    sum += percent[kind] ?? 0;
    if (number < sum) return kind;
  }
  throw new Error(`${String(number)} is not below a hundred`);
}

/** What a run of `make bench-engine` measures, and the figures that its processes hand back. */

export const STRUCTURE_NAMES = ["keydir", "map", "sorted-btree"] as const;
export type StructureName = (typeof STRUCTURE_NAMES)[number];

export const PART_NAMES = ["keydir", "start", "housekeeping"] as const;
export type PartName = (typeof PART_NAMES)[number];

/** What one child process is to do. */
export type Task =
  | {
      readonly part: "keydir";
      readonly structure: StructureName;
      readonly keyCount: number;
      readonly seed: number;
    }
  | { readonly part: "start"; readonly keyCount: number; readonly directory: string }
  | {
      readonly part: "housekeeping";
      readonly keyCount: number;
      readonly seconds: number;
      readonly directory: string;
    };

/** Names of figures with their values: `insert/s`, `quiet p99 µs` and so on. */
export type Figures = Readonly<Record<string, number>>;

export const KEY_BYTES = 16;
export const VALUE_BYTES = 100;

/** What a run of `make bench-commit` measures, and the figures that its processes hand back. */

import type { WayName } from "./ways.js";
import type { WindowName } from "./windows.js";

interface Circumstances {
  /** Each waits for its own commit before it asks for the next. */
  readonly clients: number;
  readonly seconds: number;
  /** An empty directory of this task's own. */
  readonly directory: string;
}

export type CommitTask = Circumstances &
  (
    | { readonly part: "way"; readonly name: WayName }
    | { readonly part: "window"; readonly name: WindowName }
  );

export interface CommitFigures {
  readonly ratePerSecond: number;
  /** As the clients see it. */
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly syncsPerCommit: number;
  /** Of the process that commits, all threads. */
  readonly cpuMicrosPerCommit: number;
  /** The longest time for which its event loop did nothing else. */
  readonly stallMs: number;
}

export interface CommitMeasurement extends CommitFigures {
  readonly part: CommitTask["part"];
  readonly name: string;
  readonly clients: number;
  readonly round: number;
  /** Of the machine's processors, by others than the two processes of the task: 0 is a quiet machine. */
  readonly othersCpuRatio: number;
}

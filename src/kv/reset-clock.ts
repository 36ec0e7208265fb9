/**
 * Repairs the time mark of a closed store. A store's time never goes back; so after a clock that was far
 * ahead, keys would expire late for as long as it was ahead, and this is the way out.
 */

import { DEFAULT_LIMITS, KvError, type Clock, type Logger, type TimeMs } from "../base/index.js";
import {
  DEFAULT_STORAGE_OPTIONS,
  StorageEngine,
  storeExists,
  type FileSystem,
} from "../storage/index.js";
import { noteOfSet } from "./set-call.js";

export interface ResetClockOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Sets the mark to what the machine's clock says. Throws what opening the store throws. */
export async function resetClock(
  options: ResetClockOptions,
): Promise<{ readonly beforeMs: TimeMs; readonly afterMs: TimeMs }> {
  const { fileSystem, directory } = options;
  if (!(await storeExists(fileSystem, directory))) {
    throw new KvError("STORE_ABSENT", `there is no store in ${directory}`);
  }
  // The first opening seals what an unclean stop left, with its times; the second finds nothing new.
  await (await open(options)).close();
  const engine = await open(options);
  try {
    const beforeMs = engine.recoveredTimeMs;
    const afterMs = options.clock.wallMs();
    await engine.resetTimeMark(afterMs);
    return { beforeMs, afterMs };
  } finally {
    await engine.close();
  }
}

function open(options: ResetClockOptions): Promise<StorageEngine> {
  return StorageEngine.open({
    ...DEFAULT_STORAGE_OPTIONS,
    noteOfSet,
    ...options,
    limits: DEFAULT_LIMITS,
    commitTimeMs: () => options.clock.wallMs(),
    onFailure: (error) => {
      throw error;
    },
  });
}

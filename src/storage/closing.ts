/**
 * The order in which a store lets go: first what works beside commits, then the commits themselves, then what they wrote to. When it
 * is through, or has failed, nothing of the store is under way.
 */

import type { CommitQueue } from "../log/index.js";
import type { BackgroundWork } from "./background-work.js";
import type { Recovered } from "./recovery.js";

/** Throws what ends the right to write meanwhile. */
export async function closeInOrder(
  { spares, manifest, segments }: Recovered,
  queue: CommitQueue,
  background: BackgroundWork,
): Promise<void> {
  const earlier = queue.failure;
  spares.hurry();
  await background.stop();
  await queue.close();
  if (queue.failure === undefined) await background.checkpoints.leave();
  await segments.close();
  await background.retiredFiles.stop();
  await spares.stop();
  await manifest.close();
  const { failure } = queue;
  if (failure !== undefined && failure !== earlier) throw failure;
}

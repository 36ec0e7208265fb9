/** Connects to a server by the name of what it speaks. */

import type { Protocol } from "./load-request.js";
import { openOurSide } from "./our-side.js";
import { openRedisSide } from "./redis-side.js";
import type { Side } from "./side.js";

export async function openSide(protocol: Protocol, port: number): Promise<Side> {
  return protocol === "resp" ? await openRedisSide(port) : openOurSide(port);
}

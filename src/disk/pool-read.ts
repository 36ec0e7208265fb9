/** A read through libuv's pool of threads: one trip for each, up to four at a time. */

import { read } from "node:fs";

/** As `File.read`, of a descriptor. */
export function readInPool(descriptor: number, into: Buffer, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const readFrom = (filled: number): void => {
      const wanted = into.length - filled;
      read(descriptor, into, filled, wanted, offset + filled, (error, count) => {
        if (error !== null) reject(error);
        else if (count === 0 || count === wanted) resolve(filled + count);
        else readFrom(filled + count);
      });
    };
    if (into.length === 0) resolve(0);
    else readFrom(0);
  });
}

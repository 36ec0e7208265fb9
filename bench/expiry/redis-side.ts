/** How expirations are asked for and followed on Redis: with SET and PXAT, and with its keyspace notifications. */

import { once } from "node:events";
import { connect } from "node:net";

import type { Done } from "../pipeline/load-connection.js";
import { openRedis } from "../pipeline/redis-connection.js";
import type { OnExpired, Side } from "./side.js";

/** Of the database that every connection begins with. */
const CHANNEL = "__keyevent@0__:expired";
const LINE_FEED = 0x0a;
const DOLLAR = 0x24;
const LINE_END_BYTES = 2;

/** What is said in one notification: that it is one, of which channel, and of which key. */
const STRINGS_PER_MESSAGE = 3;

export async function openRedisSide(port: number): Promise<Side> {
  const connection = await openRedis(port);
  return {
    async set(key, deadlineMs) {
      const isRight = await answer((done) => {
        connection.setUntil(key, deadlineMs, done);
      });
      if (!isRight) throw new Error(`SET ${key} was not answered right`);
    },
    get: (key) =>
      answer((done) => {
        connection.get(key, done);
      }),
    follow: (onExpired) => subscribe(port, onExpired),
  };
}

function answer(ask: (done: Done) => void): Promise<boolean> {
  return new Promise((resolve) => {
    ask((given) => {
      resolve(given === "right");
    });
  });
}

async function subscribe(port: number, onExpired: OnExpired): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`SUBSCRIBE ${CHANNEL}\r\n`);
  // What it answers first is no notification: it says that it has subscribed.
  await once(socket, "data");
  const strings = new BulkStrings();
  let said: string[] = [];
  socket.on("data", (bytes) => {
    const nowMs = Date.now();
    for (const string of strings.read(bytes)) {
      said.push(string);
      if (said.length < STRINGS_PER_MESSAGE) continue;
      onExpired(said[STRINGS_PER_MESSAGE - 1] ?? "", nowMs);
      said = [];
    }
  });
}

/** Takes the strings out of a stream of arrays of them: `*3`, `$7`, `message`, and so on, a line each. */
class BulkStrings {
  #rest: Buffer = Buffer.alloc(0);

  *read(more: Buffer): Generator<string, void, undefined> {
    const bytes = this.#rest.length === 0 ? more : Buffer.concat([this.#rest, more]);
    let at = 0;
    for (;;) {
      const lineEnd = bytes.indexOf(LINE_FEED, at);
      if (lineEnd < 0) break;
      if (bytes[at] === DOLLAR) {
        const start = lineEnd + 1;
        const end = start + Number(bytes.toString("latin1", at + 1, lineEnd - 1));
        if (end + LINE_END_BYTES > bytes.length) break;
        yield bytes.toString("latin1", start, end);
        at = end + LINE_END_BYTES;
      } else {
        at = lineEnd + 1;
      }
    }
    this.#rest = bytes.subarray(at);
  }
}

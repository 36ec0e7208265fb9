/**
 * A connection to Redis, which pipelines by itself: commands that are asked for in one turn of the event loop go out in
 * one write. It knows the replies to SET and GET, and no more of the protocol (RESP2) than they need.
 */

import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { VALUE } from "../peer.js";
import type { Done, LoadConnection } from "./load-connection.js";
import { Waiting } from "./waiting.js";

const STATUS = 0x2b;
const BULK = 0x24;
const LINE_FEED = 0x0a;
const LINE_END_BYTES = 2;
const MINUS = 0x2d;
const DIGIT_ZERO = 0x30;

const VALUE_PART = `$${String(VALUE.length)}\r\n${VALUE.toString("latin1")}\r\n`;

/** What it knows beside what every load asks for. */
export interface RedisLoadConnection extends LoadConnection {
  /** With a deadline, in milliseconds since 1970. */
  setUntil(key: string, deadlineMs: number, done: Done): void;
}

export async function openRedis(port: number): Promise<RedisLoadConnection> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return new RedisConnection(socket);
}

class RedisConnection implements RedisLoadConnection {
  readonly #socket: Socket;
  readonly #waiting = new Waiting();
  #commands = "";
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => {
      this.#read(this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]));
    });
  }

  set(key: string, done: Done): void {
    this.#ask(`*3\r\n$3\r\nSET\r\n$${String(key.length)}\r\n${key}\r\n${VALUE_PART}`, done);
  }

  setUntil(key: string, deadlineMs: number, done: Done): void {
    const deadline = String(deadlineMs);
    const option = `$4\r\nPXAT\r\n$${String(deadline.length)}\r\n${deadline}\r\n`;
    this.#ask(
      `*5\r\n$3\r\nSET\r\n$${String(key.length)}\r\n${key}\r\n${VALUE_PART}${option}`,
      done,
    );
  }

  get(key: string, done: Done): void {
    this.#ask(`*2\r\n$3\r\nGET\r\n$${String(key.length)}\r\n${key}\r\n`, done);
  }

  close(): Promise<void> {
    this.#socket.destroy();
    return Promise.resolve();
  }

  #ask(command: string, done: Done): void {
    if (this.#commands === "") {
      setImmediate(() => {
        this.#socket.write(this.#commands, "latin1");
        this.#commands = "";
      });
    }
    this.#commands += command;
    this.#waiting.add(done);
  }

  /** `+OK`, `$256` and a value, `$-1`, `-ERR …`. */
  #read(bytes: Buffer): void {
    let at = 0;
    for (;;) {
      const lineEnd = bytes.indexOf(LINE_FEED, at);
      if (lineEnd < 0) break;
      const kind = bytes[at];
      if (kind === BULK && bytes[at + 1] !== MINUS) {
        const length = lengthIn(bytes, at + 1, lineEnd);
        const end = lineEnd + 1 + length + LINE_END_BYTES;
        if (end > bytes.length) break;
        at = end;
        this.#waiting.answer(length === VALUE.length ? "right" : "wrong");
      } else {
        at = lineEnd + 1;
        this.#waiting.answer(kind === STATUS ? "right" : "wrong");
      }
    }
    this.#rest = bytes.subarray(at);
  }
}

function lengthIn(bytes: Buffer, start: number, lineEnd: number): number {
  let length = 0;
  for (let at = start; at < lineEnd - 1; at += 1) {
    length = length * 10 + (bytes[at] ?? 0) - DIGIT_ZERO;
  }
  return length;
}

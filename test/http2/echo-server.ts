/** A server of HTTP/2 whose requests are answered with what they brought, or as the test says that has them. */

import { writeHeaderBlock } from "../../src/http2/index.js";
import {
  Http2Server,
  type Http2Stream,
  type Intake,
  type RequestHead,
} from "../../src/http2/index.js";
import type { RequestListener } from "../../src/http2/http2-stream.js";

const HEAD = writeHeaderBlock([{ name: ":status", value: "200" }]);
const LAST = writeHeaderBlock([{ name: "ended", value: "well" }]);

/** Most requests that may be under way on a connection. */
export const STREAMS_MAX = 100;

export interface EchoOptions {
  readonly keepaliveMs?: number;
  readonly keepaliveTimeoutMs?: number;
  readonly prefaceMs?: number;
  readonly connectionsMax?: number;
  readonly onConnectionRefused?: () => void;
  /** Every request enters it, and leaves when it is over. */
  readonly intake?: Intake;
  readonly refusalOf?: (head: RequestHead) => Buffer | undefined;
}

/**
 * Paths: `/hold` is neither answered nor read until the test says so; `/large/N` is answered with N bytes at once; anything else with what
 * it brought, or with a greeting where that is nothing.
 */
export class EchoServer {
  readonly port: number;
  /** In the order in which they began. */
  readonly requests: Held[];
  readonly #server: Http2Server;

  private constructor(server: Http2Server, requests: Held[], port: number) {
    this.#server = server;
    this.requests = requests;
    this.port = port;
  }

  static async start(options: EchoOptions = {}): Promise<EchoServer> {
    const requests: Held[] = [];
    const server = new Http2Server({
      streamsMax: STREAMS_MAX,
      keepaliveMs: options.keepaliveMs ?? 60_000,
      keepaliveTimeoutMs: options.keepaliveTimeoutMs ?? 20_000,
      prefaceMs: options.prefaceMs ?? 10_000,
      connectionsMax: options.connectionsMax,
      onConnectionRefused: options.onConnectionRefused,
      intake: options.intake,
      refusalOf: options.refusalOf,
      onRequest: (stream, head, waitedMs) => {
        const held = new Held(stream, head, options.intake);
        held.waitedMs = waitedMs;
        requests.push(held);
        return held;
      },
    });
    return new EchoServer(server, requests, await server.listen("127.0.0.1", 0));
  }

  get underWay(): number {
    return this.requests.filter(({ isOver }) => !isOver).length;
  }

  stop(graceMs = 0): Promise<void> {
    return this.#server.close(graceMs);
  }
}

/** One request, and all that was told of it. */
export class Held implements RequestListener {
  readonly stream: Http2Stream;
  readonly head: RequestHead;
  readonly parts: Buffer[] = [];
  /** Before its turn came. */
  waitedMs = 0;
  isWhole = false;
  isOver = false;

  readonly #intake: Intake | undefined;

  constructor(stream: Http2Stream, head: RequestHead, intake?: Intake) {
    this.stream = stream;
    this.head = head;
    this.#intake = intake;
    intake?.enter();
  }

  get body(): Buffer {
    return Buffer.concat(this.parts);
  }

  get isHeld(): boolean {
    return this.head.path === "/hold";
  }

  onData(bytes: Buffer): void {
    this.parts.push(Buffer.from(bytes));
    if (!this.isHeld) this.stream.consumed(bytes.length);
  }

  onEnd(): void {
    this.isWhole = true;
    if (this.isHeld) return;
    const [, size] = /^\/large\/(\d+)$/u.exec(this.head.path) ?? [];
    if (size !== undefined) this.answer(patternOf(Number(size)));
    else this.answer(this.parts.length === 0 ? Buffer.from("hello") : this.body);
  }

  onOver(): void {
    this.isOver = true;
    this.#intake?.leave();
    if (!this.isHeld) this.stream.done();
  }

  answer(body: Buffer): void {
    this.stream.answer(HEAD, body, LAST);
  }
}

/** Bytes that differ wherever one looks, so that none may be lost or come twice. */
export function patternOf(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32BE((at * 2_654_435_761) % 2 ** 32, at);
  return bytes;
}

/**
 * A bare connection to our server, or to the ceiling: a stream of Pipeline on which what is asked for in one turn of the
 * event loop goes out as one message, as in the typed client. Like the connection to Redis it knows what it asks beforehand,
 * but for the key, and of the answers no more than whether each is the right one.
 */

import { VALUE } from "../peer.js";
import { openBareStream, type BareStream } from "./bare-stream.js";
import type { Done, LoadConnection } from "./load-connection.js";
import { KEY_BYTES } from "./load-request.js";
import { Waiting } from "./waiting.js";

const PATH = "/keyvaluedb.v1.KeyValueService/Pipeline";

/** A field's number, shifted by three, and 2 for a length and bytes. */
const FIELD_1 = (1 << 3) | 2;
const FIELD_2 = (2 << 3) | 2;

/** A field with its length before it, as text with one character a byte. */
function fieldText(tag: number, content: string): string {
  return headText(tag, content.length) + content;
}

function headText(tag: number, length: number): string {
  let text = String.fromCharCode(tag);
  let rest = length;
  for (; rest >= 0x80; rest >>>= 7) text += String.fromCharCode((rest & 0x7f) | 0x80);
  return text + String.fromCharCode(rest);
}

/** What stands before the key of an operation, all of which have keys of one length, and what stands behind it. */
function partsAround(kind: number, behindKey: string): { before: string; behind: string } {
  const beforeKey = headText(FIELD_1, KEY_BYTES);
  const bodyBytes = beforeKey.length + KEY_BYTES + behindKey.length;
  const kindHead = headText(kind, bodyBytes);
  const operationHead = headText(FIELD_1, kindHead.length + bodyBytes);
  return { before: operationHead + kindHead + beforeKey, behind: behindKey };
}

const SET = partsAround(FIELD_1, fieldText(FIELD_2, VALUE.toString("latin1")));
const GET = partsAround(FIELD_2, "");

export async function openBare(port: number): Promise<LoadConnection> {
  const answers: { take: (reply: Buffer) => void } = { take: () => undefined };
  const stream = await openBareStream(port, PATH, (message) => {
    answers.take(message);
  });
  const connection = new BareConnection(stream);
  answers.take = (reply) => {
    connection.takeReply(reply);
  };
  return connection;
}

class BareConnection implements LoadConnection {
  readonly #stream: BareStream;
  readonly #waiting = new Waiting();
  #operations = "";

  constructor(stream: BareStream) {
    this.#stream = stream;
  }

  set(key: string, done: Done): void {
    this.#ask(SET.before + key + SET.behind, done);
  }

  get(key: string, done: Done): void {
    this.#ask(GET.before + key, done);
  }

  close(): Promise<void> {
    return this.#stream.close();
  }

  /** keyvaluedb.v1.PipelineResponse. */
  takeReply(reply: Buffer): void {
    const walk = new ReplyWalk(reply);
    while (walk.at < reply.length) {
      const end = walk.enter();
      const isRight = walk.isRight();
      walk.at = end;
      this.#waiting.answer(isRight ? "right" : "wrong");
    }
  }

  #ask(operation: string, done: Done): void {
    if (this.#operations === "") {
      setImmediate(() => {
        this.#stream.send(this.#operations);
        this.#operations = "";
      });
    }
    this.#operations += operation;
    this.#waiting.add(done);
  }
}

/** Walks over the fields of a reply, each of which has a tag of one byte and a length before it. */
class ReplyWalk {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Goes to where the content of a field begins, and returns where that ends. */
  enter(): number {
    this.at += 1;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.at++] ?? 0;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) return this.at + length;
    }
  }

  /** Whether the result here is of a set, or of a get that found an entry with a value of the right length. */
  isRight(): boolean {
    const kind = this.#bytes[this.at];
    if (kind === FIELD_1) return true;
    if (kind !== FIELD_2) return false;
    this.enter();
    if (this.#bytes[this.at] !== FIELD_1) return false;
    this.enter();
    if (this.#bytes[this.at] !== FIELD_1) return false;
    this.at = this.enter();
    return this.#bytes[this.at] === FIELD_2 && this.enter() - this.at === VALUE.length;
  }
}

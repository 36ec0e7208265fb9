/**
 * One connection that calls, as a client of gRPC does: no more streams than the server allows, no more bytes than its
 * window takes; what cannot be sent yet waits. It knows an answer from a refusal by whether a message came.
 */

import { once } from "node:events";
import { connect, type Socket } from "node:net";

import {
  ACK,
  type CallFrames,
  END_STREAM,
  frame,
  FrameReader,
  FrameType,
  MAX_CONCURRENT_STREAMS,
  preface,
  SETTING_BYTES,
  WINDOW_BYTES_FIRST,
  type FrameHead,
} from "./frames.js";

export type Outcome = "accepted" | "refused" | "reset";

/** When it was to be called, and when it was; in milliseconds of the process. */
export interface Times {
  readonly intendedMs: number;
  readonly sentMs: number;
}

export type OnOutcome = (outcome: Outcome, times: Times) => void;

interface UnderWay extends Times {
  hasMessage: boolean;
}

export class Caller {
  readonly #socket: Socket;
  readonly #call: CallFrames;
  readonly #onOutcome: OnOutcome;
  readonly #underWay = new Map<number, UnderWay>();
  /** Times for which calls are intended that are not sent yet, oldest first. */
  #waiting: number[] = [];
  #nextStream = 1;
  /** None before the server has said how many it allows; as many as there may be where it does not say. */
  #streamsMax = 0;
  #windowBytes = WINDOW_BYTES_FIRST;
  #isEnded = false;

  private constructor(socket: Socket, call: CallFrames, onOutcome: OnOutcome) {
    this.#socket = socket;
    this.#call = call;
    this.#onOutcome = onOutcome;
    const reader = new FrameReader((head, payload) => {
      this.#take(head, payload);
    });
    socket.on("data", (bytes) => {
      reader.read(bytes);
      this.#send();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#isEnded = true;
      for (const times of this.#underWay.values()) onOutcome("reset", times);
      this.#underWay.clear();
    });
  }

  static async connect(port: number, call: CallFrames, onOutcome: OnOutcome): Promise<Caller> {
    const socket = connect(port, "127.0.0.1");
    socket.setNoDelay(true);
    await once(socket, "connect");
    const caller = new Caller(socket, call, onOutcome);
    socket.write(preface());
    return caller;
  }

  get underWayCount(): number {
    return this.#underWay.size;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Calls as soon as it may. `flush` has it done. */
  intend(intendedMs: number): void {
    this.#waiting.push(intendedMs);
  }

  flush(): void {
    this.#send();
  }

  /** Gives up what was intended before and is still not sent. Returns how many those were. */
  giveUpBefore(timeMs: number): number {
    const first = this.#waiting.findIndex((intendedMs) => intendedMs >= timeMs);
    const count = first < 0 ? this.#waiting.length : first;
    this.#waiting = this.#waiting.slice(count);
    return count;
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(): void {
    const room = Math.min(
      this.#waiting.length,
      this.#streamsMax - this.#underWay.size,
      Math.floor(this.#windowBytes / this.#call.dataBytes),
    );
    // A socket that takes no more has the rest wait here, where it can be given up.
    if (room <= 0 || this.#isEnded || this.#socket.writableNeedDrain) return;
    const bytes = Buffer.allocUnsafe(this.#call.lengthOf(room, this.#nextStream));
    let end = 0;
    const sentMs = performance.now();
    for (let at = 0; at < room; at += 1) {
      const stream = this.#nextStream;
      this.#nextStream += 2;
      end = this.#call.writeTo(bytes, end, stream);
      const intendedMs = this.#waiting[at] ?? sentMs;
      this.#underWay.set(stream, { intendedMs, sentMs, hasMessage: false });
    }
    this.#waiting = this.#waiting.slice(room);
    this.#windowBytes -= room * this.#call.dataBytes;
    this.#socket.write(bytes);
  }

  #take(head: FrameHead, payload: Buffer): void {
    switch (head.type) {
      case FrameType.DATA:
      case FrameType.HEADERS:
        this.#takePart(head);
        break;
      case FrameType.RST_STREAM:
        this.#end(head.stream, "reset");
        break;
      case FrameType.WINDOW_UPDATE:
        if (head.stream === 0) this.#windowBytes += payload.readUInt32BE(0);
        break;
      case FrameType.SETTINGS:
        if ((head.flags & ACK) === 0) this.#takeSettings(payload);
        break;
      case FrameType.PING:
        if ((head.flags & ACK) === 0) {
          this.#socket.write(frame({ type: FrameType.PING, flags: ACK, stream: 0 }, payload));
        }
        break;
    }
  }

  #takePart({ type, flags, stream }: FrameHead): void {
    const call = this.#underWay.get(stream);
    if (call !== undefined && type === FrameType.DATA) call.hasMessage = true;
    if ((flags & END_STREAM) === 0) return;
    this.#end(stream, call?.hasMessage === true ? "accepted" : "refused");
  }

  #takeSettings(payload: Buffer): void {
    if (this.#streamsMax === 0) this.#streamsMax = Infinity;
    for (let at = 0; at + SETTING_BYTES <= payload.length; at += SETTING_BYTES) {
      if (payload.readUInt16BE(at) !== MAX_CONCURRENT_STREAMS) continue;
      this.#streamsMax = payload.readUInt32BE(at + 2);
    }
    const none = Buffer.alloc(0);
    this.#socket.write(frame({ type: FrameType.SETTINGS, flags: ACK, stream: 0 }, none));
  }

  #end(stream: number, outcome: Outcome): void {
    const call = this.#underWay.get(stream);
    // After an answer that came before all of the request was read, there is a reset that says so.
    if (call === undefined) return;
    this.#underWay.delete(stream);
    this.#onOutcome(outcome, call);
  }
}

/** The streams that are followed, by their names, and what is taken from them. */

import {
  KeyValueError,
  type Expirations,
  type ExpirationsMessage,
  type KeyValueClient,
  type Watch,
  type WatchMessage,
} from "../src/index.js";
import { part, parts, rangeOf, startOf, textOf } from "./from-line.js";
import { toEvent, toExpiration, toProgress, type Line } from "./to-line.js";

type Value = Uint8Array;

/** gRPC's CANCELLED. */
const CANCELLED = 1;

type Message = WatchMessage<Value> | ExpirationsMessage<Value>;

/** One `next` after the other, also if they are asked for together. */
class Followed {
  readonly #stream: Watch<Value> | Expirations<Value>;

  constructor(stream: Watch<Value> | Expirations<Value>) {
    this.#stream = stream;
  }

  async message(): Promise<Message> {
    const { done, value } = await this.#stream.next();
    if (done !== true) return value;
    const options = { reason: "CANCELLED", code: CANCELLED };
    throw new KeyValueError("the stream was ended", options);
  }

  async end(): Promise<void> {
    await this.#stream.return();
  }
}

export class Streams {
  readonly #followed = new Map<string, Followed>();

  async watch(client: KeyValueClient<Value>, line: Line): Promise<Line> {
    const { include_previous: includePrevious, progress_interval_ms: progressIntervalMs } = line;
    const kinds = (line["kinds"] ?? []) as readonly string[];
    const stream = client.watch({
      start: startOf(part(line, "start")),
      ranges: parts(line, "ranges").map(rangeOf),
      kinds: kinds.map((kind) => kind.toLowerCase() as "set"),
      ...(includePrevious === true ? { includePrevious } : {}),
      ...(typeof progressIntervalMs === "number" ? { progressIntervalMs } : {}),
    });
    return this.#begin(textOf(line, "stream"), stream);
  }

  async watchExpirations(client: KeyValueClient<Value>, line: Line): Promise<Line> {
    const { include_value: includeValue, progress_interval_ms: progressIntervalMs } = line;
    const stream = client.watchExpirations({
      start: startOf(part(line, "start")),
      range: rangeOf(part(line, "range")),
      ...(includeValue === true ? { includeValue } : {}),
      ...(typeof progressIntervalMs === "number" ? { progressIntervalMs } : {}),
    });
    return this.#begin(textOf(line, "stream"), stream);
  }

  /** Takes messages until there are so many events, or one says what is waited for. */
  async next(line: Line): Promise<Line> {
    const { count, until } = line;
    const followed = this.#named(line);
    const taken: Line[] = [];
    let last: Line = {};
    for (;;) {
      const message = await followed.message();
      const line = toLine(message);
      taken.push(...eventsOf(line));
      last = together(last, line);
      const isEnough = typeof count === "number" && taken.length >= count;
      if (isEnough || (typeof until === "string" && Boolean(line[until]))) break;
    }
    const name = "expirations" in last ? "expirations" : "events";
    return { ...last, [name]: taken };
  }

  async end(line: Line): Promise<Line> {
    const followed = this.#named(line);
    this.#followed.delete(textOf(line, "stream"));
    await followed.end();
    return {};
  }

  async #begin(name: string, stream: Watch<Value> | Expirations<Value>): Promise<Line> {
    const followed = new Followed(stream);
    this.#followed.set(name, followed);
    return toLine(await followed.message());
  }

  #named(line: Line): Followed {
    const name = textOf(line, "stream");
    const followed = this.#followed.get(name);
    if (followed === undefined) throw new Error(`there is no stream ${name}`);
    return followed;
  }
}

function toLine(message: Message): Line {
  const { resumeToken, progress } = message;
  const shared = { resume_token: resumeToken, progress: toProgress(progress) };
  if ("expirations" in message) {
    return { expirations: message.expirations.map(toExpiration), ...shared };
  }
  const { events, synced, restarted } = message;
  return { events: events.map(toEvent), ...shared, synced, restarted };
}

function eventsOf(line: Line): readonly Line[] {
  return (line["events"] ?? line["expirations"] ?? []) as readonly Line[];
}

function together(before: Line, line: Line): Line {
  const { progress, synced, restarted } = line;
  return {
    ...line,
    progress: progress ?? before["progress"],
    synced: synced === true || before["synced"] === true,
    restarted: restarted === true || before["restarted"] === true,
  };
}

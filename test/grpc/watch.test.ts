/** Watch as a message: what is refused before the store is asked, and what is split or left out to fit. */

import { expect } from "chai";

import { WatchRequest } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { EventKind } from "../../generated/keyvaluedb/v1/types.js";
import { DEFAULT_LIMITS, KvError, NO_DEADLINE, revision, timeMs } from "../../src/base/index.js";
import { fromWatchResponse, toWatchRequest } from "../../src/grpc/convert-watch-client.js";
import { toWatchQuery, toWatchResponse } from "../../src/grpc/convert-watch.js";
import { MESSAGE_HEAD_BYTES } from "../../src/grpc/message-reader.js";
import { KEY_VALUE_METHODS } from "../../src/grpc/methods.js";
import { splitChanges } from "../../src/grpc/split-batches.js";
import type { ChangeBatch, ChangeEvent, Entry, WatchQuery } from "../../src/kv/index.js";
import { bytes } from "../support/calls.js";

function entryOf(key: string, valueBytes: number): Entry {
  return {
    key: bytes(key),
    value: Buffer.alloc(valueBytes, 1),
    revision: revision(7),
    createRevision: revision(5),
    version: 2,
    deadlineMs: NO_DEADLINE,
    updateTimeMs: timeMs(1_900_000_000_001),
    contentType: "text/plain",
  };
}

function eventOf(index: number, valueBytes: number, previousBytes?: number): ChangeEvent {
  return {
    kind: "set",
    revision: revision(7),
    index,
    entry: entryOf(`key-${String(index)}`, valueBytes),
    valueOmitted: false,
    previous: previousBytes === undefined ? undefined : entryOf("key", previousBytes),
    previousOmitted: false,
    commitTimeMs: timeMs(1_900_000_000_002),
  };
}

function batchOf(token: string, ...events: readonly ChangeEvent[]): ChangeBatch {
  return { events, resumeToken: token, progress: undefined, synced: false };
}

describe("Watch as messages", () => {
  it("comes back from the wire as it was", () => {
    const query: WatchQuery = {
      ranges: [{ kind: "all" }, { kind: "prefix", prefix: bytes("a") }],
      start: { kind: "current-state" },
      kinds: ["set", "delete", "expire", "touch"],
      includePrevious: true,
      progressIntervalMs: 1234,
    };
    const request = WatchRequest.decode(WatchRequest.encode(toWatchRequest(query)).finish());
    expect(toWatchQuery(request, DEFAULT_LIMITS)).to.deep.equal(query);
    const batch: ChangeBatch = {
      ...batchOf("token", eventOf(0, 5, 6), {
        ...eventOf(1, 0),
        kind: "expire",
        previousOmitted: true,
      }),
      progress: { revision: revision(7), timeMs: timeMs(1_900_000_000_003) },
      synced: true,
    };
    expect(fromWatchResponse(toWatchResponse(batch))).to.deep.equal(batch);
  });

  it("is refused with the field that is wrong", () => {
    const refused: readonly (readonly [Partial<WatchRequest>, string])[] = [
      [{ kinds: [EventKind.EVENT_KIND_SET, EventKind.EVENT_KIND_UNSPECIFIED] }, "kinds[1]"],
      [{ kinds: [99 as EventKind] }, "kinds[0]"],
      [
        { ranges: [{ range: undefined }, { range: { $case: "prefix", value: "k".repeat(5000) } }] },
        "ranges[1].prefix",
      ],
      [{ start: { position: { $case: "currentState", value: false } } }, "start.current_state"],
      [{ progressInterval: { seconds: 0, nanos: 1_000_000 } }, "progress_interval"],
    ];
    for (const [part, field] of refused) {
      const request = { ...WatchRequest.fromPartial({}), ...part };
      try {
        toWatchQuery(request, DEFAULT_LIMITS);
        expect.fail(`${field} was taken`);
      } catch (error) {
        expect(error, field).to.be.instanceOf(KvError);
        expect(error).to.have.nested.property("metadata.field", field);
      }
    }
  });

  async function split(messageBytesMax: number, ...batches: ChangeBatch[]) {
    // eslint-disable-next-line @typescript-eslint/require-await -- The store's side of it is a generator.
    async function* source(): AsyncGenerator<ChangeBatch, void, undefined> {
      yield* batches;
    }
    const { encodeReply } = KEY_VALUE_METHODS.watch.definition;
    const messages: ChangeBatch[] = [];
    for await (const message of splitChanges(messageBytesMax, { kind: "now" }, source())) {
      messages.push(fromWatchResponse(message));
      expect(encodeReply(message).length - MESSAGE_HEAD_BYTES).to.be.at.most(messageBytesMax);
    }
    return messages;
  }

  it("is split where a batch is too long, its token with the last part only", async () => {
    const events = Array.from({ length: 40 }, (_, index) => eventOf(index, 900, 900));
    const messages = await split(10_000, batchOf("t1"), batchOf("t2", ...events));
    expect(messages.length).to.be.greaterThan(8);
    expect(messages.flatMap((message) => message.events)).to.deep.equal(events);
    expect(messages.map(({ resumeToken }) => resumeToken).join(" ")).to.match(/^(t1 )+t2$/);
  });

  it("leaves out what was there before, and then the value, where a message has no room", async () => {
    const [message] = await split(
      10_000,
      batchOf("t1", eventOf(0, 6000, 6000), eventOf(1, 12_000, 10), eventOf(2, 10)),
    );
    const told = message?.events.map((event) => [
      event.entry.value.length,
      event.valueOmitted,
      event.previous?.value.length,
      event.previousOmitted,
    ]);
    expect(told).to.deep.equal([
      [6000, false, undefined, true],
      [0, true, undefined, true],
      [10, false, undefined, false],
    ]);
  });
});

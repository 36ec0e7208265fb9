/** Who is to be told of a key: exactly those who named a beginning of it, each once. */

import { expect } from "chai";
import fc from "fast-check";

import { Audience } from "../../src/kv/audience.js";
import { FeedRecord } from "../../src/kv/feed-record.js";
import { durableChange } from "../support/feed-records.js";

class Listener {
  readonly prefixes: readonly Buffer[];
  offers: string[] = [];

  constructor(prefixes: readonly string[]) {
    this.prefixes = prefixes.map((prefix) => Buffer.from(prefix));
  }

  offer(record: FeedRecord): void {
    this.offers.push(record.key.toString());
  }
}

const text = fc
  .array(fc.constantFrom("a", "b", "ä"), { maxLength: 4 })
  .map((each) => each.join(""));

describe("the audience of a change", () => {
  it("is who named a beginning of its key, each once, as long as they stay", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.array(text, { minLength: 1, maxLength: 3 }), fc.boolean())),
        fc.array(text, { minLength: 1 }),
        (followers, keys) => {
          const audience = new Audience<Listener>();
          const listeners = followers.map(([prefixes]) => new Listener(prefixes));
          for (const each of listeners) audience.add(each, each.prefixes);
          for (const [at, [, leaves]] of followers.entries()) {
            const listener = listeners[at];
            if (leaves && listener !== undefined) audience.remove(listener, listener.prefixes);
          }
          for (const key of keys) audience.offer(new FeedRecord(durableChange({ key })));
          for (const [at, [prefixes, leaves]] of followers.entries()) {
            const wanted = keys.filter((key) => prefixes.some((prefix) => key.startsWith(prefix)));
            expect(listeners[at]?.offers).to.deep.equal(leaves ? [] : wanted);
          }
        },
      ),
    );
  });

  it("finds who named a very long beginning, too", () => {
    const audience = new Audience<Listener>();
    const listener = new Listener(["k".repeat(3000)]);
    audience.add(listener, listener.prefixes);
    audience.offer(new FeedRecord(durableChange({ key: "k".repeat(3001) })));
    audience.offer(new FeedRecord(durableChange({ key: "j".repeat(3001) })));
    expect(listener.offers).to.have.lengthOf(1);
  });
});

/** A follower that does not keep up: it is cut off, and nobody else waits for it. */

import { expect } from "chai";

import { revision } from "../../src/base/index.js";
import type { ExpirationEvent } from "../../src/kv/index.js";
import { PATIENT, setOf } from "../support/calls.js";
import { expirationsSince, Follower } from "../support/follower.js";
import { kvRejectionOf } from "../support/rejection.js";
import { useStore, type OpenStore } from "./opened-store.js";

export function describeSlowFollowing(open: OpenStore): void {
  describe("following slowly", () => {
    const subject = useStore(open);

    it("cuts off a follower that does not ask, with a token from which nothing is missed", async () => {
      const { followerBytesMax } = subject.current.watchLimits;
      const { follower } = await Follower.start(subject.store, subject.clock);
      const value = "v".repeat(2500);
      const count = Math.ceil((3 * followerBytesMax) / value.length);
      for (let index = 0; index < count; index += 1) {
        const set = setOf(`k${String(index)}`, value, { expiration: { kind: "ttl", ttlMs: 1000 } });
        await subject.store.set(set, PATIENT);
      }

      await subject.clock.advance(2000);
      const start = { kind: "revision", revision: revision(1) } as const;
      await expirationsSince(subject.store, subject.clock, { start, count });
      const told: ExpirationEvent[] = [];
      const drink = async (): Promise<void> => {
        for (;;) told.push(...((await follower.next())?.expirations ?? []));
      };
      const error = await kvRejectionOf(drink(), "SLOW_FOLLOWER");
      expect(told.length, "events before the cut").to.be.below(count);
      const token = error.metadata.resume_token ?? "";
      const rest = await expirationsSince(subject.store, subject.clock, {
        start: { kind: "resume-token", token },
        count: count - told.length,
      });
      expect(new Set([...told, ...rest].map(({ key }) => key.toString())).size).to.equal(count);
    });
  });
}

/** The share of a turn: little by itself, more while others take their time, never past its bounds. */

import { expect } from "chai";

import { FairShare } from "../../src/kv/fair-share.js";
import { ManualClock } from "../support/manual-clock.js";

describe("the share of a turn", () => {
  const clock = new ManualClock();

  /** The share in each turn, when its work and what the others do then take so long. */
  async function sharesWith(turns: readonly [number, number][]): Promise<number[]> {
    const share = new FairShare({ clock, least: 64, most: 256 });
    const shares = [share.pieces];
    for (const [ownMs, othersMs] of turns) {
      await share.spend(() => {
        clock.pass(ownMs);
        return Promise.resolve();
      });
      setImmediate(() => {
        clock.pass(othersMs);
      });
      await share.rest();
      shares.push(share.pieces);
    }
    return shares;
  }

  it("is the least while others have little to do", async () => {
    expect(
      await sharesWith([
        [1, 0],
        [1, 0.5],
        [1, 1],
      ]),
    ).to.deep.equal([64, 64, 64, 64]);
  });

  it("grows while others take longer, up to the most, and shrinks when they do not", async () => {
    expect(
      await sharesWith([
        [1, 3],
        [2, 3],
        [4, 5],
        [4, 4],
        [2, 1],
        [1, 0],
      ]),
    ).to.deep.equal([64, 128, 256, 256, 128, 64, 64]);
  });

  it("gives back what the work gives, and lets its failure through", async () => {
    const share = new FairShare({ clock, least: 1, most: 2 });
    expect(await share.spend(() => Promise.resolve("done"))).to.equal("done");
    let failure: unknown;
    await share
      .spend(() => Promise.reject(new Error("no")))
      .catch((error: unknown) => {
        failure = error;
      });
    expect(failure).to.have.property("message", "no");
  });
});

/** What is due is ended: by whoever meets it, by the sweeper for all else; with its value, or without. */

import { expect } from "chai";

import { KIB, revision, timeMs } from "../../src/base/index.js";
import { commit, setChange, type EngineBench } from "../support/engine.js";
import { closeParts, openParts, type KvParts } from "../support/kv-parts.js";
import { settle, until } from "../support/manual-clock.js";

const key = (name: string): Buffer => Buffer.from(name);

/** The expire records in the log, from its beginning. */
async function expirationsOf({ engine }: EngineBench): Promise<ExpireRecord[]> {
  const records: ExpireRecord[] = [];
  let position = { revision: revision(1) };
  while (position.revision <= engine.durableRevision) {
    const step = await engine.logReader.read(position, engine.durableRevision, "expirations");
    records.push(...step.records);
    position = step.next;
  }
  return records;
}

type ExpireRecord = Awaited<
  ReturnType<EngineBench["engine"]["logReader"]["read"]>
>["records"][number];

async function expireNow(parts: KvParts, ...names: string[]): Promise<void> {
  await parts.expirer.expire(names.map(key));
  await parts.engine.whenDurable(parts.engine.appliedRevision);
}

describe("the expirer", () => {
  it("ends what is due, with the value and the deadline that it had, and nothing else", async () => {
    const parts = await openParts();
    const dueMs = parts.clock.wallMs() + 100;
    await commit(parts, setChange("due", "value", dueMs), setChange("later", "value", dueMs + 1));
    parts.clock.pass(100);
    await expireNow(parts, "due", "later", "absent");
    const records = await expirationsOf(parts);
    expect(records).to.have.lengthOf(1);
    expect(records[0]).to.deep.include({
      revision: 2,
      index: 0,
      key: key("due"),
      value: Buffer.from("value"),
      deadlineMs: dueMs,
      commitTimeMs: dueMs,
      isValueOmitted: false,
      isWhileDown: false,
    });
    expect(parts.engine.lookup(key("due"))).to.equal(undefined);
    expect(parts.engine.lookup(key("later"))).not.to.equal(undefined);
    expect(parts.engine.deadlines.size).to.equal(1);
    await closeParts(parts);
  });

  it("ends a key once, though two meet it", async () => {
    const parts = await openParts();
    await commit(parts, setChange("due", "value", parts.clock.wallMs()));
    await Promise.all([expireNow(parts, "due"), expireNow(parts, "due")]);
    expect(await expirationsOf(parts)).to.have.lengthOf(1);
    await closeParts(parts);
  });

  it("leaves a key that was set again while its old value was read", async () => {
    const parts = await openParts();
    await commit(parts, setChange("due", "old", parts.clock.wallMs()));
    const expiring = parts.expirer.expire([key("due")]);
    await commit(parts, setChange("due", "new"));
    await expiring;
    expect(await expirationsOf(parts)).to.deep.equal([]);
    expect(parts.engine.lookup(key("due"))?.version).to.equal(2);
    await closeParts(parts);
  });

  it("says the size of a value that is too large to tell, and leaves it out", async () => {
    const parts = await openParts({ expiredValueBytesMax: 10 });
    const dueMs = parts.clock.wallMs();
    await commit(parts, setChange("fits", "0123456789", dueMs));
    await commit(parts, setChange("large", "0123456789a", dueMs));
    await expireNow(parts, "fits", "large");
    const [fits, large] = await expirationsOf(parts);
    expect(fits).to.include({ valueSize: 10, isValueOmitted: false });
    expect(large).to.include({ valueSize: 11, isValueOmitted: true });
    expect(large?.value).to.have.lengthOf(0);
    await closeParts(parts);
  });

  it("ends a key whose value is damaged, without it", async () => {
    const parts = await openParts();
    await commit(parts, setChange("due", "damaged value", parts.clock.wallMs()));
    const entry = parts.engine.lookup(key("due"));
    const path = parts.disk.files().find((name) => name.endsWith(".seg")) ?? "";
    parts.disk.poke(path, Buffer.from("X"), (entry?.offset ?? 0) + (entry?.length ?? 0) - 1);
    await expireNow(parts, "due");
    expect(parts.engine.lookup(key("due"))).to.equal(undefined);
    expect(parts.engine.damages).to.have.lengthOf(1);
    // The log cannot be read past the damage; the next start would refuse it.
    parts.disk.poke(path, Buffer.from("e"), (entry?.offset ?? 0) + (entry?.length ?? 0) - 1);
    const [record] = await expirationsOf(parts);
    expect(record).to.include({ isValueOmitted: true, valueSize: 13 });
    await closeParts(parts);
  });

  it("says the value's own size where what is stored of it is damaged, as far as that can be known", async () => {
    const text = "damaged value ".repeat(30);
    for (const [harmed, size] of [
      ["body", text.length],
      ["head", 0],
    ] as const) {
      const parts = await openParts({ compression: "zstd", compressionBytesMin: 64 });
      const change = { ...setChange("due", text, parts.clock.wallMs()), contentType: "text/plain" };
      await commit(parts, change);
      const { offset = 0, length = 0 } = parts.engine.lookup(key("due")) ?? {};
      const path = parts.disk.files().find((name) => name.endsWith(".seg")) ?? "";
      const at = harmed === "body" ? offset + length - 1 : offset + 20;
      const whole = parts.disk.peek(path).subarray(at, at + 1);
      parts.disk.poke(path, Buffer.from([(whole[0] ?? 0) ^ 1]), at);
      await expireNow(parts, "due");
      parts.disk.poke(path, whole, at);
      const [record] = await expirationsOf(parts);
      expect(record, harmed).to.include({ isValueOmitted: true, valueSize: size });
      await closeParts(parts);
    }
  });

  it("does not end a key that cannot be read for another reason", async () => {
    const parts = await openParts();
    await commit(parts, setChange("due", "value", parts.clock.wallMs()));
    parts.disk.addFault({ verbs: ["open-read"], code: "EMFILE", lasts: "once" });
    let failure: unknown;
    await parts.expirer.expire([key("due")]).catch((error: unknown) => {
      failure = error;
    });
    expect(failure).to.have.property("code", "OVERLOADED");
    expect(parts.engine.lookup(key("due"))).not.to.equal(undefined);
    await expireNow(parts, "due");
    expect((await expirationsOf(parts))[0]?.value.toString()).to.equal("value");
    await closeParts(parts);
  });

  it("knows what fell due while no server was there", async () => {
    const fromMs = timeMs(2_000_000_000_000);
    const down = { fromMs, toMs: timeMs(fromMs + 100) };
    const parts = await openParts({ down });
    parts.clock.stepWall(fromMs + 1000 - parts.clock.wallMs());
    parts.logical.raiseTo(timeMs(fromMs + 1000));
    for (const [name, dueMs] of [
      ["before", fromMs],
      ["first", fromMs + 1],
      ["last", fromMs + 100],
      ["after", fromMs + 101],
    ] as const) {
      await commit(parts, setChange(name, "", dueMs));
    }
    await expireNow(parts, "before", "first", "last", "after");
    const causes = (await expirationsOf(parts)).map(({ isWhileDown }) => isWhileDown);
    expect(causes).to.deep.equal([false, true, true, false]);
    await closeParts(parts);
  });

  it("keeps each transaction within the bounds of transactions", async () => {
    const parts = await openParts({ expiredValueBytesMax: 4 * KIB });
    const dueMs = parts.clock.wallMs();
    const names = Array.from({ length: 9 }, (_, at) => `key-${String(at)}`);
    for (const name of names) await commit(parts, setChange(name, "v".repeat(2000), dueMs));
    await expireNow(parts, ...names);
    const records = await expirationsOf(parts);
    expect(records.map((record) => record.key.toString())).to.deep.equal(names);
    const perRevision = new Map<number, number>();
    for (const record of records) {
      perRevision.set(record.revision, (perRevision.get(record.revision) ?? 0) + 2000);
    }
    expect(Math.max(...perRevision.values())).to.be.at.most(5 * KIB);
    expect(perRevision.size).to.be.lessThan(names.length);
    await closeParts(parts);
  });
});

describe("the sweeper", () => {
  it("ends what falls due at its moment, soonest first", async () => {
    const parts = await openParts();
    const nowMs = parts.clock.wallMs();
    parts.expirer.start();
    for (const [name, delayMs] of [
      ["second", 300],
      ["first", 200],
      ["third", 5000],
    ] as const) {
      await commit(parts, setChange(name, "", nowMs + delayMs));
      parts.expirer.wake(timeMs(nowMs + delayMs));
    }
    await parts.clock.advance(199);
    expect(parts.engine.status().keyCount).to.equal(3);
    await parts.clock.advance(1);
    await until("the first is ended", () => parts.engine.status().keyCount === 2);
    await parts.clock.advance(5000);
    await until("all are ended", () => parts.engine.durableRevision === 6);
    const told = (await expirationsOf(parts)).map((record) => record.key.toString());
    expect(told).to.deep.equal(["first", "second", "third"]);
    await closeParts(parts);
    expect(parts.clock.timerCount).to.equal(0);
  });

  it("tries again when it could not", async () => {
    const parts = await openParts();
    await commit(parts, setChange("due", "value", parts.clock.wallMs() + 50));
    parts.disk.addFault({ verbs: ["open-read"], code: "EMFILE", lasts: "once" });
    parts.expirer.start();
    await parts.clock.advance(60);
    await settle();
    expect(parts.engine.lookup(key("due"))).not.to.equal(undefined);
    await parts.clock.advance(200);
    await until("it is ended", () => parts.engine.lookup(key("due")) === undefined);
    await closeParts(parts);
  });

  it("does nothing any more once it was stopped", async () => {
    const parts = await openParts();
    await commit(parts, setChange("due", "value", parts.clock.wallMs() + 50));
    parts.expirer.start();
    await parts.expirer.stop();
    await parts.clock.advance(5000);
    expect(parts.engine.lookup(key("due"))).not.to.equal(undefined);
    await closeParts(parts);
  });
});

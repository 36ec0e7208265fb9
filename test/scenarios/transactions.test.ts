/** A real server that is killed while many callers move money, count, and try again: no sum ever changes. */

import { randomUUID } from "node:crypto";

import { expect } from "chai";

import { isKvError, NO_REVISION } from "../../src/base/index.js";
import { connect, type RemoteStore } from "../../src/grpc/index.js";
import type { Operation, RequestOption, Store } from "../../src/kv/index.js";
import { bytes, PATIENT, setOf, valueOf } from "../support/calls.js";
import { Random } from "../support/random.js";
import { ServerProcess } from "../support/server-process.js";
import { makeTemporaryDirectory, removeDirectory } from "../support/temporary-directory.js";

const SETTINGS = ["--shutdown-grace=0s", "--watch-retention=0s"];

const ACCOUNT_COUNT = 8;
const BALANCE = 1000;
const TELLER_COUNT = 8;
const KILL_COUNT = 3;
const TRANSFERS_PER_LIFE = 100;

const NEVER = { kind: "none" } as const;

const account = (index: number): string => `account/${String(index)}`;

describe("transactions of a real server", () => {
  let directory = "";
  let server: ServerProcess | undefined;
  let client: RemoteStore | undefined;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
    await open();
  });

  afterEach(async () => {
    await client?.close();
    await server?.dispose();
    await removeDirectory(directory);
  });

  async function open(): Promise<void> {
    await client?.close();
    server = await ServerProcess.start(directory, SETTINGS);
    client = connect({ address: server.address });
  }

  function store(): Store {
    if (client === undefined) throw new Error("no test is running");
    return client;
  }

  /** All accounts at one revision. */
  async function balances(): Promise<number[]> {
    const then = Array.from({ length: ACCOUNT_COUNT }, (_, index): Operation => {
      return { kind: "get", key: bytes(account(index)) };
    });
    const { results } = await store().transact({ conditions: [], then, otherwise: [] }, PATIENT);
    return results.map((each) =>
      each.kind === "get" ? Number(each.entry?.value.toString()) : Number.NaN,
    );
  }

  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

  it("keep the sum of all accounts through kills, and do each transfer once", async function () {
    this.timeout(60_000);
    const random = new Random(1);
    for (let index = 0; index < ACCOUNT_COUNT; index += 1) {
      await store().set(setOf(account(index), String(BALANCE)), PATIENT);
    }
    let done = 0;
    let life = 0;

    /** Moves one coin, and counts that in the same transaction; tried again until there is an answer. */
    async function transfer(): Promise<void> {
      const from = random.below(ACCOUNT_COUNT);
      const to = (from + 1 + random.below(ACCOUNT_COUNT - 1)) % ACCOUNT_COUNT;
      const then: Operation[] = [
        { kind: "increment", key: bytes(account(from)), delta: -1n, expiration: NEVER },
        { kind: "increment", key: bytes(account(to)), delta: 1n, expiration: NEVER },
        { kind: "increment", key: bytes("transfers"), delta: 1n, expiration: NEVER },
      ];
      const command = { conditions: [], then, otherwise: [], requestId: randomUUID() };
      for (;;) {
        const lifeBefore = life;
        try {
          await store().transact(command, PATIENT);
          done += 1;
          return;
        } catch (error) {
          const isGone = isKvError(error, "UNREACHABLE") || isKvError(error, "DRAINING");
          if (!isGone && !isKvError(error, "STARTING")) throw error;
          while (life === lifeBefore) {
            await new Promise((resolve) => {
              setTimeout(resolve, 5);
            });
          }
        }
      }
    }

    for (let kills = 0; kills <= KILL_COUNT; kills += 1) {
      const target = done + TRANSFERS_PER_LIFE;
      const tellers = Array.from({ length: TELLER_COUNT }, async () => {
        while (done < target) {
          await transfer();
          if (done % 10 === 0) {
            // A read that the kill breaks off says nothing.
            const seen = await balances().catch(() => undefined);
            if (seen !== undefined) expect(sum(seen)).to.equal(ACCOUNT_COUNT * BALANCE);
          }
        }
      });
      if (kills < KILL_COUNT) {
        while (done < target - TRANSFERS_PER_LIFE / 2) {
          await new Promise((resolve) => {
            setTimeout(resolve, 2);
          });
        }
        await server?.end("SIGKILL");
        await open();
        life += 1;
      }
      await Promise.all(tellers);
    }
    expect(sum(await balances())).to.equal(ACCOUNT_COUNT * BALANCE);
    expect(await valueOf(store(), "transfers")).to.equal(String(done));
  });

  it("lose no update of 100 callers that read, compare and set one key", async function () {
    // All but one of those that come together have to read again: some 5,000 rounds.
    this.timeout(60_000);
    await store().set(setOf("counter", "0"), PATIENT);
    const addOne = async (): Promise<void> => {
      for (;;) {
        const { entry } = await store().get(bytes("counter"), PATIENT);
        const at = entry?.revision ?? NO_REVISION;
        const next = String(Number(entry?.value.toString()) + 1);
        const precondition = { kind: "revision", revision: at } as const;
        try {
          await store().set(setOf("counter", next, { precondition }), PATIENT);
          return;
        } catch (error) {
          if (!isKvError(error, "PRECONDITION_FAILED")) throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: 100 }, addOne));
    expect(await valueOf(store(), "counter")).to.equal("100");
  });

  it("do each kind of write once that is made again after a restart", async () => {
    await store().set(setOf("deleted", "1"), PATIENT);
    await store().set(setOf("touched", "1"), PATIENT);
    const ttl = { kind: "ttl", ttlMs: 3_600_000 } as const;
    const writes: ((option: RequestOption) => Promise<{ revision: number; replayed?: true }>)[] = [
      (option) => store().set(setOf("set", "1", { ...option, expiration: ttl }), PATIENT),
      (option) => store().delete({ key: bytes("deleted"), ...option }, PATIENT),
      (option) => store().touch({ key: bytes("touched"), expiration: ttl, ...option }, PATIENT),
      (option) =>
        store().increment({ key: bytes("n"), delta: 7n, expiration: NEVER, ...option }, PATIENT),
      (option) =>
        store().transact(
          {
            conditions: [],
            then: [{ kind: "set", ...setOf("transacted", "1") }],
            otherwise: [],
            ...option,
          },
          PATIENT,
        ),
    ];
    const first = [];
    for (const [index, write] of writes.entries()) {
      first.push(await write({ requestId: `call ${String(index)}` }));
    }
    const before = (await store().status()).revision;
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      await server?.end(signal);
      await open();
      for (const [index, write] of writes.entries()) {
        const again = await write({ requestId: `call ${String(index)}` });
        expect(again).to.deep.equal({ ...first[index], replayed: true });
      }
      expect((await store().status()).revision, "nothing was done").to.equal(before);
    }
    expect(await valueOf(store(), "n")).to.equal("7");
  });
});

/** Behind a proxy, set up as docs/mesh.md says, the server is what it is without: over plaintext HTTP/2 and over TLS. */

import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { status } from "@grpc/grpc-js";
import { expect } from "chai";

import {
  HealthCheckResponse_ServingStatus as ServingStatus,
  type HealthCheckResponse,
} from "../../generated/grpc/health/v1/health.js";
import {
  GetStatusRequest,
  type GetStatusResponse,
} from "../../generated/keyvaluedb/v1/admin_service.js";
import {
  GetRequest,
  IncrementRequest,
  PipelineRequest,
  SetRequest,
  WatchRequest,
  type GetResponse,
  type IncrementResponse,
  type PipelineResponse,
  type SetResponse,
  type WatchResponse,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import { connect } from "../../clients/typescript/src/index.js";
import { KVDB } from "../app/run-kvdb.js";
import { ServerProcess as CommandProcess } from "../app/server-process.js";
import { findCommand } from "../support/find-command.js";
import { ServerProcess } from "../support/server-process.js";
import { skipBecause } from "../support/skip-because.js";
import { makeTemporaryDirectory, removeDirectory } from "../support/temporary-directory.js";
import {
  answerTo,
  callerOf,
  failureOf,
  Follower,
  hangUp,
  refusalOf,
  type Caller,
} from "./caller.js";
import type { ProxyProcess, ProxySettings } from "./proxy-process.js";

const { SERVING, NOT_SERVING } = ServingStatus;
const SETTINGS = ["--segment-bytes=8MiB", "--shutdown-grace=1s"];
const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

function set({ keys }: Caller, key: string, value: Buffer): Promise<SetResponse> {
  return answerTo((done) => keys.set(SetRequest.fromPartial({ key, value }), done));
}

function get({ keys }: Caller, key: string): Promise<GetResponse> {
  return answerTo((done) => keys.get(GetRequest.fromPartial({ key }), done));
}

/** From now on, or from after the token, with a mark of progress so often. */
function watch(
  { keys }: Caller,
  intervalMs: number,
  resumeToken?: string,
): Follower<WatchResponse> {
  const progressInterval = {
    seconds: Math.floor(intervalMs / 1000),
    nanos: (intervalMs % 1000) * 1_000_000,
  };
  const position =
    resumeToken === undefined ? undefined : ({ $case: "resumeToken", value: resumeToken } as const);
  const start = position === undefined ? {} : { start: { position } };
  return new Follower(keys.watch(WatchRequest.fromPartial({ progressInterval, ...start })));
}

/** Of the proxy that is tried with silent answers; the other one is patient. */
const IMPATIENT_MS = 1000;
const PATIENT_MS = 20_000;

export interface ProxyKind {
  readonly name: string;
  /** Makes the command say something and end with 0. */
  readonly versionWords: readonly string[];
  readonly start: (settings: ProxySettings) => Promise<ProxyProcess>;
  /** How a stream ends whose server is gone. */
  readonly lost: status;
  /** How one ends that was silent for too long, and what the proxy says of it, if anything. */
  readonly cut: status;
  readonly saidOfSilence?: RegExp;
}

/** Describes what holds behind a proxy of this kind, where it is on this machine. */
export function describeBehind(kind: ProxyKind): void {
  describe(`behind ${kind.name}`, function () {
    this.timeout(60_000);
    test(kind);
  });
}

function test(kind: ProxyKind): void {
  let command: string;
  let directory: string | undefined;
  let server: ServerProcess;
  let proxy: ProxyProcess;
  let direct: Caller;
  const callers: Caller[] = [];

  const startProxy = async (name: string, readTimeoutMs: number): Promise<ProxyProcess> => {
    const own = join(directory ?? "", name);
    await mkdir(own);
    return kind.start({ command, directory: own, backend: server.address, readTimeoutMs });
  };

  /** Over the proxy, and hung up after the test. */
  const call = (address: string, certificate?: Buffer): Caller => {
    const caller = callerOf(address, certificate);
    callers.push(caller);
    return caller;
  };

  const startAgain = async (): Promise<void> => {
    // On the port that the proxy knows.
    server = await ServerProcess.start(join(directory ?? "", "data"), [
      ...SETTINGS,
      `--listen=${server.address}`,
    ]);
  };

  /** Waits until no stream is open: the server knows that its callers are gone. */
  const untilNobodyFollows = async (): Promise<void> => {
    const request = GetStatusRequest.fromPartial({});
    const ask = (): Promise<GetStatusResponse> =>
      answerTo((done) => direct.admin.getStatus(request, done));
    while ((await ask()).followerCount > 0) await new Promise(setImmediate);
  };

  before(async function () {
    command =
      (await findCommand(kind.name.toLowerCase(), kind.versionWords)) ??
      skipBecause(this, `there is no ${kind.name} on this machine`);
    if ((await findCommand("openssl", ["version"])) === undefined) {
      skipBecause(this, "there is no openssl on this machine, which makes the certificate");
    }
    directory = await makeTemporaryDirectory();
    server = await ServerProcess.start(join(directory, "data"), SETTINGS);
    direct = callerOf(server.address);
    proxy = await startProxy("patient", PATIENT_MS);
  });

  afterEach(function () {
    if (this.currentTest?.state === "failed") console.error(`${kind.name} said:\n${proxy.said}`);
    for (const caller of callers.splice(0)) hangUp(caller);
  });

  after(async () => {
    if (directory === undefined) return;
    hangUp(direct);
    await proxy.stop();
    await server.dispose();
    await removeDirectory(directory);
  });

  for (const how of ["plaintext", "TLS"] as const) {
    describe(`by ${how}`, () => {
      let caller: Caller;

      beforeEach(() => {
        caller = how === "TLS" ? call(proxy.secure, proxy.certificate) : call(proxy.plain);
      });

      it("answers calls, with large values too, and as many as come at once", async () => {
        const value = randomBytes(MIB);
        await set(caller, "large", value);
        expect((await get(caller, "large")).entry?.value.equals(value)).to.equal(true);
        // Lengths that end in all parts of windows and frames.
        const lengths = Array.from({ length: 16 }, (_, index) => index * 16_384 + 7 * index);
        await Promise.all(
          lengths.map(async (length) => {
            const part = value.subarray(0, length);
            await set(caller, `length/${String(length)}`, part);
            const { entry } = await get(caller, `length/${String(length)}`);
            expect(entry?.value.equals(part), String(length)).to.equal(true);
          }),
        );
      });

      it("gives errors with the very details that the server gave them", async () => {
        const long = randomBytes(5 * MIB);
        for (const [key, value, expected] of [
          ["", Buffer.alloc(0), { code: "INVALID_ARGUMENT", reason: "INVALID_FIELD" }],
          ["\u00e4".repeat(2049), Buffer.alloc(0), { code: "INVALID_ARGUMENT" }],
          ["value too long", long.subarray(0, 4 * MIB - 64), { reason: "INVALID_FIELD" }],
          // Refused while most of it is still on its way.
          ["message too long", long, { code: "RESOURCE_EXHAUSTED" }],
        ] as const) {
          const behind = refusalOf(await failureOf(set(direct, key, value)));
          const before = refusalOf(await failureOf(set(caller, key, value)));
          expect(before).to.deep.equal(behind);
          expect(before).to.include(expected);
        }
      });

      it("carries a pipeline to and fro, to its end", async () => {
        const stream = caller.keys.pipeline();
        const replies = new Follower<PipelineResponse>(stream);
        for (let round = 0; round < 3; round += 1) {
          const operations = Array.from({ length: 500 }, (_, index) => ({
            operation: {
              $case: "set" as const,
              value: { key: `key/${String(index)}`, value: randomBytes(200) },
            },
          }));
          stream.write(PipelineRequest.fromPartial({ operations }));
          const { results } = await replies.next();
          expect(results.map(({ result }) => result?.$case)).to.deep.equal(
            operations.map(() => "set"),
          );
        }
        stream.end();
        expect(await replies.end()).to.equal(undefined);
      });

      it("ends a call by its deadline, and tells the server of a caller that is gone", async () => {
        const deadline = Date.now() + 300;
        const late = new Follower(caller.keys.watch(WatchRequest.fromPartial({}), { deadline }));
        expect((await late.end())?.code).to.equal(status.DEADLINE_EXCEEDED);
        await untilNobodyFollows();
        const follower = watch(caller, HOUR_MS);
        await follower.next();
        await follower.cancel();
        await untilNobodyFollows();
      });

      it("passes health on, asked and watched", async () => {
        const request = { service: "keyvaluedb.v1.KeyValueService" };
        const checked = await answerTo<HealthCheckResponse>((done) =>
          caller.health.check(request, done),
        );
        expect(checked.status).to.equal(SERVING);
        const follower = new Follower(caller.health.watch(request));
        expect((await follower.next()).status).to.equal(SERVING);
        await follower.cancel();
        const nobody = answerTo((done) => caller.health.check({ service: "nobody" }, done));
        expect((await failureOf(nobody)).code).to.equal(status.NOT_FOUND);
      });
    });
  }

  it("lets probes ask for health on a port of their own, and for nothing else", async () => {
    const caller = call(proxy.probes);
    const checked = await answerTo<HealthCheckResponse>((done) =>
      caller.health.check({ service: "" }, done),
    );
    expect(checked.status).to.equal(SERVING);
    expect((await failureOf(get(caller, "key"))).code).to.equal(status.UNIMPLEMENTED);
  });

  describe("when something happens", () => {
    it("cuts a stream that is silent for too long, unless marks of progress or its place keep it alive", async () => {
      const impatient = await startProxy("impatient", IMPATIENT_MS);
      try {
        const caller = call(impatient.secure, impatient.certificate);
        const silent = watch(caller, HOUR_MS);
        const idle = caller.keys.pipeline();
        const replies = new Follower<PipelineResponse>(idle);
        idle.write(PipelineRequest.fromPartial({}));
        await replies.next();
        const alive = watch(caller, IMPATIENT_MS / 10);
        await alive.next();
        const beginMs = performance.now();
        const cut = await silent.end();
        expect(cut?.code, cut?.message).to.equal(kind.cut);
        if (kind.saidOfSilence !== undefined) expect(impatient.said).to.match(kind.saidOfSilence);
        while (performance.now() < beginMs + 2 * IMPATIENT_MS) {
          expect((await alive.next()).progress).to.not.equal(undefined);
        }
        const { revision } = await set(caller, "heard", Buffer.alloc(1));
        for (let heard = false; !heard;) {
          heard = (await alive.next()).events.some((event) => event.revision === revision);
        }
        await alive.cancel();
        await untilNobodyFollows();
      } finally {
        await impatient.stop();
      }
    });

    it("says UNAVAILABLE while the server is gone, and serves those who try again", async () => {
      const caller = call(proxy.secure, proxy.certificate);
      const request = IncrementRequest.fromPartial({ key: "tries", delta: "1", requestId: "once" });
      const increment = (): Promise<IncrementResponse> =>
        answerTo((done) => caller.keys.increment(request, done));
      const first = await increment();
      const follower = watch(caller, HOUR_MS);
      const { resumeToken } = await follower.next();
      const words = ["watch", "--prefix=seen/", "--limit=2", "--address", proxy.plain];
      const command = new CommandProcess(KVDB, [...words, "--from-revision=1"]);
      await set(caller, "seen/1", Buffer.alloc(1));
      await command.logged(/ set seen\/1 /u);
      await server.end("SIGKILL");
      expect((await follower.end())?.code).to.equal(kind.lost);
      expect((await failureOf(increment())).code).to.equal(status.UNAVAILABLE);
      await startAgain();
      expect(await increment()).to.deep.equal({ ...first, replayed: true });
      const { revision } = await set(caller, "after", Buffer.alloc(1));
      const resumed = watch(caller, HOUR_MS, resumeToken);
      for (let heard = false; !heard;) {
        heard = (await resumed.next()).events.some((event) => event.revision === revision);
      }
      await resumed.cancel();
      // The command takes a stream that was reset for what it is, and goes on by itself.
      await set(caller, "seen/2", Buffer.alloc(1));
      expect(await command.exit, command.stderr).to.equal(0);
      expect(command.logText).to.match(/ set seen\/2 /u);
    });

    it("lets a client that knows how go on as if nothing had happened", async () => {
      const client = connect({ address: proxy.plain, deadlineMs: 30_000 });
      try {
        const told = client.watch({ ranges: [{ prefix: "goes-on/" }] }).events();
        const first = told.next();
        for (let revision = 0; revision === 0;) {
          // Until the watch is there, what is set is not its business.
          ({ revision } = await client.set("goes-on/0", randomBytes(8)));
          const news = await Promise.race([first, Promise.resolve(undefined)]);
          if (news === undefined) revision = 0;
        }
        await server.end("SIGKILL");
        const counted = client.increment("goes-on/count", 1n);
        await startAgain();
        expect((await counted).value).to.equal(1n);
        for (let key: string | undefined; key !== "goes-on/count";) {
          const { value } = await told.next();
          key = value?.key;
        }
        await told.return();
      } finally {
        await client.close();
      }
    });

    it("lets a server stop in order: health first, then streams with where to go on", async () => {
      const caller = call(proxy.plain);
      const health = new Follower(caller.health.watch({ service: "" }));
      expect((await health.next()).status).to.equal(SERVING);
      const follower = watch(caller, HOUR_MS);
      await follower.next();
      const ended = server.end("SIGTERM");
      expect((await health.next()).status).to.equal(NOT_SERVING);
      // In the grace period calls are still answered, and followers told.
      const { revision } = await set(caller, "late", Buffer.alloc(1));
      const { events } = await follower.next();
      expect(events.map((event) => event.revision)).to.deep.equal([revision]);
      const end = await follower.end();
      if (end === undefined) expect.fail("the stream ended as if all were told");
      expect(refusalOf(end)).to.include({ code: "UNAVAILABLE", reason: "DRAINING" });
      expect((await health.end())?.code).to.equal(status.UNAVAILABLE);
      expect((await ended).code).to.equal(0);
      expect((await failureOf(get(caller, "late"))).code).to.equal(status.UNAVAILABLE);
      await startAgain();
      expect((await get(caller, "late")).entry?.revision).to.equal(revision);
      const resumed = watch(caller, HOUR_MS, refusalOf(end).metadata["resume_token"]);
      expect((await resumed.next()).progress?.revision).to.equal(revision);
      await resumed.cancel();
    });
  });
}

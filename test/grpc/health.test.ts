/** Health as a probe and a load balancer meet it: a real server, a real client. */

import { once } from "node:events";

import {
  Client,
  status,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ServiceError,
} from "@grpc/grpc-js";
import { expect } from "chai";

import {
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthClient,
  HealthService as HealthDefinition,
  type HealthCheckResponse,
  type HealthListResponse,
} from "../../generated/grpc/health/v1/health.js";
import { HealthService } from "../../src/grpc/health.js";
import { INSECURE, startBareServer, type BareServer } from "../support/grpc-server.js";

const SERVICE = "keyvaluedb.v1.KeyValueService";
const OTHER = "keyvaluedb.v1.AdminService";
const WATCHERS_MAX = 3;
const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = ServingStatus;

type Reply<T> = (error: ServiceError | null, reply: T) => void;

function answerTo<T>(call: (reply: Reply<T>) => ClientUnaryCall): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, reply) => {
      if (error === null) resolve(reply);
      else reject(error);
    });
  });
}

function failureOf(answer: Promise<unknown>): Promise<ServiceError> {
  return answer.then(
    () => expect.fail("the call succeeded"),
    (error: unknown) => error as ServiceError,
  );
}

/** The next message of a stream; rejects with its status when it ends with an error instead. */
async function nextOf(stream: ClientReadableStream<HealthCheckResponse>): Promise<ServingStatus> {
  const [reply] = (await once(stream, "data")) as [HealthCheckResponse];
  return reply.status;
}

async function endOf(stream: ClientReadableStream<HealthCheckResponse>): Promise<ServiceError> {
  const [error] = (await once(stream, "error")) as [ServiceError];
  return error;
}

describe("health", () => {
  let health: HealthService;
  let bare: BareServer;
  let client: HealthClient;

  const check = async (service: string): Promise<ServingStatus> => {
    const reply = await answerTo<HealthCheckResponse>((done) => client.check({ service }, done));
    return reply.status;
  };

  beforeEach(async () => {
    health = new HealthService({ services: [SERVICE, OTHER], watchersMax: WATCHERS_MAX });
    bare = await startBareServer((server) => {
      health.addTo(server);
    });
    client = new HealthClient(bare.address, INSECURE);
  });

  afterEach(async () => {
    client.close();
    await bare.stop();
  });

  it("says NOT_SERVING of everything until it is told otherwise", async () => {
    expect(await check("")).to.equal(NOT_SERVING);
    expect(await check(SERVICE)).to.equal(NOT_SERVING);
  });

  it("tells services apart", async () => {
    health.setStatus(SERVICE, "SERVING");
    expect(await check(SERVICE)).to.equal(SERVING);
    expect(await check(OTHER)).to.equal(NOT_SERVING);
    expect(await check("")).to.equal(NOT_SERVING);
    health.setEveryStatus("SERVING");
    expect(await check("")).to.equal(SERVING);
    expect(await check(OTHER)).to.equal(SERVING);
  });

  it("answers NOT_FOUND for a service that it does not have", async () => {
    expect((await failureOf(check("keyvaluedb.v1.Nobody"))).code).to.equal(status.NOT_FOUND);
    expect((await failureOf(check("__proto__"))).code).to.equal(status.NOT_FOUND);
  });

  it("lists every service, and the server as a whole", async () => {
    health.setStatus(OTHER, "SERVING");
    const list = await answerTo<HealthListResponse>((done) => client.list({}, done));
    expect(list.statuses).to.deep.equal({
      "": { status: NOT_SERVING },
      [SERVICE]: { status: NOT_SERVING },
      [OTHER]: { status: SERVING },
    });
  });

  it("refuses what is not UTF-8, naming the field, in Check and in Watch", async () => {
    const raw = new Client(bare.address, INSECURE);
    const bytes = Buffer.from([0x0a, 0x01, 0xff]);
    const asIs = (value: Buffer): Buffer => value;
    const unary = await failureOf(
      answerTo<Buffer>((done) =>
        raw.makeUnaryRequest(HealthDefinition.check.path, asIs, asIs, bytes, (error, reply) => {
          done(error, reply ?? Buffer.alloc(0));
        }),
      ),
    );
    expect(unary.code).to.equal(status.INVALID_ARGUMENT);
    expect(unary.details).to.equal("service: must be valid UTF-8");
    const stream = raw.makeServerStreamRequest(HealthDefinition.watch.path, asIs, asIs, bytes);
    const [error] = (await once(stream.resume(), "error")) as [ServiceError];
    expect(error.code).to.equal(status.INVALID_ARGUMENT);
    raw.close();
  });

  describe("being watched", () => {
    it("tells the status at once, and then each change, once", async () => {
      const stream = client.watch({ service: SERVICE });
      expect(await nextOf(stream)).to.equal(NOT_SERVING);
      health.setStatus(SERVICE, "NOT_SERVING");
      health.setStatus(OTHER, "SERVING");
      health.setStatus(SERVICE, "SERVING");
      expect(await nextOf(stream)).to.equal(SERVING);
      health.setStatus(SERVICE, "NOT_SERVING");
      expect(await nextOf(stream)).to.equal(NOT_SERVING);
      stream.on("error", () => undefined).cancel();
    });

    it("says SERVICE_UNKNOWN of a stranger, and goes on", async () => {
      const stream = client.watch({ service: "keyvaluedb.v1.Nobody" });
      expect(await nextOf(stream)).to.equal(SERVICE_UNKNOWN);
      expect(health.watcherCount).to.equal(1);
      const end = endOf(stream);
      health.close();
      expect((await end).code).to.equal(status.UNAVAILABLE);
    });

    it("refuses one watcher too many, and takes one again when another has gone", async () => {
      const streams = Array.from({ length: WATCHERS_MAX }, () => client.watch({ service: "" }));
      await Promise.all(streams.map(nextOf));
      const refused = await endOf(client.watch({ service: "" }).resume());
      expect(refused.code).to.equal(status.RESOURCE_EXHAUSTED);
      for (const stream of streams) stream.on("error", () => undefined).cancel();
      while (health.watcherCount > 0) await new Promise((resolve) => setImmediate(resolve));
      const again = client.watch({ service: "" });
      expect(await nextOf(again)).to.equal(NOT_SERVING);
      again.on("error", () => undefined).cancel();
    });

    it("keeps at most the newest status for a watcher that does not read", async () => {
      const stream = client.watch({ service: "" });
      stream.on("error", () => undefined);
      await nextOf(stream);
      stream.pause();
      for (let turn = 0; turn < 5000; turn += 1) {
        health.setStatus("", turn % 2 === 0 ? "SERVING" : "NOT_SERVING");
      }
      health.setStatus("", "SERVING");
      let heard = 0;
      let last: ServingStatus | undefined;
      stream.on("data", (reply: HealthCheckResponse) => {
        heard += 1;
        last = reply.status;
      });
      stream.resume();
      // Changes within one turn of the event loop find the stream full, and only the last one counts.
      while (last !== SERVING) await new Promise((resolve) => setImmediate(resolve));
      expect(heard).to.be.lessThan(1000);
      stream.cancel();
    });
  });

  it("says NOT_SERVING for good once it drains, and ends watches with UNAVAILABLE when it closes", async () => {
    health.setEveryStatus("SERVING");
    const stream = client.watch({ service: "" });
    expect(await nextOf(stream)).to.equal(SERVING);
    health.drain();
    expect(await nextOf(stream)).to.equal(NOT_SERVING);
    health.setEveryStatus("SERVING");
    expect(await check("")).to.equal(NOT_SERVING);
    const end = endOf(stream);
    health.close();
    expect((await end).code).to.equal(status.UNAVAILABLE);
    expect((await endOf(client.watch({ service: "" }).resume())).code).to.equal(status.UNAVAILABLE);
    expect(health.watcherCount).to.equal(0);
  });
});

/** The service config for those who use the stubs alone does what it says: reads are made again, and nothing else is. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { credentials, Server, ServerCredentials, status, type sendUnaryData } from "@grpc/grpc-js";
import { expect } from "chai";

import {
  GetRequest,
  GetResponse,
  KeyValueServiceClient,
  KeyValueServiceService,
  SetRequest,
  type SetResponse,
} from "../../generated/keyvaluedb/v1/key_value_service.js";

const CONFIG = readFileSync(
  join(import.meta.dirname, "../../../clients/service-config.json"),
  "utf8",
);

describe("the service config for stubs", () => {
  let server: Server;
  let client: KeyValueServiceClient;
  let tries: number;

  before(async () => {
    server = new Server();
    const away = { code: status.UNAVAILABLE, details: "not now" };
    server.addService(
      { get: KeyValueServiceService.get, set: KeyValueServiceService.set },
      {
        get: (_: unknown, answer: sendUnaryData<GetResponse>) => {
          tries += 1;
          if (tries < 3) answer(away);
          else answer(null, GetResponse.fromPartial({ revision: 7 }));
        },
        set: (_: unknown, answer: sendUnaryData<SetResponse>) => {
          tries += 1;
          answer(away);
        },
      },
    );
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    client = new KeyValueServiceClient(`127.0.0.1:${String(port)}`, credentials.createInsecure(), {
      "grpc.service_config": CONFIG,
      "grpc.service_config_disable_resolution": 1,
    });
  });

  beforeEach(() => {
    tries = 0;
  });

  after(() => {
    client.close();
    server.forceShutdown();
  });

  it("makes a read again while the server is away", async () => {
    const { revision } = await new Promise<GetResponse>((resolve, reject) => {
      client.get(GetRequest.fromPartial({ key: "k" }), (error, reply) => {
        if (error === null) resolve(reply);
        else reject(error);
      });
    });
    expect({ revision, tries }).to.deep.equal({ revision: 7, tries: 3 });
  });

  it("makes no write again, since it knows of no request id", async () => {
    const code = await new Promise<number | undefined>((resolve) => {
      client.set(SetRequest.fromPartial({ key: "k" }), (error) => {
        resolve(error?.code);
      });
    });
    expect({ code, tries }).to.deep.equal({ code: status.UNAVAILABLE, tries: 1 });
  });
});

/** Reflection in both versions, by a client of our own and, where there is one, by grpcurl. */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, type FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { Client, status, type ClientDuplexStream, type ServiceError } from "@grpc/grpc-js";
import { expect } from "chai";

import {
  ServerReflectionClient,
  ServerReflectionService,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from "../../generated/grpc/reflection/v1/reflection.js";
import { ServerReflectionClient as AlphaClient } from "../../generated/grpc/reflection/v1alpha/reflection.js";
import { builtDescriptorSet } from "../../src/grpc/descriptor-set.js";
import { HealthService } from "../../src/grpc/health.js";
import { ReflectionService } from "../../src/grpc/reflection.js";
import { findCommand } from "../support/find-command.js";
import { INSECURE, startBareServer, type BareServer } from "../support/grpc-server.js";
import { skipBecause } from "../support/skip-because.js";

const run = promisify(execFile);
const SERVICE = "keyvaluedb.v1.KeyValueService";
const SERVICE_FILE = "keyvaluedb/v1/key_value_service.proto";

type Question = ServerReflectionRequest["messageRequest"];
type Stream = ClientDuplexStream<ServerReflectionRequest, ServerReflectionResponse>;

async function ask(stream: Stream, messageRequest: Question): Promise<ServerReflectionResponse> {
  stream.write({ host: "here", messageRequest });
  const [response] = (await once(stream, "data")) as [ServerReflectionResponse];
  expect(response.validHost).to.equal("here");
  expect(response.originalRequest?.messageRequest).to.deep.equal(messageRequest);
  return response;
}

async function filesFor(stream: Stream, question: Question): Promise<FileDescriptorProto[]> {
  const { messageResponse: answer } = await ask(stream, question);
  if (answer?.$case !== "fileDescriptorResponse") expect.fail(JSON.stringify(answer));
  return answer.value.fileDescriptorProto.map((bytes) =>
    fromBinary(FileDescriptorProtoSchema, bytes),
  );
}

async function errorCodeFor(stream: Stream, question: Question): Promise<number> {
  const { messageResponse: answer } = await ask(stream, question);
  if (answer?.$case !== "errorResponse") expect.fail(JSON.stringify(answer));
  expect(answer.value.errorMessage).to.not.equal("");
  return answer.value.errorCode;
}

const symbol = (value: string): Question => ({ $case: "fileContainingSymbol", value });

describe("reflection", () => {
  let bare: BareServer;
  let reflection: ReflectionService;

  beforeEach(async () => {
    reflection = new ReflectionService({ descriptorSet: builtDescriptorSet(), streamsMax: 2 });
    bare = await startBareServer((server) => {
      reflection.addTo(server);
      new HealthService({ services: [SERVICE] }).addTo(server);
    });
  });

  afterEach(async () => {
    await bare.stop();
  });

  for (const [version, ReflectionClient] of [
    ["v1", ServerReflectionClient],
    ["v1alpha", AlphaClient],
  ] as const) {
    describe(version, () => {
      let client: InstanceType<typeof ServerReflectionClient>;
      let stream: Stream;

      beforeEach(() => {
        client = new ReflectionClient(bare.address, INSECURE);
        stream = client.serverReflectionInfo();
        stream.on("error", () => undefined);
      });

      afterEach(() => {
        stream.cancel();
        client.close();
      });

      it("lists the services", async () => {
        const { messageResponse } = await ask(stream, { $case: "listServices", value: "*" });
        if (messageResponse?.$case !== "listServicesResponse") expect.fail("not a list");
        expect(messageResponse.value.service.map(({ name }) => name)).to.have.members([
          SERVICE,
          "keyvaluedb.v1.AdminService",
          "grpc.health.v1.Health",
          "grpc.reflection.v1.ServerReflection",
          "grpc.reflection.v1alpha.ServerReflection",
        ]);
      });

      it("gives a file first, then all that it imports, each once", async () => {
        const files = await filesFor(stream, { $case: "fileByFilename", value: SERVICE_FILE });
        const names = files.map(({ name }) => name);
        expect(names[0]).to.equal(SERVICE_FILE);
        expect(new Set(names).size).to.equal(names.length);
        for (const file of files) expect(names).to.include.members(file.dependency);
        expect(names).to.include("google/protobuf/timestamp.proto");
      });

      it("finds the file of every kind of symbol", async () => {
        for (const [name, file] of Object.entries({
          [SERVICE]: SERVICE_FILE,
          [`${SERVICE}.Get`]: SERVICE_FILE,
          "keyvaluedb.v1.SetRequest": SERVICE_FILE,
          "keyvaluedb.v1.SetRequest.key": SERVICE_FILE,
          "keyvaluedb.v1.SetRequest.expiration": SERVICE_FILE,
          "keyvaluedb.v1.ExpirationCause": "keyvaluedb/v1/types.proto",
          "keyvaluedb.v1.EXPIRATION_CAUSE_DEADLINE": "keyvaluedb/v1/types.proto",
          "google.rpc.ErrorInfo": "google/rpc/error_details.proto",
          "google.rpc.ErrorInfo.MetadataEntry": "google/rpc/error_details.proto",
          "google.rpc.BadRequest.FieldViolation": "google/rpc/error_details.proto",
          "google.rpc.RetryInfo": "google/rpc/error_details.proto",
          "grpc.health.v1.HealthCheckResponse.ServingStatus": "grpc/health/v1/health.proto",
          "grpc.health.v1.HealthCheckResponse.SERVING": "grpc/health/v1/health.proto",
        })) {
          expect((await filesFor(stream, symbol(name)))[0]?.name, name).to.equal(file);
        }
      });

      it("keeps the comments", async () => {
        const [file] = await filesFor(stream, symbol(SERVICE));
        const comments = file?.sourceCodeInfo?.location.map(
          ({ leadingComments }) => leadingComments,
        );
        expect(comments?.filter((comment) => comment.trim() !== "").length).to.be.greaterThan(20);
      });

      it("answers what is not there within the stream, which goes on", async () => {
        for (const question of [
          symbol("keyvaluedb.v1.Nobody"),
          symbol(""),
          symbol(`.${SERVICE}`),
          symbol("x".repeat(100_000)),
          { $case: "fileByFilename", value: "no.proto" },
          { $case: "allExtensionNumbersOfType", value: "keyvaluedb.v1.Nobody" },
          {
            $case: "fileContainingExtension",
            value: { containingType: "keyvaluedb.v1.Entry", extensionNumber: 100 },
          },
        ] satisfies Question[]) {
          expect(await errorCodeFor(stream, question)).to.equal(status.NOT_FOUND);
        }
        expect(await errorCodeFor(stream, undefined)).to.equal(status.UNIMPLEMENTED);
        expect(await filesFor(stream, symbol(SERVICE))).to.not.have.length(0);
      });

      it("knows that a message of ours has no extensions", async () => {
        const value = "keyvaluedb.v1.Entry";
        const { messageResponse } = await ask(stream, {
          $case: "allExtensionNumbersOfType",
          value,
        });
        expect(messageResponse).to.deep.equal({
          $case: "allExtensionNumbersResponse",
          value: { baseTypeName: value, extensionNumber: [] },
        });
      });

      it("answers every question of a client that asks before it reads, and then ends", async () => {
        const count = 500;
        for (let asked = 0; asked < count; asked += 1) {
          stream.write({ host: "", messageRequest: symbol(SERVICE) });
        }
        stream.end();
        let answers = 0;
        stream.on("data", () => {
          answers += 1;
        });
        await once(stream, "end");
        expect(answers).to.equal(count);
      });

      it("refuses one stream too many, and ends the others with UNAVAILABLE when it closes", async () => {
        const second = client.serverReflectionInfo();
        await ask(stream, { $case: "listServices", value: "" });
        await ask(second, { $case: "listServices", value: "" });
        const third = client.serverReflectionInfo();
        const [refused] = (await once(third.resume(), "error")) as [ServiceError];
        expect(refused.code).to.equal(status.RESOURCE_EXHAUSTED);
        const ends = [stream, second].map((open) => once(open.resume(), "error"));
        reflection.close();
        for (const [error] of (await Promise.all(ends)) as [ServiceError][]) {
          expect(error.code).to.equal(status.UNAVAILABLE);
        }
        const late = client.serverReflectionInfo();
        const [tooLate] = (await once(late.resume(), "error")) as [ServiceError];
        expect(tooLate.code).to.equal(status.UNAVAILABLE);
      });
    });
  }

  it("ends a stream that sends what is not UTF-8 with INVALID_ARGUMENT", async () => {
    const raw = new Client(bare.address, INSECURE);
    const asIs = (value: Buffer): Buffer => value;
    const { path } = ServerReflectionService.serverReflectionInfo;
    const stream = raw.makeBidiStreamRequest(path, asIs, asIs);
    stream.write(Buffer.from([0x22, 0x01, 0xff]));
    const [error] = (await once(stream.resume(), "error")) as [ServiceError];
    expect(error.code).to.equal(status.INVALID_ARGUMENT);
    expect(error.details).to.match(/^file_containing_symbol: must be valid UTF-8/);
    raw.close();
  });

  it("lists only the services that it was told of", async () => {
    const only = new ReflectionService({
      descriptorSet: builtDescriptorSet(),
      services: [SERVICE],
    });
    const other = await startBareServer((server) => {
      only.addTo(server);
    });
    const client = new ServerReflectionClient(other.address, INSECURE);
    const stream = client.serverReflectionInfo();
    const { messageResponse } = await ask(stream, { $case: "listServices", value: "" });
    expect(messageResponse?.value).to.deep.equal({ service: [{ name: SERVICE }] });
    stream.end();
    await once(stream.resume(), "end");
    client.close();
    await other.stop();
  });

  describe("with grpcurl", () => {
    let grpcurl: string;

    before(async function () {
      const found = await findCommand("grpcurl", ["-version"]);
      if (found === undefined) skipBecause(this, "there is no grpcurl on this machine");
      grpcurl = found;
    });

    const say = async (...words: string[]): Promise<string> => {
      const { stdout } = await run(grpcurl, ["-plaintext", ...words]);
      return stdout;
    };

    it("lists services and methods", async () => {
      expect((await say(bare.address, "list")).split("\n")).to.include(SERVICE);
      expect((await say(bare.address, "list", SERVICE)).split("\n")).to.include(`${SERVICE}.Set`);
    });

    it("describes with comments", async () => {
      const text = await say(bare.address, "describe", `${SERVICE}.Set`);
      expect(text).to.match(/^\/\/ \S/m);
      expect(text).to.match(/rpc Set \(/);
      expect(await say(bare.address, "describe", "google.rpc.ErrorInfo")).to.match(/metadata/);
    });

    it("calls by what reflection says", async () => {
      const text = await say(
        "-d",
        JSON.stringify({ service: SERVICE }),
        bare.address,
        "grpc.health.v1.Health/Check",
      );
      expect(JSON.parse(text)).to.deep.equal({ status: "NOT_SERVING" });
    });
  });
});

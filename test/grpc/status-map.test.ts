/** Every error of the store as a status, with its details, and back again at a client. */

import { status, type ServiceError } from "@grpc/grpc-js";
import { expect } from "chai";

import { BadRequest, ErrorInfo, RetryInfo } from "../../generated/google/rpc/error_details.js";
import { Status } from "../../generated/google/rpc/status.js";
import { ERROR_CODES, invalidField, KvError, type ErrorCode } from "../../src/base/index.js";
import { fromServiceError, toStatus } from "../../src/grpc/status-map.js";

const ADDRESS = "127.0.0.1:1";

/** The table of the API's description, written a second time on purpose. */
const ON_THE_WIRE: Readonly<Partial<Record<ErrorCode, status>>> = {
  INVALID_FIELD: status.INVALID_ARGUMENT,
  PRECONDITION_FAILED: status.ABORTED,
  KEY_EXISTS: status.ALREADY_EXISTS,
  KEY_ABSENT: status.NOT_FOUND,
  OVERFLOW: status.OUT_OF_RANGE,
  REVISION_COMPACTED: status.OUT_OF_RANGE,
  HISTORY_CHANGED: status.FAILED_PRECONDITION,
  REQUEST_ID_REUSED: status.INVALID_ARGUMENT,
  NO_SPACE: status.RESOURCE_EXHAUSTED,
  QUOTA: status.RESOURCE_EXHAUSTED,
  OVERLOADED: status.RESOURCE_EXHAUSTED,
  SLOW_FOLLOWER: status.RESOURCE_EXHAUSTED,
  CORRUPT: status.DATA_LOSS,
  STARTING: status.UNAVAILABLE,
  DRAINING: status.UNAVAILABLE,
  STORAGE_FAILED: status.UNAVAILABLE,
  DEADLINE_EXCEEDED: status.DEADLINE_EXCEEDED,
  CANCELLED: status.CANCELLED,
};

function asServiceError(error: unknown): ServiceError {
  const { code, details, metadata } = toStatus(error);
  return Object.assign(new Error(details), { code, details, metadata });
}

function detailsOf(error: unknown): Status {
  const [bytes] = toStatus(error).metadata.get("grpc-status-details-bin");
  return Status.decode(bytes as Buffer);
}

function detail<T>(
  error: unknown,
  message: { $type: string; decode(bytes: Buffer): T },
): T | undefined {
  const typeUrl = `type.googleapis.com/${message.$type}`;
  const found = detailsOf(error).details.find((any) => any.typeUrl === typeUrl);
  return found === undefined ? undefined : message.decode(found.value);
}

describe("errors on the wire", () => {
  for (const code of ERROR_CODES) {
    const expected = ON_THE_WIRE[code];
    if (expected === undefined) {
      it(`does not tell callers of ${code}`, () => {
        const outcome = toStatus(new KvError(code, "a secret of the machine"));
        expect(outcome.code).to.equal(status.INTERNAL);
        expect(outcome.details).not.to.include("secret");
      });
      continue;
    }
    it(`sends ${code} as ${status[expected]}, and a client gets it back`, () => {
      const metadata = {
        field: "range.glob",
        key: "schlüssel",
        revision: 7,
        oldest_revision: 3,
        segment: "segments/000000000001.seg",
        offset: 4096,
        resume_token: "t0ken",
      };
      const error = new KvError(code, "what happened", { metadata, retryAfterMs: 1500 });
      expect(toStatus(error).code).to.equal(expected);
      expect(toStatus(error).details).to.equal("what happened");
      expect(detailsOf(error)).to.include({ code: expected, message: "what happened" });
      expect(detail(error, ErrorInfo)).to.include({ reason: code, domain: "keyvaluedb" });
      expect(detail(error, RetryInfo)?.retryDelay).to.deep.equal({ seconds: 1, nanos: 5e8 });

      const back = fromServiceError(asServiceError(error), ADDRESS);
      expect(back.code).to.equal(code);
      expect(back.message).to.equal("what happened");
      expect(back.metadata).to.deep.equal(metadata);
      expect(back.retryAfterMs).to.equal(1500);
    });
  }

  it("names the field of a bad request", () => {
    const violations = detail(invalidField("ttl", "must be more than zero"), BadRequest);
    expect(violations?.fieldViolations).to.have.length(1);
    expect(violations?.fieldViolations[0]).to.deep.include({
      field: "ttl",
      description: "must be more than zero",
    });
  });

  it("says nothing of when to retry where waiting does not help", () => {
    expect(detail(new KvError("INVALID_FIELD", "x"), RetryInfo)).to.equal(undefined);
  });

  it("tells callers nothing of a fault of ours", () => {
    const outcome = toStatus(new TypeError("cannot read secret of undefined"));
    expect(outcome.code).to.equal(status.INTERNAL);
    expect(outcome.details).not.to.include("secret");
    expect(fromServiceError(asServiceError(new TypeError("x")), ADDRESS).code).to.equal(
      "SERVER_ERROR",
    );
  });

  it("sends messages that can be sent, and no more than clients take", () => {
    const half = toStatus(invalidField("key", "bad \ud83d"));
    expect(() => encodeURI(half.details)).not.to.throw();
    const long = new KvError("INVALID_FIELD", "€".repeat(100_000), {
      metadata: { field: "key", key: "é".repeat(513), resume_token: "é".repeat(512) },
    });
    const outcome = toStatus(long);
    expect(outcome.details).to.match(/^€{170}…$/);
    const [bytes] = outcome.metadata.get("grpc-status-details-bin");
    const headerBytes = encodeURI(outcome.details).length + (bytes as Buffer).length * 1.4;
    expect(headerBytes).to.be.below(8000);
    expect(detail(long, ErrorInfo)?.metadata).to.have.all.keys("field", "resume_token");
  });

  it("makes the nearest of errors that have no details of ours", () => {
    const plain = (code: status): ErrorCode => {
      const error = asServiceError(new TypeError("x"));
      return fromServiceError(Object.assign(error, { code }), ADDRESS).code;
    };
    expect(plain(status.UNAVAILABLE)).to.equal("UNREACHABLE");
    expect(plain(status.DEADLINE_EXCEEDED)).to.equal("DEADLINE_EXCEEDED");
    expect(plain(status.CANCELLED)).to.equal("CANCELLED");
    expect(plain(status.UNIMPLEMENTED)).to.equal("SERVER_ERROR");
    expect(plain(status.RESOURCE_EXHAUSTED)).to.equal("SERVER_ERROR");
  });

  it("takes a stream that a proxy reset for a broken one, and no other fault for it", () => {
    const codeOf = (details: string): ErrorCode => {
      const error = Object.assign(asServiceError(new TypeError("x")), { details });
      return fromServiceError(Object.assign(error, { code: status.INTERNAL }), ADDRESS).code;
    };
    expect(codeOf("Received RST_STREAM with code 2 (Internal server error)")).to.equal(
      "UNREACHABLE",
    );
    expect(codeOf("internal error")).to.equal("SERVER_ERROR");
  });

  it("tells a connection that broke from one that never was", () => {
    const message = (details: string): string => {
      const error = Object.assign(asServiceError(new TypeError("x")), { details });
      return fromServiceError(Object.assign(error, { code: status.UNAVAILABLE }), ADDRESS).message;
    };
    expect(message("read ECONNRESET")).to.equal(
      `the connection to ${ADDRESS} broke: read ECONNRESET`,
    );
    expect(message("Connection dropped")).to.include("broke");
    const refused =
      "No connection established. Last error: connect ECONNREFUSED. Resolution note: ";
    expect(message(refused)).to.match(new RegExp(`^no server answers at ${ADDRESS}: .*REFUSED$`));
    const reset = "No connection established. Last error: read ECONNRESET";
    expect(message(reset)).to.include("no server answers");
  });

  it("takes details of another make for none", () => {
    const error = asServiceError(new KvError("CORRUPT", "x"));
    error.metadata.set("grpc-status-details-bin", Buffer.from([0xff, 0xff, 0xff]));
    expect(fromServiceError(error, ADDRESS).code).to.equal("SERVER_ERROR");
    const reason = ErrorInfo.encode({ reason: "CORRUPT", domain: "elsewhere", metadata: {} });
    const other = Status.encode({
      code: error.code,
      message: "",
      details: [
        {
          typeUrl: `type.googleapis.com/${ErrorInfo.$type}`,
          value: Buffer.from(reason.finish()),
        },
      ],
    });
    error.metadata.set("grpc-status-details-bin", Buffer.from(other.finish()));
    expect(fromServiceError(error, ADDRESS).code).to.equal("SERVER_ERROR");
  });
});

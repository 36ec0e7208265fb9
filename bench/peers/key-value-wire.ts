/** What a server that speaks our own API has in common with another: ours, and the ceiling. */

import { credentials, type ClientUnaryCall, type ServiceError } from "@grpc/grpc-js";

import {
  AdminServiceClient,
  type GetStatusResponse,
} from "../../generated/keyvaluedb/v1/admin_service.js";
import {
  GetRequest,
  GetResponse,
  KeyValueServiceClient,
  KeyValueServiceService,
  SetRequest,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import { KEY, VALUE, type Load, type Work } from "../peer.js";

type Done<Reply> = (error: ServiceError | null, reply: Reply) => void;

function replyTo<Reply>(call: (done: Done<Reply>) => ClientUnaryCall): Promise<Reply> {
  return new Promise((resolve, reject) => {
    call((error, reply) => {
      if (error === null) resolve(reply);
      else reject(error);
    });
  });
}

export const LOADS: Readonly<Record<Work, Load>> = {
  Set: {
    path: KeyValueServiceService.set.path,
    message: SetRequest.encode(SetRequest.fromPartial({ key: KEY, value: VALUE })).finish(),
  },
  Get: {
    path: KeyValueServiceService.get.path,
    message: GetRequest.encode({ revision: 0, key: KEY }).finish(),
  },
};

export class KeyValueWire {
  readonly #admin: AdminServiceClient;
  readonly #keyValue: KeyValueServiceClient;

  constructor(port: number) {
    const address = `127.0.0.1:${String(port)}`;
    // The server may not listen yet: ask again soon, and not by the minute-long steps meant for outages.
    const options = {
      "grpc.initial_reconnect_backoff_ms": 50,
      "grpc.max_reconnect_backoff_ms": 100,
    };
    this.#admin = new AdminServiceClient(address, credentials.createInsecure(), options);
    this.#keyValue = new KeyValueServiceClient(address, credentials.createInsecure(), options);
  }

  /** With its methods. */
  status(): Promise<GetStatusResponse> {
    return replyTo((done) => this.#admin.getStatus({ includeMethods: true }, done));
  }

  /** The length of the reply to a Get; with no writes meanwhile, each has the same. */
  async getReplyBytes(): Promise<number> {
    const reply = await replyTo<GetResponse>((done) =>
      this.#keyValue.get({ revision: 0, key: KEY }, done),
    );
    if (reply.entry?.value.equals(VALUE) !== true) throw new Error("Get did not find what was set");
    return GetResponse.encode(reply).finish().length;
  }

  close(): void {
    this.#admin.close();
    this.#keyValue.close();
  }
}

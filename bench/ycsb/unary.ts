/** Calls by grpc-js alone, the same for every server, so that the client costs the same. */

import { Client, credentials, type ServiceError } from "@grpc/grpc-js";

export interface Method<Request, Reply> {
  readonly path: string;
  readonly encode: (request: Request) => Buffer;
  readonly decode: (bytes: Buffer) => Reply;
}

const CONNECT_MS_MAX = 20_000;
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

export async function connectTo(port: number): Promise<Client> {
  // A connection each: by default those to one address share one.
  const client = new Client(`127.0.0.1:${String(port)}`, credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.max_receive_message_length": MESSAGE_BYTES_MAX,
  });
  await new Promise<void>((resolve, reject) => {
    client.waitForReady(Date.now() + CONNECT_MS_MAX, (error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
  return client;
}

export function call<Request, Reply>(
  client: Client,
  { path, encode, decode }: Method<Request, Reply>,
  request: Request,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const done = (error: ServiceError | null, reply?: Reply): void => {
      if (error !== null) reject(error);
      else if (reply === undefined) reject(new Error(`${path}: there is no reply`));
      else resolve(reply);
    };
    client.makeUnaryRequest(path, encode, decode, request, done);
  });
}

/** All messages of a stream that the server ends. */
export function callForAll<Request, Reply>(
  client: Client,
  { path, encode, decode }: Method<Request, Reply>,
  request: Request,
): Promise<readonly Reply[]> {
  return new Promise((resolve, reject) => {
    const replies: Reply[] = [];
    const stream = client.makeServerStreamRequest(path, encode, decode, request);
    stream.on("data", (reply: Reply) => replies.push(reply));
    stream.on("error", reject);
    stream.on("end", () => {
      resolve(replies);
    });
  });
}

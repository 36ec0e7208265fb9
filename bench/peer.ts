/** What the bench knows of a server: how to start it, what to send it, and how it proves what it did. */

export const WORKS = ["Set", "Get"] as const;
export type Work = (typeof WORKS)[number];

/** What every peer is asked to keep, and for which key. */
export const KEY = "bench/0123456789";
export const VALUE = Buffer.alloc(256, "v");

export interface Load {
  /** Path of the HTTP/2 request. */
  readonly path: string;
  /** The request's message, serialised, without the frame around it. */
  readonly message: Uint8Array;
}

export interface RunningPeer {
  readonly pid: number;
  readonly port: number;
  readonly version: string;
  /** The command line, so that a reader knows the settings. */
  readonly command: string;
  load(work: Work): Load;
  /** The server's own count of calls of that work that succeeded. */
  successCount(work: Work): Promise<number>;
  /** The length of the reply's message, where every success has the same one. */
  replyBytes(work: Work): Promise<number | undefined>;
  stop(): Promise<void>;
}

export interface Peer {
  readonly name: PeerName;
  /** One line for the report. */
  readonly description: string;
  /** Why it cannot run here. Undefined: it can. */
  reasonToSkip(): Promise<string | undefined>;
  /** Starts it on a free port of 127.0.0.1, with its data and log below `directory`, and waits until it serves. */
  start(directory: string): Promise<RunningPeer>;
}

export const PEER_NAMES = ["keyvaluedb", "ceiling", "grpc-js", "etcd"] as const;
export type PeerName = (typeof PEER_NAMES)[number];

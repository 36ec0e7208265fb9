/** The bounds of a queue of operations. */

import type { Client } from "@grpc/grpc-js";

export interface OperationQueueOptions {
  /** The connection. It stays open when the queue is closed. */
  readonly client: Client;
  /** Most operations in one message: no more than the server's `limits.pipeline_operations`. Default 1,024. */
  readonly messageOperationsMax?: number;
  /** A message this long takes no more operations. Default 256 KiB. */
  readonly messageBytesMax?: number;
  /** Bytes that may be sent and not answered before the rest waits. Default 1 MiB. */
  readonly windowBytesMax?: number;
  /** Most operations, and bytes of them, that are asked for and not answered; more are refused. 65,536 and 64 MiB. */
  readonly operationsMax?: number;
  readonly bytesMax?: number;
  /** Longest operation: no more than the server's `limits.message_bytes`. Default 4 MiB. */
  readonly operationBytesMax?: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
export const OPERATION_QUEUE_DEFAULTS = {
  messageOperationsMax: 1024,
  messageBytesMax: 256 * KIB,
  windowBytesMax: 1 * MIB,
  operationsMax: 65_536,
  bytesMax: 64 * MIB,
  operationBytesMax: 4 * MIB,
} as const;

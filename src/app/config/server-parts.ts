/** From the settings to the options of the parts that run: the one place where the two meet. */

import { SYSTEM_CLOCK, type KvError, type Logger } from "../../base/index.js";
import { NodeFileSystem } from "../../disk/index.js";
import type { ServerOptions } from "../../grpc/index.js";
import type { LocalStoreOptions } from "../../kv/index.js";
import { formatAddress } from "../address.js";
import { packageVersion } from "../version.js";
import { limitsOf } from "./limits-of.js";
import type { Config } from "./settings.js";

export function serverOptionsOf(config: Config, logger: Logger): ServerOptions {
  return {
    address: formatAddress(config.listen),
    version: packageVersion(),
    limits: limitsOf(config),
    messageBytesMax: config["limits.message_bytes"],
    callsMax: config["calls.maximum"],
    callWaitMsMax: config["calls.wait"],
    connectionCallsMax: config["calls.per_connection"],
    connectionsMax: config["connections.maximum"],
    streamsMax: config["streams.maximum"],
    pipelineOperationsMax: config["limits.pipeline_operations"],
    pipelineBytesMax: config["streams.pipeline_bytes"],
    logger,
    clock: SYSTEM_CLOCK,
    logSampleRatio: config["log.level"] === "debug" ? 1 : config["log.sample"],
    health: config["health.enabled"],
    reflection: config["reflection.enabled"],
  };
}

/** `onFailure` is told once, when the disk has refused and nothing more can be written. */
export function storeOptionsOf(
  config: Config,
  logger: Logger,
  onFailure: (error: KvError) => void,
): LocalStoreOptions {
  const keyOrder = config["store.key_order"];
  return {
    directory: config.data,
    fileSystem: new NodeFileSystem(),
    clock: SYSTEM_CLOCK,
    logger,
    limits: limitsOf(config),
    storage: {
      ...(keyOrder === "auto" ? {} : { keyOrder }),
      segmentBytes: config["segment.bytes"],
      commitQueueBytes: config["commit.queue_bytes"],
      commitQueueTransactions: config["commit.queue_transactions"],
      keydirBytesMax: config["limits.keydir_bytes"],
      historyVersions: config["history.versions"],
      replyWindowMs: config["idempotency.window"],
      replyEntriesMax: config["idempotency.entries"],
      cacheBytes: config["cache.bytes"],
      compression: config.compression,
      compressionBytesMin: config["compression.min_bytes"],
      compactionPeriodMs: config["compaction.period"],
      compactionGarbageRatio: config["compaction.garbage_ratio"],
      compactionBytesPerSecond: config["compaction.bytes_per_second"],
      checkpointPeriodMs: config["checkpoint.period"],
      scrubPeriodMs: config["scrub.period"],
      viewAgeMsMax: config["views.age"],
      scansMax: config["limits.scans"],
    },
    watch: {
      retentionMs: config["watch.retention"],
      retentionBytes: config["watch.retention_bytes"],
      expiredValueBytesMax: config["watch.expired_value_bytes"],
      bufferBytes: config["streams.buffer_bytes"],
      memoryBytes: config["watch.memory_bytes"],
      progressIntervalMs: config["streams.progress_interval"],
    },
    clockPolicy: {
      maxStepMs: config["clock.max_step"],
      confirmAfterMs: config["clock.confirm_after"],
    },
    onFailure,
  };
}

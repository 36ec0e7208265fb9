/** How long calls and syncs took, as objects for programs and in words for people. */

import type { Latency } from "../../base/index.js";
import type { MethodStatus } from "../../grpc/index.js";
import { counted } from "./counted.js";

export function latencyObject(latency: Latency): object {
  return {
    window_ms: latency.windowMs,
    count: latency.count,
    p50_ms: latency.p50Ms,
    p99_ms: latency.p99Ms,
    p999_ms: latency.p999Ms,
    max_ms: latency.maxMs,
  };
}

export function latencyWords(latency: Latency | undefined): string {
  if (latency === undefined) return "none lately";
  const { count, windowMs, p50Ms, p99Ms, p999Ms, maxMs } = latency;
  const times = `p50 ${spanText(p50Ms)}, p99 ${spanText(p99Ms)}, p99.9 ${spanText(p999Ms)}`;
  return `${times}, at most ${spanText(maxMs)}, of ${String(count)} in ${spanText(windowMs)}`;
}

export function methodObject({ latency, ...status }: MethodStatus): object {
  return {
    method: status.method,
    call_count: status.callCount,
    error_count: status.errorCount,
    refused_count: status.refusedCount,
    ...(status.operationCount === 0
      ? {}
      : {
          operation_count: status.operationCount,
          operation_error_count: status.operationErrorCount,
        }),
    ...(latency === undefined ? {} : { latency: latencyObject(latency) }),
  };
}

export function methodWords({ latency, ...status }: MethodStatus): string {
  const counts = [
    counted(status.callCount, "call"),
    ...(status.errorCount === 0 ? [] : [counted(status.errorCount, "error")]),
    ...(status.refusedCount === 0 ? [] : [`${String(status.refusedCount)} refused`]),
    ...(status.operationCount === 0 ? [] : [counted(status.operationCount, "operation")]),
    ...(status.operationErrorCount === 0
      ? []
      : [`${String(status.operationErrorCount)} of them with an error`]),
  ].join(", ");
  return latency === undefined ? counts : `${counts}; ${latencyWords(latency)}`;
}

/** To three digits, in seconds from a second on. */
function spanText(ms: number): string {
  // What would be rounded to a second is one.
  return ms < 999.5 ? `${rounded(ms)} ms` : `${rounded(ms / 1000)} s`;
}

function rounded(span: number): string {
  return String(span >= 100 ? Math.round(span) : Number(span.toPrecision(3)));
}

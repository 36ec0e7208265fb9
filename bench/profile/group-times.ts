/** The time of a profile by the part of the house that it was spent in. */

export interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
  /** Microseconds of a monotonic clock, the machine's. */
  readonly startTime: number;
}

export interface Span {
  readonly startMicros: number;
  readonly endMicros: number;
}

export interface GroupTime {
  readonly group: string;
  readonly microsPerCall: number;
}

const IDLE = "(idle)";
const COLLECTOR = "(garbage collector)";

/** Most first. What was idle is not among them. */
export function groupTimes(
  { nodes, samples, timeDeltas, startTime }: Profile,
  { startMicros, endMicros }: Span,
  calls: number,
): readonly GroupTime[] {
  const groups = new Map(nodes.map(({ id, callFrame }) => [id, groupOf(callFrame)]));
  const micros = new Map<string, number>();
  let atMicros = startTime;
  samples.forEach((node, index) => {
    const delta = timeDeltas[index] ?? 0;
    atMicros += delta;
    const group = groups.get(node);
    if (group === undefined || atMicros < startMicros || atMicros > endMicros) return;
    micros.set(group, (micros.get(group) ?? 0) + delta);
  });
  return [...micros]
    .map(([group, sum]) => ({ group, microsPerCall: sum / calls }))
    .sort((a, b) => b.microsPerCall - a.microsPerCall);
}

/** Undefined: nothing was done. */
function groupOf({ functionName, url }: Profile["nodes"][number]["callFrame"]): string | undefined {
  if (functionName === IDLE) return undefined;
  if (functionName === COLLECTOR) return "collecting garbage";
  const [, floor] = /\/dist\/src\/([a-z0-9]+)\//u.exec(url) ?? [];
  if (floor !== undefined) return `src/${floor}`;
  if (url.includes("/dist/generated/") || url.includes("/node_modules/"))
    return "libraries, generated";
  if (/^write(v|Buffer|Utf8String|Latin1String)$/u.test(functionName)) return "writing to sockets";
  return "Node.js and V8";
}

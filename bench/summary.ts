/** Brings the measurements of all rounds together: medians with their spread, and ratios within a round. */

import type { Shape } from "./h2load.js";
import type { Measurement } from "./measure.js";
import { WORKS, type PeerName, type Work } from "./peer.js";
import { spreadOf, type Spread } from "./statistics.js";

export interface SummaryRow {
  readonly work: Work;
  readonly shape: Shape;
  readonly peer: PeerName;
  /** How many measurements count, and how many were made. */
  readonly counted: number;
  readonly made: number;
  readonly ratePerSecond: Spread;
  readonly p50Micros: Spread;
  readonly p99Micros: Spread;
  readonly cpuMicrosPerOperation: Spread;
  readonly residentBytes: Spread;
  /** Rate over that of another server in the same round. Undefined: it is that server, or was not there. */
  readonly rateToEtcd: Spread | undefined;
  readonly rateToCeiling: Spread | undefined;
}

export function summarize(
  measurements: readonly Measurement[],
  shapes: readonly Shape[],
  peers: readonly PeerName[],
): readonly SummaryRow[] {
  return WORKS.flatMap((work) =>
    shapes.flatMap((shape) => {
      const made = measurements.filter((one) => one.work === work && sameShape(one.shape, shape));
      return peers.flatMap((peer) => toRow(made, peer));
    }),
  );
}

/** `made` is of one work and one shape. Nothing where no measurement of the peer counts. */
function toRow(made: readonly Measurement[], peer: PeerName): readonly SummaryRow[] {
  const own = made.filter((one) => one.peer === peer);
  const counted = own.filter((one) => one.problem === undefined);
  const [first] = counted;
  if (first === undefined) return [];
  const spread = (figure: (one: Measurement) => number): Spread => spreadOf(counted.map(figure));
  return [
    {
      work: first.work,
      shape: first.shape,
      peer,
      counted: counted.length,
      made: own.length,
      ratePerSecond: spread((one) => one.ratePerSecond),
      p50Micros: spread((one) => one.p50Micros),
      p99Micros: spread((one) => one.p99Micros),
      cpuMicrosPerOperation: spread((one) => one.cpuMicrosPerOperation),
      residentBytes: spread((one) => one.residentBytes),
      rateToEtcd: ratioTo("etcd", counted, made),
      rateToCeiling: ratioTo("ceiling", counted, made),
    },
  ];
}

function ratioTo(
  other: PeerName,
  counted: readonly Measurement[],
  made: readonly Measurement[],
): Spread | undefined {
  const ratios = counted.flatMap((one) => {
    if (one.peer === other) return [];
    const theirs = made.find(
      (that) => that.peer === other && that.round === one.round && that.problem === undefined,
    );
    return theirs === undefined ? [] : [one.ratePerSecond / theirs.ratePerSecond];
  });
  return ratios.length === 0 ? undefined : spreadOf(ratios);
}

function sameShape(one: Shape, other: Shape): boolean {
  return one.connections === other.connections && one.streams === other.streams;
}

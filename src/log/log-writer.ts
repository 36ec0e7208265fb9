/** The end of the log that grows: the active segment, its successor, and how one follows the other. */

import {
  KvError,
  segmentId,
  timeMs,
  type Clock,
  type Revision,
  type SegmentId,
} from "../base/index.js";
import type { FileSystem } from "../disk/index.js";
import type { Manifest, ManifestFile, ManifestSegment } from "./manifest.js";
import { OpenSegment } from "./open-segment.js";
import type { Spare, SpareSegments } from "./spare-segments.js";

/** What a transaction is for. What gives space back may use the reserve when the disk is full. */
export type Purpose = "write" | "release";

export interface LogWriterOptions {
  readonly fileSystem: FileSystem;
  /** The directory of the segments. */
  readonly directory: string;
  readonly manifest: ManifestFile;
  readonly spares: SpareSegments;
  readonly clock: Clock;
  /** Told of a segment that will not change any more, and where it ends. */
  readonly onSealed: (id: SegmentId, endOffset: number) => void;
}

export class LogWriter {
  readonly #options: LogWriterOptions;
  #active: OpenSegment;
  #nextId: SegmentId;

  private constructor(options: LogWriterOptions, active: OpenSegment, nextId: SegmentId) {
    this.#options = options;
    this.#active = active;
    this.#nextId = nextId;
  }

  /** `active` is prepared and listed already. */
  static resume(options: LogWriterOptions, active: OpenSegment): LogWriter {
    return new LogWriter(options, active, options.manifest.current.nextSegmentId);
  }

  get active(): OpenSegment {
    return this.#active;
  }

  /** A segment id that no file has; counted on in the manifest with the next swap. */
  allocateId(): SegmentId {
    const id = this.#nextId;
    this.#nextId = segmentId(id + 1);
    return id;
  }

  /**
   * The segment after the newest one, to place batches in; it becomes active when the first is written.
   * Undefined while none is prepared.
   */
  takeNext(purpose: Purpose): OpenSegment | undefined {
    const { spares } = this.#options;
    const spare =
      spares.take("ready") ?? (purpose === "release" ? spares.take("removal-reserve") : undefined);
    return spare === undefined ? undefined : this.#open(spare);
  }

  /** Waits for a spare that is being filled; throws NO_SPACE where there is no room for one. */
  async waitForSpare(): Promise<void> {
    const { spares } = this.#options;
    if (spares.problem !== undefined) throw noSpace(spares.problem);
    await spares.whenAttempted();
  }

  /** Seals the active segment and makes `next` the active one. */
  async rotate(next: OpenSegment, durableRevision: Revision): Promise<void> {
    const { manifest, clock } = this.#options;
    const previous = this.#active;
    const endOffset = await previous.seal(durableRevision);
    await next.prepare(clock.wallMs());
    await manifest.swap((current) => ({
      ...this.#marked(current, durableRevision),
      segments: [
        ...closeActive(current.segments, previous.id, endOffset),
        listActive(next.id, durableRevision),
      ],
    }));
    this.#options.onSealed(previous.id, endOffset);
    await next.publish();
    await previous.close();
    this.#active = next;
  }

  /** Seals the active segment for a clean stop; one without a record stays as it is. */
  async finish(durableRevision: Revision): Promise<void> {
    const active = this.#active;
    if (active.recordCount > 0) {
      const endOffset = await active.seal(durableRevision);
      await this.#options.manifest.swap((current) => ({
        ...this.#marked(current, durableRevision),
        segments: closeActive(current.segments, active.id, endOffset),
      }));
    } else {
      await this.#options.manifest.swap((current) => this.#marked(current, durableRevision));
    }
    await active.close();
  }

  #marked(current: Manifest, durableRevision: Revision): Manifest {
    return {
      ...current,
      nextSegmentId: segmentId(Math.max(this.#nextId, current.nextSegmentId)),
      durableRevision: Math.max(durableRevision, current.durableRevision) as Revision,
      commitTimeMs: timeMs(Math.max(this.#active.commitTimeMs, current.commitTimeMs)),
    };
  }

  #open(spare: Spare): OpenSegment {
    const { fileSystem, directory, manifest } = this.#options;
    const { storeId } = manifest.current;
    return new OpenSegment({ fileSystem, directory, storeId, id: this.allocateId(), spare });
  }
}

function noSpace(cause: unknown): KvError {
  return new KvError(
    "NO_SPACE",
    "the disk has no room for another segment: free some space, or delete keys and compact",
    { cause, retryAfterMs: 1000 },
  );
}

export function listActive(id: SegmentId, baseRevision: Revision): ManifestSegment {
  return { id, kind: "log", state: "active", endOffset: 0, baseRevision, isSealed: false };
}

function closeActive(
  segments: readonly ManifestSegment[],
  id: SegmentId,
  endOffset: number,
): ManifestSegment[] {
  return segments.map((segment) =>
    segment.id === id ? { ...segment, state: "closed", endOffset, isSealed: true } : segment,
  );
}

/** The end of the log that grows: the active segment, its successor, and how one follows the other. */

import {
  assert,
  KvError,
  segmentId,
  timeMs,
  type Clock,
  type Revision,
  type SegmentId,
} from "../base/index.js";
import type { FileSystem } from "../disk/index.js";
import type { ManifestFile } from "./manifest-file.js";
import type { Manifest, ManifestSegment } from "./manifest-format.js";
import { OpenSegment } from "./open-segment.js";
import { SEGMENT_FOOTER_BYTES, SEGMENT_HEADER_BYTES } from "./segment-format.js";
import type { Spare, SpareKind, SpareSegments } from "./spare-segments.js";

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
    options.spares.follow(() => this.#active.usedRatio);
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

  /** Whether a transaction may go to the segment: Sets leave the reserve alone while the disk is full. */
  mayUse(segment: OpenSegment, purpose: Purpose): boolean {
    return (
      purpose === "release" || !segment.isReserve || this.#options.spares.problem === undefined
    );
  }

  /**
   * The segment after the newest one, to place a batch of so many bytes in; it becomes active when the
   * batch is written. Undefined while none is prepared that would hold it.
   */
  takeNext(purpose: Purpose, bytes: number): OpenSegment | undefined {
    const { spares } = this.#options;
    const sizeBytes = SEGMENT_HEADER_BYTES + bytes + SEGMENT_FOOTER_BYTES;
    assert(sizeBytes <= spares.segmentBytes, "a segment holds the largest transaction");
    const ready = spares.take("ready", sizeBytes);
    if (ready !== undefined) return this.#open(ready, "ready");
    // The reserve is for a disk without room; what is being filled is waited for.
    if (purpose !== "release" || spares.problem === undefined) return undefined;
    const reserve = spares.take("removal-reserve", sizeBytes);
    return reserve === undefined ? undefined : this.#open(reserve, "removal-reserve");
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
    // Not before: what is filled would hold up all that was done here.
    this.#options.spares.fill();
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
      this.#options.onSealed(active.id, endOffset);
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

  #open(spare: Spare, kind: SpareKind): OpenSegment {
    const { fileSystem, directory, manifest } = this.#options;
    const { storeId } = manifest.current;
    const isReserve = kind !== "ready";
    return new OpenSegment({
      fileSystem,
      directory,
      storeId,
      id: this.allocateId(),
      spare,
      isReserve,
    });
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

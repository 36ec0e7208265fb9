/**
 * The bytes of a file in memory: growing, zero where nothing was written, shared until someone writes.
 * Sharing is what makes a copy of a whole disk cheap enough to crash it ten thousand times.
 */

const CAPACITY_BYTES_MIN = 256;

export class SparseBytes {
  #bytes: Buffer;
  #size: number;
  #shared: boolean;

  private constructor(bytes: Buffer, size: number, shared: "shared" | "owned") {
    this.#bytes = bytes;
    this.#size = size;
    this.#shared = shared === "shared";
  }

  static empty(): SparseBytes {
    return new SparseBytes(Buffer.alloc(0), 0, "owned");
  }

  get size(): number {
    return this.#size;
  }

  /** A copy that costs nothing until either of the two is written. */
  copy(): SparseBytes {
    this.#shared = true;
    return new SparseBytes(this.#bytes, this.#size, "shared");
  }

  write(bytes: Uint8Array, offset: number): void {
    if (bytes.length === 0) return;
    this.#own(Math.max(this.#size, offset + bytes.length));
    this.#bytes.set(bytes, offset);
    this.#size = Math.max(this.#size, offset + bytes.length);
  }

  resize(size: number): void {
    this.#own(size);
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }

  read(into: Buffer, offset: number): number {
    const end = Math.min(this.#size, offset + into.length);
    return end <= offset ? 0 : this.#bytes.copy(into, 0, offset, end);
  }

  toBuffer(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#size));
  }

  /** Everything past the size stays zero, so that growing again shows zeros. */
  #own(capacity: number): void {
    if (!this.#shared && capacity <= this.#bytes.length) return;
    const wanted =
      capacity <= this.#bytes.length
        ? this.#bytes.length
        : Math.max(CAPACITY_BYTES_MIN, capacity, Math.min(this.#bytes.length * 2, capacity * 2));
    const grown = Buffer.alloc(wanted);
    this.#bytes.copy(grown, 0, 0, this.#size);
    this.#bytes = grown;
    this.#shared = false;
  }
}

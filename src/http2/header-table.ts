/** The header fields that both sides know by number (RFC 7541, 2.3): those of the standard, and those that the peer has put there. */

export interface HeaderField {
  readonly name: string;
  /** Each character stands for a byte. */
  readonly value: string;
}

/** Appendix A; the first has number 1. */
const STATIC_FIELDS: readonly HeaderField[] = [
  [":authority"],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  [":status", "200"],
  [":status", "204"],
  [":status", "206"],
  [":status", "304"],
  [":status", "400"],
  [":status", "404"],
  [":status", "500"],
  ["accept-charset"],
  ["accept-encoding", "gzip, deflate"],
  ["accept-language"],
  ["accept-ranges"],
  ["accept"],
  ["access-control-allow-origin"],
  ["age"],
  ["allow"],
  ["authorization"],
  ["cache-control"],
  ["content-disposition"],
  ["content-encoding"],
  ["content-language"],
  ["content-length"],
  ["content-location"],
  ["content-range"],
  ["content-type"],
  ["cookie"],
  ["date"],
  ["etag"],
  ["expect"],
  ["expires"],
  ["from"],
  ["host"],
  ["if-match"],
  ["if-modified-since"],
  ["if-none-match"],
  ["if-range"],
  ["if-unmodified-since"],
  ["last-modified"],
  ["link"],
  ["location"],
  ["max-forwards"],
  ["proxy-authenticate"],
  ["proxy-authorization"],
  ["range"],
  ["referer"],
  ["refresh"],
  ["retry-after"],
  ["server"],
  ["set-cookie"],
  ["strict-transport-security"],
  ["transfer-encoding"],
  ["user-agent"],
  ["vary"],
  ["via"],
  ["www-authenticate"],
].map(([name = "", value = ""]) => ({ name, value }));

/** What a field takes in a table, and in the length of a list, beside its characters (4.1). */
const FIELD_OVERHEAD_BYTES = 32;

export function fieldBytes({ name, value }: HeaderField): number {
  return name.length + value.length + FIELD_OVERHEAD_BYTES;
}

/** The number of a field of the standard with that name, and with that value if there is one. */
export function staticIndexOf(
  name: string,
  value: string,
): { readonly index: number; readonly hasValue: boolean } | undefined {
  const whole = STATIC_FIELDS.findIndex((field) => field.name === name && field.value === value);
  if (whole >= 0) return { index: whole + 1, hasValue: true };
  const named = STATIC_FIELDS.findIndex((field) => field.name === name);
  return named < 0 ? undefined : { index: named + 1, hasValue: false };
}

export class HeaderTable {
  /** Oldest first, from `#first` on. */
  #fields: HeaderField[] = [];
  #first = 0;
  #bytes = 0;
  #bytesMax: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(index: number): HeaderField | undefined {
    if (index <= STATIC_FIELDS.length) return STATIC_FIELDS[index - 1];
    const place = this.#fields.length - (index - STATIC_FIELDS.length);
    return place < this.#first ? undefined : this.#fields[place];
  }

  /** Puts it first. One that is longer than the whole table empties it (4.4). */
  add(field: HeaderField): void {
    this.#fields.push(field);
    this.#bytes += fieldBytes(field);
    this.#evict();
  }

  resize(bytesMax: number): void {
    this.#bytesMax = bytesMax;
    this.#evict();
  }

  #evict(): void {
    while (this.#bytes > this.#bytesMax) {
      const oldest = this.#fields[this.#first];
      if (oldest === undefined) break;
      this.#bytes -= fieldBytes(oldest);
      this.#first += 1;
    }
    // Those that are gone are let go of in bulk.
    if (this.#first * 2 <= this.#fields.length) return;
    this.#fields = this.#fields.slice(this.#first);
    this.#first = 0;
  }
}

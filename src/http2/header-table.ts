/** The header fields that both sides know by number (RFC 7541, 2.3): those of the standard, and those that the peer has put there. */

export interface HeaderField {
  readonly name: string;
  /** Each character stands for a byte. */
  readonly value: string;
}

/** A field that was received. Most requests repeat those of the one before, so each is judged only once. */
export interface ReceivedField extends HeaderField {
  /** What is wrong with it. Undefined: nothing is. */
  readonly fault: string | undefined;
}

/** They speak of one connection, which is not how HTTP/2 does that (RFC 9113, 8.2.2). */
const CONNECTION_NAMES = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

const NAME = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/u;
const NOT_IN_VALUE = /[\0\r\n]/u;

/** What is wrong with a field of a request, wherever it stands. */
export function faultOf(name: string, value: string): string | undefined {
  if (!NAME.test(name)) return "a name has a character that it must not have";
  if (NOT_IN_VALUE.test(value)) return `${name} has a character that it must not have`;
  const isForConnection = CONNECTION_NAMES.has(name) || (name === "te" && value !== "trailers");
  return isForConnection ? `${name} must not be there` : undefined;
}

/** Appendix A; the first has number 1. */
const STATIC_FIELDS: readonly ReceivedField[] = [
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
].map(([name = "", value = ""]) => ({ name, value, fault: faultOf(name, value) }));

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
  #fields: ReceivedField[] = [];
  #first = 0;
  #bytes = 0;
  #bytesMax: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(index: number): ReceivedField | undefined {
    if (index <= STATIC_FIELDS.length) return STATIC_FIELDS[index - 1];
    const place = this.#fields.length - (index - STATIC_FIELDS.length);
    return place < this.#first ? undefined : this.#fields[place];
  }

  /** Puts it first. One that is longer than the whole table empties it (4.4). */
  add(field: ReceivedField): void {
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

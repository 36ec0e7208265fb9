/**
 * Bytes as a JavaScript string with one character a byte: such strings compare in the order of the
 * bytes, which UTF-16 strings do not, and the ordered map below can hold them as they are.
 */

export type ByteString = string & { readonly brand: "ByteString" };

export function toByteString(bytes: Buffer): ByteString {
  return bytes.toString("latin1") as ByteString;
}

export function fromByteString(text: ByteString): Buffer {
  return Buffer.from(text, "latin1");
}

export function compareByteStrings(left: ByteString, right: ByteString): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

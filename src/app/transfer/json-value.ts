/** When stored bytes may stand as JSON in a line: only if reading the line gives the same bytes again. */

export const JSON_CONTENT_TYPE = "application/json";

/**
 * The bytes as JSON text. Undefined where they are not marked as JSON, are not JSON, or would not come
 * back byte for byte: line breaks would end the line, blanks around the value would be dropped.
 */
export function jsonTextOf(value: Buffer, contentType: string): string | undefined {
  if (contentType !== JSON_CONTENT_TYPE) return undefined;
  const text = utf8Text(value);
  if (text === undefined || /[\n\r]|^\s|\s$|^\ufeff/.test(text)) return undefined;
  try {
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

/** The bytes as text; undefined where they are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

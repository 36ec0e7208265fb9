/** One line of an export, in the form that an import takes: read back, it gives the same bytes. */

import type { Entry } from "../../kv/index.js";
import { formatTime } from "../time-text.js";
import { JSON_CONTENT_TYPE, jsonTextOf } from "./json-value.js";

/** The line with its end. The content type is left out where an import supplies the same. */
export function exportLine(entry: Entry): string {
  const { key, value, contentType, deadlineMs } = entry;
  const json = jsonTextOf(value, contentType);
  const valueMember =
    json === undefined ? `"value_base64":"${value.toString("base64")}"` : `"value":${json}`;
  const impliedType = json === undefined ? "" : JSON_CONTENT_TYPE;
  const deadline = deadlineMs === 0 ? "" : `,"expire_time":"${formatTime(deadlineMs)}"`;
  const type = contentType === impliedType ? "" : `,"content_type":${JSON.stringify(contentType)}`;
  return `{"key":${JSON.stringify(key.toString())},${valueMember}${deadline}${type}}\n`;
}

/**
 * Entries, changes and expirations as `--json` prints them. The text is put together by hand, because a JSON
 * value that is stored goes out as it is: read and written again, a large number would lose digits.
 */

import type {
  ChangeBatch,
  ChangeEvent,
  Entry,
  ExpirationBatch,
  ExpirationEvent,
} from "../../kv/index.js";
import { formatTime } from "../time-text.js";
import { jsonTextOf, utf8Text } from "../transfer/json-value.js";

export function entryJson(entry: Entry): string {
  return jsonObject([
    member("key", entry.key.toString()),
    ...valueMembers(entry.value, entry.contentType),
    member("revision", entry.revision),
    member("create_revision", entry.createRevision),
    member("version", entry.version),
    entry.deadlineMs === 0 ? undefined : member("expire_time", formatTime(entry.deadlineMs)),
    member("update_time", formatTime(entry.updateTimeMs)),
  ]);
}

/** What is known of an entry without its record. */
export function keyJson(entry: Entry): string {
  return jsonObject([
    member("key", entry.key.toString()),
    member("revision", entry.revision),
    member("create_revision", entry.createRevision),
    member("version", entry.version),
    entry.deadlineMs === 0 ? undefined : member("expire_time", formatTime(entry.deadlineMs)),
  ]);
}

/** One message of the stream. Its token stands for all of it, so it is one line. */
export function changesJson(batch: ChangeBatch): string {
  const { events, synced } = batch;
  return jsonObject([
    `"events":[${events.map(changeJson).join(",")}]`,
    ...streamMembers(batch),
    synced ? member("synced", true) : undefined,
  ]);
}

function changeJson(event: ChangeEvent): string {
  const { entry, previous } = event;
  const isThere = event.kind === "set" || event.kind === "touch";
  const value = event.valueOmitted
    ? [contentTypeMember(entry.contentType), member("value_omitted", true)]
    : valueMembers(entry.value, entry.contentType);
  return jsonObject([
    member("kind", event.kind),
    member("revision", event.revision),
    member("index", event.index),
    member("key", entry.key.toString()),
    ...(isThere
      ? [
          ...value,
          member("create_revision", entry.createRevision),
          member("version", entry.version),
        ]
      : []),
    entry.deadlineMs === 0 ? undefined : member("expire_time", formatTime(entry.deadlineMs)),
    member("commit_time", formatTime(event.commitTimeMs)),
    previous === undefined ? undefined : `"previous":${previousJson(previous)}`,
    event.previousOmitted ? member("previous_omitted", true) : undefined,
  ]);
}

/** Of one that ended long ago, the last change is not known any more. */
function previousJson(previous: Entry): string {
  const known = previous.revision !== 0;
  return jsonObject([
    ...valueMembers(previous.value, previous.contentType),
    known ? member("revision", previous.revision) : undefined,
    member("create_revision", previous.createRevision),
    member("version", previous.version),
    previous.deadlineMs === 0 ? undefined : member("expire_time", formatTime(previous.deadlineMs)),
    known ? member("update_time", formatTime(previous.updateTimeMs)) : undefined,
  ]);
}

/** One message of the stream. Its token stands for all of it, so it is one line. */
export function batchJson(batch: ExpirationBatch): string {
  const { expirations } = batch;
  return jsonObject([
    `"expirations":[${expirations.map(expirationJson).join(",")}]`,
    ...streamMembers(batch),
  ]);
}

function streamMembers({
  resumeToken,
  progress,
}: Pick<ExpirationBatch, "resumeToken" | "progress">): readonly (string | undefined)[] {
  return [
    member("resume_token", resumeToken),
    progress === undefined
      ? undefined
      : member("progress", { revision: progress.revision, time: formatTime(progress.timeMs) }),
  ];
}

function expirationJson(event: ExpirationEvent): string {
  return jsonObject([
    member("revision", event.revision),
    member("index", event.index),
    member("key", event.key.toString()),
    ...(event.value === undefined
      ? [contentTypeMember(event.contentType)]
      : valueMembers(event.value, event.contentType)),
    member("value_size", event.valueSize),
    event.valueOmitted ? member("value_omitted", true) : undefined,
    member("expire_time", formatTime(event.deadlineMs)),
    member("commit_time", formatTime(event.commitTimeMs)),
    member("cause", event.cause),
  ]);
}

/** `value` where it is JSON and marked so, `value_text` where it is text, else `value_base64`. */
function valueMembers(value: Buffer, contentType: string): readonly (string | undefined)[] {
  return [valueMember(value, contentType), contentTypeMember(contentType)];
}

function valueMember(value: Buffer, contentType: string): string {
  const json = jsonTextOf(value, contentType);
  if (json !== undefined) return `"value":${json}`;
  const text = utf8Text(value);
  return text === undefined
    ? member("value_base64", value.toString("base64"))
    : member("value_text", text);
}

function contentTypeMember(contentType: string): string | undefined {
  return contentType === "" ? undefined : member("content_type", contentType);
}

function member(name: string, value: unknown): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}

function jsonObject(members: readonly (string | undefined)[]): string {
  return `{${members.filter((text) => text !== undefined).join(",")}}`;
}

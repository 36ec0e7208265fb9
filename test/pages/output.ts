/**
 * What a call printed, in a form that does not depend on the tool. A stream prints several messages, and an error last;
 * what is no JSON is lines. A line `…` on a page stands for output that is not shown, `^C` for control-C at that moment.
 */

import { createFileRegistry, fromBinary, toJson, type FileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

import { DESCRIPTOR_SET_BASE64 } from "../../generated/descriptors.js";

const GAP = "…";
const INTERRUPTED = "^C";

/** A message, an error, or a line of text. */
export type Item =
  | { readonly kind: "message"; readonly json: unknown }
  | { readonly kind: "error"; readonly error: CallError }
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "gap" };

export interface CallError {
  /** In capitals and small letters without spaces, such as InvalidArgument. */
  readonly code: string;
  readonly message: string;
  readonly details: readonly unknown[];
}

/** Whether the page shows that it was interrupted. */
export function isInterrupted(shown: string): boolean {
  return shown.endsWith(`\n${INTERRUPTED}`);
}

/** How many whole messages there are at the beginning of what was printed so far. */
export function messageCount(printed: string): number {
  return printed.match(/^(\}|\{\})$/gmu)?.length ?? 0;
}

export function itemsOf(output: string): readonly Item[] {
  const isJson = /^(\{|ERROR:$)/mu.test(output);
  const lines = output.trimEnd().split("\n");
  return isJson ? readMessages(lines) : lines.map((text) => itemOf(text));
}

function itemOf(text: string): Item {
  return text === GAP || text === INTERRUPTED ? { kind: "gap" } : { kind: "line", text };
}

/** A message begins and ends at the left margin. */
function readMessages(lines: readonly string[]): readonly Item[] {
  const items: Item[] = [];
  let begun: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (begun.length === 0 && line === "ERROR:") {
      return [...items, { kind: "error", error: errorOfGrpcurl(lines.slice(index + 1)) }];
    }
    if (begun.length === 0 && !line.startsWith("{")) {
      items.push(itemOf(line));
      continue;
    }
    begun.push(line);
    if (!line.startsWith("}") && !/^\{.*\}$/u.test(line)) continue;
    items.push(messageOrError(JSON.parse(begun.join("\n"))));
    begun = [];
  }
  if (begun.length > 0) throw new Error(`a message is cut short: ${begun.join("\n")}`);
  return items;
}

function errorOfGrpcurl(lines: readonly string[]): CallError {
  const text = lines.join("\n");
  const [head = "", ...details] = text.split(/^ {2}\d+\)\t/mu);
  const [, code = "", message = ""] =
    /^ {2}Code: (\w+)\n {2}Message: ([^]*?)(?:\n {2}Details:)?\s*$/u.exec(head) ?? [];
  return { code, message, details: details.map((json) => JSON.parse(json) as unknown) };
}

interface ErrorOfBuf {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly { readonly type: string; readonly value: string }[];
}

/** No message of ours has these two at its top. Where grpcurl was asked for JSON, its code is a number. */
function isErrorOfBuf(json: unknown): json is ErrorOfBuf {
  if (typeof json !== "object" || json === null) return false;
  return "code" in json && typeof json.code === "string" && "message" in json;
}

function messageOrError(json: unknown): Item {
  if (!isErrorOfBuf(json)) return { kind: "message", json };
  const { code, message, details = [] } = json;
  return {
    kind: "error",
    error: { code: asGrpcurlSays(code), message, details: details.map(detailOf) },
  };
}

/** `invalid_argument` as `InvalidArgument`. */
function asGrpcurlSays(code: string): string {
  return code.replace(/(?:^|_)([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}

let registry: FileRegistry | undefined;

function detailOf({ type, value }: { readonly type: string; readonly value: string }): unknown {
  registry ??= createFileRegistry(
    fromBinary(FileDescriptorSetSchema, Buffer.from(DESCRIPTOR_SET_BASE64, "base64")),
  );
  const schema = registry.getMessage(type);
  if (schema === undefined) throw new Error(`reflection does not know ${type}`);
  const json = toJson(schema, fromBinary(schema, Buffer.from(value, "base64")));
  return { "@type": `type.googleapis.com/${type}`, ...(json as object) };
}

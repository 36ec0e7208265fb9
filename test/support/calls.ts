/** Short words for tests that call a store: keys, callers, and whole walks over pages. */

import type {
  CallContext,
  KeyRange,
  ListKeysQuery,
  SetCommand,
  Store,
} from "../../src/kv/index.js";

/** A caller that waits for ever. */
export const PATIENT: CallContext = { throwIfAbandoned: () => undefined };

export const ALL_KEYS: KeyRange = { kind: "all" };

/** The bytes of a text, for keys and values. */
export function bytes(text: string): Buffer {
  return Buffer.from(text, "utf8");
}

/** A Set of plain texts, without expiration unless `more` says so. */
export function setOf(key: string, value: string, more: Partial<SetCommand> = {}): SetCommand {
  return {
    key: bytes(key),
    value: bytes(value),
    expiration: { kind: "none" },
    contentType: "",
    ...more,
  };
}

/** The first page of all keys, unless `more` says otherwise. */
export function pageOf(more: Partial<ListKeysQuery> = {}): ListKeysQuery {
  return {
    range: ALL_KEYS,
    pageSize: 0,
    pageToken: "",
    descending: false,
    countOnly: false,
    ...more,
  };
}

/** Every key of the range as text, page after page, from the page of the token on if there is one. */
export async function listAllKeys(
  store: Store,
  more: Partial<ListKeysQuery> = {},
): Promise<string[]> {
  const keys: string[] = [];
  let pageToken = more.pageToken ?? "";
  do {
    const page = await store.listKeys(pageOf({ ...more, pageToken }), PATIENT);
    keys.push(...page.keys.map((key) => key.toString("utf8")));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return keys;
}

/** The value of a key as text; undefined where it is absent. */
export async function valueOf(store: Store, key: string): Promise<string | undefined> {
  const { entry } = await store.get(bytes(key), PATIENT);
  return entry?.value.toString("utf8");
}

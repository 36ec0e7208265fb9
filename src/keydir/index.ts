/** What is in memory: the ordered directory of keys, its views, and the deadlines. */
export { checkCheckpointFile } from "./checkpoint-check.js";
export { readCheckpointFile, writeCheckpointFile } from "./checkpoint-file.js";
export { Deadlines } from "./deadlines.js";
export { HISTORY_VERSIONS_MAX, type Chain } from "./history.js";
export { Keydir, KeydirView } from "./keydir.js";
export { ENTRY_BYTES, isNewer, readEntry, writeEntry, type KeydirEntry } from "./keydir-entry.js";
export type { ReplyEntry } from "./reply-ring.js";
export type { Walk } from "./tree-walk.js";

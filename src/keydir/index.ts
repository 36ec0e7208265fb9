/** What is in memory: the ordered directory of keys, its views, and the deadlines. */
export { readCheckpointFile, writeCheckpointFile } from "./checkpoint-file.js";
export { Deadlines } from "./deadlines.js";
export { Keydir, KeydirView, type KeydirEntry } from "./keydir.js";
export type { Walk } from "./tree-walk.js";

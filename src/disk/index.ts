/** A disk that can be replaced: the only floor that imports node:fs. */
export { writeAside } from "./aside-file.js";
export { AtomicFile, readWholeFile, TEMPORARY_SUFFIX, type MakeRoom } from "./atomic-file.js";
export { isShortage } from "./descriptor-reserve.js";
export type { DirectoryLock, File, FileSystem, OpenMode } from "./file-system.js";
export { NodeFileSystem } from "./node-file-system.js";
export { SMALL_READ_BYTES_MAX } from "./read-tray.js";
export { ReadOnlyFileSystem } from "./read-only-file-system.js";
export { SharedTrips } from "./shared-trips.js";
export { SteadyFile } from "./steady-file.js";
export { openInputFile, openOutputFile, type InputFile, type OutputFile } from "./stream-file.js";

/** HTTP/2 for servers, as far as gRPC needs it: prior knowledge, no push, no priorities. Knows nothing of gRPC. */
export { writeHeaderBlock } from "./header-block.js";
export type { HeaderField } from "./header-table.js";
export { Http2Server } from "./http2-server.js";
export type { Http2Stream, RequestListener } from "./http2-stream.js";
export { Intake } from "./intake.js";
export { ErrorCode } from "./protocol.js";
export type { RequestHead } from "./request-head.js";

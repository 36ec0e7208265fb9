/** The typed client for TypeScript. So far its core: the stream of operations, and its errors. */
export { KeyValueError, type ErrorReason } from "./key-value-error.js";
export { OperationStream, type OperationStreamOptions } from "./operation-stream.js";

/** The calls of the schema by their names, as the library describes a call. */

import type { MethodDefinition } from "@grpc/grpc-js";

import { AdminServiceService } from "../../../generated/keyvaluedb/v1/admin_service.js";
import { KeyValueServiceService } from "../../../generated/keyvaluedb/v1/key_value_service.js";

export type Method<Request, Reply> = MethodDefinition<Request, Reply>;

export const METHODS = { ...KeyValueServiceService, ...AdminServiceService };

/** A server behind Envoy, set up as docs/mesh.md says. */

import { status } from "@grpc/grpc-js";

import { describeBehind } from "./behind-proxy.js";
import { startEnvoy } from "./envoy-proxy.js";

describeBehind({
  name: "Envoy",
  versionWords: ["--version"],
  start: startEnvoy,
  lost: status.INTERNAL,
  cut: status.INTERNAL,
});

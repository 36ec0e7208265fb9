/** A server behind nginx, set up as docs/mesh.md says. */

import { status } from "@grpc/grpc-js";

import { describeBehind } from "./behind-proxy.js";
import { startNginx } from "./nginx-proxy.js";

describeBehind({
  name: "nginx",
  versionWords: ["-v"],
  start: startNginx,
  lost: status.INTERNAL,
  cut: status.INTERNAL,
  saidOfSilence: /upstream timed out/u,
});

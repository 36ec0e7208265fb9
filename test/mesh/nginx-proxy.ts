/** nginx before a server, as docs/mesh.md says to set it up. */

import { writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";

import { ProxyProcess, shownWith, type ProxyPlaces, type ProxySettings } from "./proxy-process.js";

export function startNginx(settings: ProxySettings): Promise<ProxyProcess> {
  return ProxyProcess.start(settings, async ({ directory }, places) => {
    const config = join(directory, "nginx.conf");
    await writeFile(config, configOf(settings, places));
    return ["-p", directory, "-c", config, "-e", "stderr"];
  });
}

/** The page's own lines, in a frame that keeps everything of nginx in the directory. */
function configOf(settings: ProxySettings, places: ProxyPlaces): string {
  const { directory, backend, readTimeoutMs } = settings;
  const lines = shownWith("nginx", {
    "127.0.0.1:50051": backend,
    "127.0.0.1:8080": `127.0.0.1:${String(places.plain)}`,
    "127.0.0.1:8081": `127.0.0.1:${String(places.probes)}`,
    "127.0.0.1:8443": `127.0.0.1:${String(places.secure)}`,
    "/etc/nginx/kvdb.crt": places.certificate,
    "/etc/nginx/kvdb.key": places.key,
    "grpc_read_timeout 60s": `grpc_read_timeout ${String(readTimeoutMs)}ms`,
  });
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return [
    "daemon off;",
    // As root it would become another user, who cannot write here.
    ...(process.getuid?.() === 0 ? [`user ${userInfo().username};`] : []),
    "worker_processes 1;",
    `pid ${join(directory, "nginx.pid")};`,
    "events { worker_connections 512; }",
    "http {",
    "access_log off;",
    ...paths.map((name) => `${name}_temp_path ${join(directory, name)};`),
    lines,
    "}",
  ].join("\n");
}

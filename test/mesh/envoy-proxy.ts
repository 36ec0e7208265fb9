/** Envoy before a server, as docs/mesh.md says to set it up. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { ProxyProcess, shownWith, type ProxySettings } from "./proxy-process.js";

const QUIET = ["--log-level", "warning", "--concurrency", "1", "--disable-hot-restart"];

export function startEnvoy(settings: ProxySettings): Promise<ProxyProcess> {
  const { backend, directory, readTimeoutMs } = settings;
  return ProxyProcess.start(settings, async (_, places) => {
    const config = join(directory, "envoy.yaml");
    const backendPort = backend.slice(backend.lastIndexOf(":") + 1);
    const lines = shownWith("yaml", {
      "port_value: 50051": `port_value: ${backendPort}`,
      "port_value: 8080": `port_value: ${String(places.plain)}`,
      "port_value: 8081": `port_value: ${String(places.probes)}`,
      "port_value: 8443": `port_value: ${String(places.secure)}`,
      "/etc/envoy/kvdb.crt": places.certificate,
      "/etc/envoy/kvdb.key": places.key,
      "stream_idle_timeout: 60s": `stream_idle_timeout: ${String(readTimeoutMs / 1000)}s`,
    });
    await writeFile(config, lines);
    return ["-c", config, ...QUIET];
  });
}

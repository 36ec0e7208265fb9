/** nginx before a server, as docs/mesh.md says to set it up: on free ports, with files and a certificate of its own. */

import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { connect as connectSocket, createServer, type AddressInfo } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const PAGE = "docs/mesh.md";
const READY_MS_MAX = 10_000;

export interface ProxySettings {
  /** The command. */
  readonly nginx: string;
  /** For its files. */
  readonly directory: string;
  /** Of the server behind it. */
  readonly backend: string;
  /** How long an answer may be silent: not as on the page, or a test would take a minute. */
  readonly readTimeoutMs: number;
}

export class NginxProxy {
  readonly plain: string;
  readonly secure: string;
  /** Where health is, and nothing else. */
  readonly probes: string;
  /** In PEM, of the one that `secure` shows. */
  readonly certificate: Buffer;
  readonly #child: ChildProcess;
  #said = "";

  private constructor(child: ChildProcess, at: Ports, certificate: Buffer) {
    this.#child = child;
    this.plain = `127.0.0.1:${String(at.plain)}`;
    this.secure = `127.0.0.1:${String(at.secure)}`;
    this.probes = `127.0.0.1:${String(at.probes)}`;
    this.certificate = certificate;
  }

  /** Starts it, and waits until it listens. */
  static async start(settings: ProxySettings): Promise<NginxProxy> {
    const { directory, nginx } = settings;
    const files = { certificate: join(directory, "proxy.crt"), key: join(directory, "proxy.key") };
    await makeCertificate(files);
    const ports = await freePorts();
    const config = join(directory, "nginx.conf");
    await writeFile(config, configOf(settings, { ...files, ...ports }));
    const child = spawn(nginx, ["-p", directory, "-c", config, "-e", "stderr"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const proxy = new NginxProxy(child, ports, await readFile(files.certificate));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      proxy.#said += text;
    });
    try {
      await untilListening(child, ports.probes);
      return proxy;
    } catch (error) {
      await proxy.stop();
      throw new Error(`nginx did not start:\n${proxy.said}`, { cause: error });
    }
  }

  /** Its log of errors. */
  get said(): string {
    return this.#said;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}

interface Ports {
  readonly plain: number;
  readonly secure: number;
  readonly probes: number;
}

interface Files {
  readonly certificate: string;
  readonly key: string;
}

/** nginx cannot take any free port and tell which. */
async function freePorts(): Promise<Ports> {
  const servers = [createServer(), createServer(), createServer()];
  for (const server of servers) await once(server.listen(0, "127.0.0.1"), "listening");
  const [plain = 0, secure = 0, probes = 0] = servers.map(
    (server) => (server.address() as AddressInfo).port,
  );
  for (const server of servers) await once(server.close(), "close");
  return { plain, secure, probes };
}

async function makeCertificate({ certificate, key }: Files): Promise<void> {
  const made = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-noenc",
    "-days",
    "1",
  ];
  const names = ["-subj", "/CN=kvdb", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
  const to = ["-keyout", key, "-out", certificate];
  await run("openssl", ["req", "-x509", ...made, ...names, ...to]);
}

/** The page's own lines, in a frame that keeps everything of nginx in the directory. */
function configOf(settings: ProxySettings, places: Ports & Files): string {
  const { directory, backend, readTimeoutMs } = settings;
  const shown: Readonly<Record<string, string>> = {
    "127.0.0.1:50051": backend,
    "127.0.0.1:8080": `127.0.0.1:${String(places.plain)}`,
    "127.0.0.1:8081": `127.0.0.1:${String(places.probes)}`,
    "127.0.0.1:8443": `127.0.0.1:${String(places.secure)}`,
    "/etc/nginx/kvdb.crt": places.certificate,
    "/etc/nginx/kvdb.key": places.key,
    "grpc_read_timeout 60s": `grpc_read_timeout ${String(readTimeoutMs)}ms`,
  };
  let lines = shownConfig();
  for (const [word, real] of Object.entries(shown)) {
    if (!lines.includes(word)) throw new Error(`${PAGE} does not say ${word}`);
    lines = lines.replaceAll(word, real);
  }
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

function shownConfig(): string {
  const [, block] = /^```nginx\n([^]*?)^```$/mu.exec(readFileSync(PAGE, "utf8")) ?? [];
  if (block === undefined) throw new Error(`${PAGE} shows no nginx.conf`);
  return block;
}

/** Resolves when something listens there. Throws when nginx ends first, or takes too long. */
async function untilListening(child: ChildProcess, port: number): Promise<void> {
  const signal = AbortSignal.timeout(READY_MS_MAX);
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`it ended with ${String(child.exitCode)}`);
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}

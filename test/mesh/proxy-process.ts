/** A proxy of another make before a server, as docs/mesh.md shows it: on free ports, with files and a certificate of its own. */

import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect as connectSocket, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const PAGE = "docs/mesh.md";
const READY_MS_MAX = 10_000;

export interface ProxySettings {
  /** What runs it. */
  readonly command: string;
  /** For its files. */
  readonly directory: string;
  /** Of the server behind it. */
  readonly backend: string;
  /** How long an answer may be silent: not as on the page, or a test would take a minute. */
  readonly readTimeoutMs: number;
}

/** Where it listens, and the files of its certificate. */
export interface ProxyPlaces {
  readonly plain: number;
  readonly secure: number;
  /** Where health is, and nothing else. */
  readonly probes: number;
  readonly certificate: string;
  readonly key: string;
}

/** Writes what it needs to its directory, and tells the words to run it with. */
export type Configure = (
  settings: ProxySettings,
  places: ProxyPlaces,
) => Promise<readonly string[]>;

export class ProxyProcess {
  readonly plain: string;
  readonly secure: string;
  readonly probes: string;
  /** In PEM, of the one that `secure` shows. */
  readonly certificate: Buffer;
  readonly #child: ChildProcess;
  #said = "";

  private constructor(child: ChildProcess, at: ProxyPlaces, certificate: Buffer) {
    this.#child = child;
    this.plain = `127.0.0.1:${String(at.plain)}`;
    this.secure = `127.0.0.1:${String(at.secure)}`;
    this.probes = `127.0.0.1:${String(at.probes)}`;
    this.certificate = certificate;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#said += text;
    });
  }

  /** Starts it, and waits until it listens. */
  static async start(settings: ProxySettings, configure: Configure): Promise<ProxyProcess> {
    const { directory, command } = settings;
    const files = { certificate: join(directory, "proxy.crt"), key: join(directory, "proxy.key") };
    await makeCertificate(files);
    const places = { ...files, ...(await freePorts()) };
    const words = await configure(settings, places);
    const child = spawn(command, words, { stdio: ["ignore", "ignore", "pipe"] });
    const proxy = new ProxyProcess(child, places, await readFile(files.certificate));
    try {
      await untilListening(child, places.probes);
      return proxy;
    } catch (error) {
      await proxy.stop();
      throw new Error(`the proxy did not start:\n${proxy.said}`, { cause: error });
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

/** What the page shows in the language, with other words in place of those named. Throws where it does not have one. */
export function shownWith(language: string, words: Readonly<Record<string, string>>): string {
  const page = readFileSync(PAGE, "utf8");
  const [, block] = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "mu").exec(page) ?? [];
  if (block === undefined) throw new Error(`${PAGE} shows no ${language}`);
  let lines = block;
  for (const [word, real] of Object.entries(words)) {
    if (!lines.includes(word)) throw new Error(`${PAGE} does not say ${word}`);
    lines = lines.replaceAll(word, real);
  }
  return lines;
}

type Ports = Pick<ProxyPlaces, "plain" | "secure" | "probes">;

/** A proxy cannot take any free port and tell which. */
async function freePorts(): Promise<Ports> {
  const servers = [createServer(), createServer(), createServer()];
  for (const server of servers) await once(server.listen(0, "127.0.0.1"), "listening");
  const [plain = 0, secure = 0, probes = 0] = servers.map(
    (server) => (server.address() as AddressInfo).port,
  );
  for (const server of servers) await once(server.close(), "close");
  return { plain, secure, probes };
}

async function makeCertificate({
  certificate,
  key,
}: Pick<ProxyPlaces, "certificate" | "key">): Promise<void> {
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

/** Resolves when something listens there. Throws when it ends first, or takes too long. */
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

/** What a suite plays on: the real server with a data directory of its own, the proxy in front of it, and a way past both. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { SmallDisk } from "../../../test/faults/small-disk.js";
import { ServerProcess } from "../../../test/support/server-process.js";
import { BehindCalls } from "./behind-calls.js";
import type { DiskDeed, NetworkDeed, ServerDeed, Suite } from "./cases.js";
import { textOf, type JsonObject } from "./json.js";
import { Proxy } from "./proxy.js";
import { RefusingServer, type Refusal } from "./refusing-server.js";
import { readTlsOptions } from "./tls-files.js";

const KVDB = fileURLToPath(new URL("../../../src/app/cli/kvdb.js", import.meta.url));

/** A stop is quick unless a suite asks for more. */
const SETTINGS = { "shutdown.grace": "0s" };

type State = "running" | "paused" | "draining" | "stopped";

export class Stage {
  readonly #directory: string;
  readonly #flags: readonly string[];
  readonly #proxy: Proxy;
  readonly #disk: SmallDisk | undefined;
  /** The data directory; a restore makes another one. */
  #data: string;
  #restores = 0;
  #server: ServerProcess | undefined;
  /** Of the server; undefined: it is not there. */
  #port: number | undefined;
  /** In the place of the server. */
  #refusing: RefusingServer | undefined;
  #behind: BehindCalls | undefined;
  #state: State = "stopped";
  #isDisturbed = false;

  private constructor(made: {
    readonly directory: string;
    readonly flags: readonly string[];
    readonly proxy: Proxy;
    readonly disk: SmallDisk | undefined;
  }) {
    this.#directory = made.directory;
    this.#disk = made.disk;
    this.#data = made.disk?.data ?? join(made.directory, "data");
    this.#flags = made.flags;
    this.#proxy = made.proxy;
  }

  /** Starts the server with these settings. */
  static async begin(suite: Pick<Suite, "settings" | "isTls" | "diskMib">): Promise<Stage> {
    const { settings, isTls, diskMib } = suite;
    const directory = await mkdtemp(join(tmpdir(), "kvdb-conformance-"));
    const flags = Object.entries({ ...SETTINGS, ...settings }).map(
      ([name, value]) => `--${name.replace(/[._]/g, "-")}=${value}`,
    );
    const proxy = await Proxy.start(isTls ? await readTlsOptions() : undefined);
    const disk = diskMib === undefined ? undefined : await SmallDisk.mount(diskMib);
    const stage = new Stage({ directory, flags, proxy, disk });
    try {
      await stage.#start();
      return stage;
    } catch (error) {
      await stage.clear();
      throw error;
    }
  }

  /** Where a client finds the server, whatever becomes of that. */
  get address(): string {
    return this.#proxy.address;
  }

  /** What the server wrote last. */
  get serverOutput(): string {
    return this.#server?.output ?? "";
  }

  async doServerDeed(deed: ServerDeed): Promise<void> {
    switch (deed) {
      case "restart":
        await this.#end("SIGTERM");
        return this.#start();
      case "stop":
      case "kill":
        return this.#end(deed === "stop" ? "SIGTERM" : "SIGKILL");
      case "start":
        return this.#start();
      case "drain":
        this.#server?.signal("SIGTERM");
        this.#state = "draining";
        return;
      case "pause":
        this.#server?.signal("SIGSTOP");
        this.#state = "paused";
        return;
      case "resume":
        this.#server?.signal("SIGCONT");
        this.#state = "running";
        return;
      case "restore":
        return this.#restore();
    }
  }

  doNetworkDeed(deed: NetworkDeed): void {
    this.#isDisturbed = deed !== "cut";
    if (deed === "cut") this.#cut();
    else if (deed === "freeze") this.#proxy.freeze();
    else this.#proxy.loseReplies();
  }

  async doDiskDeed(deed: DiskDeed): Promise<void> {
    if (this.#disk === undefined) throw new Error("the suite has no disk of its own");
    await (deed === "fill" ? this.#disk.fill() : this.#disk.free());
  }

  /** In the place of the server stands one that refuses every call so, until the network is cut. */
  async refuse(refusal: Refusal): Promise<void> {
    if (this.#refusing !== undefined) {
      this.#refusing.refusal = refusal;
      return;
    }
    this.#isDisturbed = true;
    this.#refusing = await RefusingServer.start(refusal);
    this.#aim();
    this.#proxy.cut();
  }

  /** How often it was tried since it refuses so. */
  get tries(): JsonObject {
    return this.#refusing?.tries ?? {};
  }

  behind(name: string, words: JsonObject): Promise<JsonObject> {
    if (this.#behind === undefined) throw new Error("there is no server to call behind the client");
    return this.#behind.call(name, words);
  }

  /** For the next case: the server runs, and the network hands everything on. */
  async tidy(): Promise<void> {
    if (this.#isDisturbed) this.doNetworkDeed("cut");
    await this.#disk?.free();
    if (this.#state === "paused") await this.doServerDeed("resume");
    if (this.#state !== "running") await this.#start();
  }

  /** Leaves nothing behind. */
  async clear(): Promise<void> {
    this.#behind?.close();
    this.#refusing?.stop();
    await this.#server?.dispose();
    await this.#proxy.stop();
    await this.#disk?.unmount();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    // One that drains has the lock until it is gone.
    if (this.#state === "draining") await this.#server?.ended;
    else if (this.#state !== "stopped") throw new Error("the server runs already");
    const server = await ServerProcess.start(this.#data, this.#flags);
    this.#server = server;
    this.#state = "running";
    this.#behind?.close();
    this.#behind = new BehindCalls(server.address);
    this.#port = Number(server.address.slice(server.address.lastIndexOf(":") + 1));
    this.#aim();
    void server.ended.then(() => {
      if (this.#server !== server) return;
      this.#port = undefined;
      this.#aim();
    });
  }

  /** Where connections from now on lead. */
  #aim(): void {
    this.#proxy.targetPort = this.#refusing?.port ?? this.#port;
  }

  #cut(): void {
    this.#refusing?.stop();
    this.#refusing = undefined;
    this.#aim();
    this.#proxy.cut();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    // A second SIGTERM would end at once what drains.
    if (this.#state === "draining" && signal === "SIGTERM") await this.#server?.ended;
    else await this.#server?.end(signal);
    this.#state = "stopped";
  }

  /** Goes on with a new store made from a snapshot of this one, as after the loss of a disk. */
  async #restore(): Promise<void> {
    const { snapshot_id: id } = await this.behind("snapshot", {});
    const names = await readdir(join(this.#data, "snapshots"));
    const name = names.find((each) => each.includes(textOf(id)));
    if (name === undefined) throw new Error(`the snapshot ${textOf(id)} is not there`);
    await this.#end("SIGTERM");
    this.#restores += 1;
    const restored = join(this.#directory, `data-${String(this.#restores)}`);
    const words = [KVDB, "restore", join(this.#data, "snapshots", name), "--data", restored];
    const child = spawn(process.execPath, words, { stdio: "ignore" });
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== 0) throw new Error(`kvdb restore ended with ${String(code)}`);
    this.#data = restored;
    await this.#start();
  }
}

/** The real program over the real engine: it starts, serves, is stopped and killed, and says what is wrong. */

import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { connect as connectSocket, createServer, type AddressInfo, type Server } from "node:net";
import { once } from "node:events";
import { join } from "node:path";

import { expect } from "chai";

import { connect } from "../../src/grpc/index.js";
import { KVDB, runKvdb, type Outcome } from "./run-kvdb.js";
import { ServerProcess } from "./server-process.js";
import { withDirectory } from "./temporary-directory.js";

const LISTEN = ["--listen", "127.0.0.1:0", "--shutdown-grace", "0"];

/** Small, so that a test directory is quick to make. */
const SMALL = ["--segment-bytes", "8 MiB", "--log-sample", "1"];

describe("kvdb serve", function () {
  // Each of these starts several processes, and a machine that is busy starts them slowly.
  this.timeout(60_000);

  const running = new Set<ServerProcess>();

  afterEach(async () => {
    for (const server of running) await server.kill();
    running.clear();
  });

  function start(data: string, ...words: string[]): ServerProcess {
    const server = new ServerProcess(KVDB, [
      "serve",
      "--data",
      data,
      ...LISTEN,
      ...SMALL,
      ...words,
    ]);
    running.add(server);
    return server;
  }

  /** Starts a server, does the work with its address, and stops it in order. */
  async function serving<T>(
    data: string,
    work: (address: string) => Promise<T>,
    ...words: string[]
  ): Promise<T> {
    const server = start(data, ...words);
    const result = await work(await server.ready());
    server.signal("SIGTERM");
    expect(await server.exit).to.equal(0);
    return result;
  }

  /** How a server ends that cannot start: its code and the one line that it says. */
  async function refusal(data: string, ...words: string[]): Promise<Outcome> {
    return runKvdb(["serve", "--data", data, ...LISTEN, ...SMALL, ...words]);
  }

  it("keeps what it acknowledged over a stop and over a kill", async () => {
    await withDirectory(async (directory) => {
      const data = join(directory, "data");
      await serving(data, async (address) => {
        await put(address, "a", "1");
      });
      const killed = start(data);
      const address = await killed.ready();
      expect(await valueOf(address, "a")).to.equal("1");
      await put(address, "b", "2");
      killed.signal("SIGKILL");
      await killed.exit;
      await serving(data, async (again) => {
        expect(await valueOf(again, "b")).to.equal("2");
        expect((await runKvdb(["list", "--count", "-a", again])).stdout).to.equal("2\n");
      });
    });
  });

  it("keeps as many versions as history.versions says, over restarts with fewer and more", async () => {
    await withDirectory(async (directory) => {
      const data = join(directory, "data");
      const versions = (address: string): Promise<string> => lineOf(address, "versions");
      const change = async (address: string): Promise<void> => {
        for (const value of ["a", "b", "c", "d"]) await put(address, "key", value);
      };
      await serving(
        data,
        async (address) => {
          await put(address, "other", "-");
          await change(address);
          expect(await versions(address)).to.equal("up to 3 of each key, 2 older ones");
        },
        "--history-versions",
        "3",
      );
      await serving(data, async (address) => {
        expect(await versions(address)).to.equal("the newest of each key");
        expect(await valueOf(address, "key")).to.equal("d");
      });
      await serving(
        data,
        async (address) => {
          expect(await versions(address)).to.equal("up to 5 of each key, 0 older ones");
          await change(address);
          await change(address);
          expect(await valueOf(address, "key")).to.equal("d");
          const { stdout } = await runKvdb(["status", "--json", "-a", address]);
          expect(JSON.parse(stdout)).to.include({ history_versions: 5, older_version_count: 4 });
        },
        "--history-versions",
        "5",
      );
      const tooMany = await refusal(data, "--history-versions", "65");
      expect(tooMany.code).to.equal(10);
      expect(tooMany.stderr).to.match(/^kvdb: history\.versions: .*64.*\n$/);
    });
  });

  it("imports, exports, snapshots, and restores into a directory of its own", async () => {
    const lines = Array.from(
      { length: 500 },
      (_, index) =>
        `{"key":"k/${String(index).padStart(4, "0")}","value":{"n":${String(index)}}}\n`,
    ).join("");
    await withDirectory(async (directory) => {
      const data = join(directory, "data");
      await serving(data, async (address) => {
        const imported = await runKvdb(["import", "-", "-a", address], { stdin: lines });
        expect(imported.code, imported.stderr).to.equal(0);
        const exported = await runKvdb(["export", "-", "--prefix", "k/", "-a", address]);
        expect(exported.stdout).to.equal(lines);
        expect((await runKvdb(["snapshot", "-a", address])).code).to.equal(0);
        const status = JSON.parse((await runKvdb(["status", "--json", "-a", address])).stdout) as {
          transaction_count: number;
          sync_count: number;
        };
        expect(status.transaction_count).to.equal(500);
        expect(status.sync_count).to.be.below(500);
      });
      const snapshots = join(data, "snapshots");
      const [name = ""] = await readdir(snapshots);
      const restored = join(directory, "restored");
      const words = ["restore", join(snapshots, name), "--data", restored];
      const outcome = await runKvdb([...words, "--json"]);
      expect(outcome.code, outcome.stderr).to.equal(0);
      expect(JSON.parse(outcome.stdout)).to.include({ key_count: 500 });
      await serving(restored, async (address) => {
        const exported = await runKvdb(["export", "-", "-a", address]);
        expect(exported.stdout).to.equal(lines);
      });
      expect((await runKvdb(words)).code).to.equal(15);
    });
  });

  it("refuses a snapshot that is damaged or not there, and leaves no store", async () => {
    await withDirectory(async (directory) => {
      const data = join(directory, "data");
      await serving(data, async (address) => {
        await put(address, "a", "a value that will be damaged");
        await runKvdb(["snapshot", "-a", address]);
      });
      const [name = ""] = await readdir(join(data, "snapshots"));
      const path = join(data, "snapshots", name);
      const bytes = await readFile(path);
      bytes.write("damaged", bytes.length - 60);
      await writeFile(path, bytes);
      const restored = join(directory, "restored");
      const outcome = await runKvdb(["restore", path, "--data", restored]);
      expect(outcome.code, outcome.stderr).to.equal(14);
      const absent = await runKvdb(["restore", join(directory, "none"), "--data", `${restored}-2`]);
      expect(absent.code).to.equal(7);
      expect(absent.stderr).to.match(/^kvdb: .*none.*\n$/);
    });
  });

  it("keeps the order of keys that the store was created with, and refuses another with 10", async () => {
    await withDirectory(async (directory) => {
      const data = join(directory, "data");
      const keys = ["a10", "a9", "A9", "a2"];
      await serving(
        data,
        async (address) => {
          for (const key of keys) await put(address, key, "1");
          const listed = await runKvdb(["list", "--page-size", "2", "-a", address]);
          expect(listed.stdout).to.equal("A9\na2\na9\na10\n");
          expect((await runKvdb(["snapshot", "-a", address])).code).to.equal(0);
        },
        "--store-key-order",
        "natural",
      );
      const other = await refusal(data, "--store-key-order", "bytes");
      expect(other.code, other.stderr).to.equal(10);
      expect(other.stderr).to.match(/^kvdb: store\.key_order: is bytes, .* natural .*\n$/);
      const unknown = await refusal(data, "--store-key-order", "by-colour");
      expect(unknown.code, unknown.stderr).to.equal(10);
      expect((await runKvdb(["clock", "reset", "--data", data])).code).to.equal(0);
      const snapshots = join(data, "snapshots");
      const [name = ""] = await readdir(snapshots);
      const restored = join(directory, "restored");
      const outcome = await runKvdb(["restore", join(snapshots, name), "--data", restored]);
      expect(outcome.code, outcome.stderr).to.equal(0);
      for (const each of [data, restored]) {
        await serving(each, async (address) => {
          const down = await runKvdb(["list", "--descending", "-a", address]);
          expect(down.stdout).to.equal("a10\na9\na2\nA9\n");
          const status = await runKvdb(["status", "--json", "-a", address]);
          expect(JSON.parse(status.stdout)).to.include({ key_order: "natural" });
        });
      }
    });
  });

  it("compresses what is imported, and exports the same whatever the setting is later", async () => {
    const lines = Array.from({ length: 200 }, (_, index) => {
      const value = `{"text":"${`entry ${String(index)} says so again, `.repeat(60)}"}`;
      return `{"key":"k/${String(index).padStart(4, "0")}","value":${value}}\n`;
    }).join("");
    await withDirectory(async (directory) => {
      const data = join(directory, "data");
      const liveBytesOf = async (address: string, codec: string): Promise<number> => {
        const { stdout } = await runKvdb(["status", "--json", "-a", address]);
        const status = JSON.parse(stdout) as { compression: string; live_bytes: number };
        expect(status.compression).to.equal(codec);
        return status.live_bytes;
      };
      for (const codec of ["zstd", "lz4"]) {
        let liveBytes = 0;
        await serving(
          data,
          async (address) => {
            const imported = await runKvdb(["import", "-", "-a", address], { stdin: lines });
            expect(imported.code, imported.stderr).to.equal(0);
            liveBytes = await liveBytesOf(address, codec);
          },
          "--compression",
          codec,
        );
        expect(liveBytes).to.be.lessThan(lines.length / 4);
        await serving(data, async (address) => {
          const exported = await runKvdb(["export", "-", "-a", address]);
          expect(exported.stdout === lines, "exported as imported").to.equal(true);
          expect(await liveBytesOf(address, "none")).to.equal(liveBytes);
        });
      }
    });
  });

  it("refuses, with 11, an address that is taken", async () => {
    await withDirectory(async (directory) => {
      const other = createServer().listen(0, "127.0.0.1");
      await once(other, "listening");
      const address = `127.0.0.1:${String(portOf(other))}`;
      const outcome = await refusal(join(directory, "data"), "--listen", address);
      other.close();
      expect(outcome.code).to.equal(11);
      expect(outcome.stderr).to.match(new RegExp(`^kvdb: cannot listen on ${address}: .*\n$`));
    });
  });

  it("refuses, with 12 and within a second or so, a directory that is open", async () => {
    await withDirectory(async (directory) => {
      const data = join(directory, "data");
      await start(data).ready();
      const outcome = await refusal(data);
      expect(outcome.code).to.equal(12);
      expect(outcome.stderr).to.match(/^kvdb: .*in use by another process.*\n$/);
      expect((await runKvdb(["clock", "reset", "--data", data])).code).to.equal(12);
    });
  });

  it("refuses a newer format with 13 and a damaged manifest with 14, changing nothing", async () => {
    await withDirectory(async (directory) => {
      const data = join(directory, "data");
      await serving(data, (address) => put(address, "a", "1"));
      const path = join(data, "MANIFEST");
      const manifest = await readFile(path, "utf8");
      const newer = manifest.replace(/^(keyvaluedb manifest) \d+/, "$1 99");
      await writeFile(path, newer);
      const tooNew = await refusal(data);
      expect(tooNew.code, tooNew.stderr).to.equal(13);
      expect(tooNew.stderr.trim().split("\n")).to.have.lengthOf(1);
      await writeFile(path, manifest.replace('"durableRevision":', '"durableRevisiom":'));
      const damaged = await refusal(data);
      expect(damaged.code, damaged.stderr).to.equal(14);
      expect(damaged.stderr).to.match(
        /^kvdb: .*MANIFEST.*\nkvdb: `kvdb verify .*`kvdb salvage .*\n$/,
      );
      await writeFile(path, manifest);
      await serving(data, async (address) => {
        expect(await valueOf(address, "a")).to.equal("1");
      });
    });
  });

  it("refuses, with 14, a segment that was damaged, and names it", async () => {
    await withDirectory(async (directory) => {
      const data = join(directory, "data");
      await serving(data, (address) => put(address, "key", "a value to damage"));
      const segments = join(data, "segments");
      for (const name of await readdir(segments)) {
        const bytes = await readFile(join(segments, name));
        const at = bytes.indexOf("a value to damage");
        if (at === -1) continue;
        bytes.write("X", at);
        await writeFile(join(segments, name), bytes);
      }
      // With a checkpoint, a start leaves the segments that it covers for later.
      await rm(join(data, "checkpoints"), { recursive: true });
      const outcome = await refusal(data);
      expect(outcome.code, outcome.stderr).to.equal(14);
      expect(outcome.stderr).to.match(
        /^kvdb: .*\.seg.* at byte \d+.*\nkvdb: `kvdb verify .*`kvdb salvage .*\n$/,
      );
    });
  });

  it("refuses a wrong configuration with 10, and a directory that cannot be with a reason", async () => {
    await withDirectory(async (directory) => {
      const open = await refusal(join(directory, "data"), "--listen", "0.0.0.0:0");
      expect(open.code).to.equal(10);
      expect(open.stderr).to.match(/^kvdb: listen: 0\.0\.0\.0:0 .*--insecure\n$/);
      const nowhere = await refusal(join(directory, "no", "such", "place"));
      expect(nowhere.code).to.equal(10);
      expect(nowhere.stderr).to.match(
        /^kvdb: data: .*no\/such\/place: its parent is not there .*\n$/,
      );
      const file = join(directory, "file");
      await writeFile(file, "");
      const noDirectory = await refusal(file);
      expect(noDirectory.code).to.equal(10);
      expect(noDirectory.stderr).to.match(/^kvdb: data: .*file: .* is not a directory .*\n$/);
    });
  });

  it("resets the clock of a store that is there, and of no other", async () => {
    await withDirectory(async (directory) => {
      const data = join(directory, "data");
      await serving(data, (address) => put(address, "a", "1"));
      const outcome = await runKvdb(["clock", "reset", "--data", data, "--json"]);
      expect(outcome.code, outcome.stderr).to.equal(0);
      expect(JSON.parse(outcome.stdout)).to.have.all.keys("before", "after");
      const absent = await runKvdb(["clock", "reset", "--data", join(directory, "none")]);
      expect(absent.code, absent.stderr).to.equal(16);
      await serving(data, async (address) => {
        expect(await valueOf(address, "a")).to.equal("1");
      });
    });
  });

  it("logs each call that failed, without its value", async () => {
    await withDirectory(async (directory) => {
      const server = start(join(directory, "data"));
      const address = await server.ready();
      await put(address, "a", "confidential");
      await runKvdb([
        "set",
        "a",
        "confidential",
        "--expire-time",
        "2001-01-01T00:00:00Z",
        "-a",
        address,
      ]);
      server.signal("SIGTERM");
      expect(await server.exit).to.equal(0);
      expect(server.logText).to.include("INVALID_ARGUMENT");
      expect(server.logText).to.not.include("confidential");
    });
  });

  it("closes its port when it has ended", async () => {
    await withDirectory(async (directory) => {
      const address = await serving(join(directory, "data"), (found) => Promise.resolve(found));
      const socket = connectSocket(Number(address.split(":")[1]), "127.0.0.1");
      const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
      expect(error.code).to.equal("ECONNREFUSED");
    });
  });
});

const CONTEXT = { throwIfAbandoned: () => undefined };

async function put(address: string, key: string, value: string): Promise<void> {
  const store = connect({ address });
  const command = { key: Buffer.from(key), value: Buffer.from(value), contentType: "" };
  await store.set({ ...command, expiration: { kind: "none" } }, CONTEXT);
  await store.close();
}

/** What `kvdb status` says of something. */
async function lineOf(address: string, name: string): Promise<string> {
  const { stdout } = await runKvdb(["status", "-a", address]);
  return new RegExp(`^${name} +(.*)$`, "m").exec(stdout)?.[1] ?? "";
}

async function valueOf(address: string, key: string): Promise<string | undefined> {
  const store = connect({ address });
  const { entry } = await store.get(Buffer.from(key), CONTEXT);
  await store.close();
  return entry?.value.toString();
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

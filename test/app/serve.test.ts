/** How a server starts and ends, whatever store it serves: signals, time limits, faults, log lines. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { cleanEnvironment, exitOf, KVDB, runKvdb, type Outcome } from "./run-kvdb.js";
import { ServerProcess } from "./server-process.js";

const SERVE_MODEL = fileURLToPath(new URL("serve-model.js", import.meta.url));

describe("a server's life", function () {
  // Processes are started, and a busy machine starts them slowly.
  this.timeout(60_000);

  let server: ServerProcess | undefined;

  afterEach(async () => {
    await server?.kill();
    server = undefined;
  });

  function start(settings: Readonly<Record<string, string>>, fault = "none"): ServerProcess {
    const yaml = Object.entries({ listen: "127.0.0.1:0", ...settings })
      .map(([name, value]) => `${name}: ${value}\n`)
      .join("");
    server = new ServerProcess(SERVE_MODEL, [yaml, fault]);
    return server;
  }

  it("says once that it is ready, with the address, and ends in order on SIGTERM", async () => {
    const running = start({ "shutdown.grace": "0" });
    const address = await running.ready();
    expect(address).to.match(/^127\.0\.0\.1:[1-9]\d*$/);
    expect((await runKvdb(["set", "a", "secret value", "-a", address])).code).to.equal(0);
    running.signal("SIGTERM");
    expect(await running.exit).to.equal(0);
    expect(running.logText.split("\n").filter((line) => line.includes(address))).to.have.lengthOf(
      1,
    );
    expect(running.logText).to.not.include("secret");
    expect(running.stderr).to.equal("");
    for (const line of running.logText.split("\n"))
      expect(JSON.parse(line)).to.have.property("time");
  });

  it("serves on for the grace, then ends followers with where to go on", async () => {
    const running = start({ "shutdown.grace": "1500ms" });
    const address = await running.ready();
    const follower = spawn(process.execPath, [KVDB, "watch-expirations", "--json", "-a", address], {
      env: cleanEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    follower.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    await once(follower.stdout, "data");
    running.signal("SIGINT");
    await running.logged(/^stopping: calls are served for 1s500ms more/);
    expect((await runKvdb(["set", "a", "late", "-a", address])).code).to.equal(0);
    expect(await exitOf(follower)).to.equal(3);
    expect(said).to.match(/^go on with --resume-token \S+$/m);
    expect(await running.exit).to.equal(0);
  });

  it("ends at once on a second signal", async () => {
    const running = start({ "shutdown.grace": "20s" });
    await running.ready();
    running.signal("SIGTERM");
    await running.logged(/^stopping/);
    running.signal("SIGTERM");
    expect(await running.exit).to.equal(18);
    await running.logged(/second signal/);
  });

  it("ends at once when stopping takes too long", async () => {
    const running = start({ "shutdown.grace": "0", "shutdown.timeout": "300ms" }, "stuck-close");
    await running.ready();
    running.signal("SIGTERM");
    expect(await running.exit).to.equal(18);
    await running.logged(/longer than shutdown\.timeout/);
  });

  it("ends with 17 when the disk refuses", async () => {
    const running = start({});
    await running.ready();
    running.signal("SIGUSR2");
    expect(await running.exit).to.equal(17);
    expect(await running.logged(/the disk refused/)).to.include({ level: "error" });
  });

  it("ends with 17 too when the disk refuses what is written last, while it stops", async () => {
    const running = start({ "shutdown.grace": "0" }, "refusing-close");
    await running.ready();
    running.signal("SIGTERM");
    expect(await running.exit).to.equal(17);
    expect(await running.logged(/the disk refused/)).to.include({ level: "error" });
    expect(running.logText).to.not.include('"stopped"');
  });

  it("listens while the store is opened, and can be stopped then", async () => {
    const address = await freeAddress();
    const running = start({ listen: address, "shutdown.grace": "0" }, "slow-open");
    await running.logged(/^starting/);
    const outcome = await answered(address);
    expect(outcome.code).to.equal(3);
    expect(outcome.stderr).to.include("starting");
    running.signal("SIGTERM");
    await running.logged(/^stopping/);
    running.signal("SIGUSR2");
    expect(await running.exit).to.equal(0);
    expect(running.logText).to.not.include("ready");
  });

  it("logs for people when told to, without colours where nobody looks", async () => {
    const running = start({ "log.pretty": "true", "shutdown.grace": "0" });
    await running.logged(/ready: serving on 127/);
    running.signal("SIGTERM");
    expect(await running.exit).to.equal(0);
    expect(running.logText).to.match(/^\[[\d:.]+\] INFO: ready: serving on /m);
    expect(running.logText).to.not.include("\u001b");
  });
});

/** A command's outcome once something listens there. */
async function answered(address: string): Promise<Outcome> {
  for (;;) {
    const outcome = await runKvdb(["get", "a", "-a", address]);
    if (!outcome.stderr.includes("no server answers")) return outcome;
  }
}

/** An address that was free a moment ago. */
async function freeAddress(): Promise<string> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string")
    throw new Error("a listener without an address");
  return `127.0.0.1:${String(address.port)}`;
}

/** Readers of bytes keep their word: for inputs that once broke it, and for some that nobody has seen before. */

import { readdirSync, readFileSync } from "node:fs";

import { expect } from "chai";

import { fuzz, sayingOf, type Target } from "./fuzzer.js";
import { makeTargets } from "./targets.js";

const CORPUS = "test/fuzz/corpus";
const RUNS = Number(process.env["FUZZ_RUNS"] ?? 2000);
const SEED = Number(process.env["FUZZ_SEED"] ?? 1);

describe("what reads bytes that others may have written", () => {
  let targets: readonly Target[] = [];

  before(async () => {
    targets = await makeTargets();
  });

  it("keeps its word for every input that once broke it", async () => {
    for (const file of readdirSync(CORPUS).filter((name) => name.endsWith(".hex"))) {
      const name = file.slice(0, file.lastIndexOf("-")).replaceAll("-", " ");
      const target = targets.find((each) => each.name === name);
      if (target === undefined) throw new Error(`${file}: nothing is called ${name}`);
      const text = readFileSync(`${CORPUS}/${file}`, "utf8");
      await sayingOf(target, Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
    }
  });

  it("takes the inputs that others are made of", async () => {
    for (const target of targets) {
      const sayings: string[] = [];
      for (const seed of target.seeds) sayings.push(await sayingOf(target, Buffer.from(seed)));
      expect(sayings, target.name).to.include("accepted");
    }
  });

  it(`keeps its word for inputs that are nearly right: FUZZ_SEED=${String(SEED)}`, async () => {
    for (const target of targets) {
      const { sayings, accepted } = await fuzz(target, { runs: RUNS, seed: SEED });
      expect(sayings, `${target.name}: what was said of inputs`).to.be.greaterThan(1);
      expect(accepted, `${target.name}: inputs that were taken`).to.be.greaterThan(0);
    }
  }).timeout(120_000);

  it("is caught where it breaks its word", async () => {
    const broken: Target = {
      name: "broken",
      seeds: [Buffer.from("seed")],
      run: (bytes) => {
        if (bytes.length > 4) throw new TypeError("a fault of ours");
        return "short";
      },
    };
    let failure: unknown;
    await fuzz(broken, { runs: 1000, seed: 1 }).catch((error: unknown) => {
      failure = error;
    });
    expect(String(failure)).to.match(
      /^Error: broken of [0-9a-f]{10,}: TypeError: a fault of ours$/,
    );
  });
});

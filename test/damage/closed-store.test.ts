/**
 * Damage to the files of a store while it is not open, as decay or a careless hand does it. It is reported,
 * naming the file and the place, or it does no harm; it never gives a wrong value, and never makes a key absent
 * that is there. `make damage` turns every bit; here it is a sample, and docs/reliability.md is held to it.
 */

import { readFileSync } from "node:fs";

import { expect } from "chai";

import { DATA_DIRECTORY } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { LOSS_WAYS } from "../support/power-cut.js";
import { filesOf } from "./flips.js";
import { judge, type Outcome } from "./judge.js";
import { copyOf, makeSpecimen, openSpecimen, SPECIMEN_NAMES, type Specimen } from "./specimens.js";
import { rowsIn, tallyBits, tallyHands, type Row } from "./tables.js";

/** One bit in so many, and one other damage: prime, so that each field has its turn. */
const EVERY_BIT = 997;
const EVERY_HAND = 7;

/** The columns that a row has anything in. */
function outcomesIn(row: Row | undefined): string[] {
  return Object.entries(row?.tally ?? {})
    .filter(([, count]) => count > 0)
    .map(([outcome]) => outcome);
}

/** The document has the same rows, of about as many cases, and every outcome that was seen. */
function expectSaid(marker: string, seen: readonly Row[]): void {
  const said = rowsIn(readFileSync("docs/reliability.md", "utf8"), marker);
  const stale = "docs/reliability.md is stale: UPDATE=1 make damage writes its tables anew";
  const names = (rows: readonly Row[]): string[] => rows.map(({ name }) => name).sort();
  expect(names(said), stale).to.deep.equal(names(seen));
  for (const row of seen) {
    const written = said.find(({ name }) => name === row.name);
    // To the last bit it is for `make damage` to say, which takes minutes.
    expect(written?.count, `${row.name}; ${stale}`).to.be.closeTo(row.count, row.count / 10);
    expect(outcomesIn(written), `${row.name}; ${stale}`).to.include.members(outcomesIn(row));
  }
}

describe("damage to a closed store", () => {
  let specimens: readonly Specimen[];

  before(async () => {
    specimens = await Promise.all(SPECIMEN_NAMES.map((name) => makeSpecimen(name)));
  });

  it("is none where nothing was damaged", async () => {
    for (const specimen of specimens) {
      expect(await judge(specimen, copyOf(specimen.disk)), specimen.name).to.equal("unread");
    }
  });

  it("is told, mended, or in what nobody reads, whichever bit it is: a sample", async () => {
    const rows: Row[] = [];
    for (const specimen of specimens) {
      const parts = EVERY_BIT;
      rows.push(...(await tallyBits(specimen, { part: 5, parts })));
    }
    // Of a store that reads all of its log at the start, nothing that it reads goes unnoticed.
    const seen = (name: string, ...outcomes: Outcome[]): void => {
      expect(outcomesIn(rows.find((row) => row.name === name)), name).to.have.members(outcomes);
    };
    for (const store of ["log", "compressed", "history"]) {
      seen(`${store} | MANIFEST`, "refused");
      seen(`${store} | log segment`, "refused");
      seen(`${store} | compacted segment`, "refused");
      seen(`${store} | snapshot`, "refused");
    }
    seen("killed | active segment", "refused", "mended");
    seen("checkpoint | newest checkpoint", "mended");
    expectSaid("damage: bits", rows);
  }).timeout(60_000);

  it("is told, mended, or in what nobody reads, whatever else is done to it: a sample", async () => {
    const rows = await tallyHands(specimens, { part: 3, parts: EVERY_HAND });
    expectSaid("damage: hands", rows);
  }).timeout(60_000);

  it("is told for each file that the manifest names, if that is missing or cut", async () => {
    for (const specimen of specimens) {
      for (const file of filesOf(specimen)) {
        if (!file.path.endsWith(".seg") && file.kind !== "MANIFEST") continue;
        const missing = copyOf(specimen.disk);
        await missing.unlink(file.path);
        expect(await judge(specimen, missing, file.path), file.path).to.equal("refused");
        if (file.kind === "active segment") continue;
        const cut = copyOf(specimen.disk);
        cut.resize(file.path, file.bits / 8 - 1);
        expect(await judge(specimen, cut, file.path), file.path).to.equal("refused");
      }
    }
  });

  it("cannot be seen where the whole directory is put back to an older self", async () => {
    for (const { earlier, setting, nowMs, revision } of specimens) {
      for (const old of earlier) {
        const store = await openSpecimen(copyOf(old), new ManualClock(nowMs), setting);
        const found = (await store.status()).revision;
        expect(found, "it opens, and what came since is not there").to.be.within(1, revision - 1);
        await store.close();
      }
    }
  });
});

describe("a file among the segments that is not of the store", () => {
  it("is set aside, and never lost, wherever the power goes", async () => {
    const specimen = await makeSpecimen("log");
    const content = Buffer.from("somebody's only copy");
    const disk = copyOf(specimen.disk);
    const stranger = await disk.open(`${DATA_DIRECTORY}/segments/notes.txt`, "create");
    await stranger.write(content, 0);
    await stranger.sync();
    await stranger.close();
    await disk.syncDirectory(`${DATA_DIRECTORY}/segments`);
    const before = disk.stepCount;
    await openSpecimen(disk, new ManualClock(specimen.nowMs), specimen.setting);
    expect(disk.files()).to.include(`${DATA_DIRECTORY}/set-aside/notes.txt`);
    for (let step = before; step <= disk.stepCount; step += 1) {
      for (const way of LOSS_WAYS) {
        const left = disk.crashAt(step, { way, seed: step });
        const copies = left.files().filter((path) => path.endsWith("/notes.txt"));
        expect(copies, `after step ${String(step)}, ${JSON.stringify(way)}`).not.to.have.lengthOf(
          0,
        );
        for (const path of copies) expect(left.peek(path).equals(content)).to.equal(true);
      }
    }
  });
});

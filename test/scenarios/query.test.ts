/** The query that the README shows, over the packages that it speaks of: what comes out is what a look at each says. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { runKvdb } from "../app/run-kvdb.js";
import { loadSection, parsePackage, textOf } from "./packages.js";
import { SCENARIO_MS_MAX, tell } from "./scale.js";
import { Stage } from "./stage.js";

interface Package {
  readonly size: number;
  readonly version: string;
  readonly depends?: string;
}

describe("a query of real data", function () {
  this.timeout(SCENARIO_MS_MAX);

  const { lines, origin } = loadSection("games");
  const packages = lines.map((line) => {
    const { key, value } = parsePackage(line);
    return { key, value: JSON.parse(value) as Package };
  });
  const keysWhere = (isMeant: (value: Package, key: string) => boolean): string =>
    textOf(packages.filter(({ key, value }) => isMeant(value, key)).map(({ key }) => key));

  it(`finds the games of more than 100 MB, and what else is asked (${origin})`, async () => {
    await Stage.with([], async ({ address, directory }) => {
      const file = join(directory, "packages.jsonl");
      await writeFile(file, textOf(lines));
      expect((await runKvdb(["import", file, "-a", address])).code).to.equal(0);

      const prefix = "deb/games/";
      const scan = async (...words: readonly string[]): Promise<string> => {
        const outcome = await runKvdb(["scan", ...words, "-a", address]);
        expect(outcome.code, outcome.stderr).to.equal(0);
        return outcome.stdout;
      };
      const isLargeGame = (value: Package, key: string): boolean =>
        key.startsWith(prefix) && value.size > 100_000_000;
      const games = keysWhere(isLargeGame);
      expect(games.split("\n")).to.have.length.above(3);
      const large = "json.size > 100000000";
      expect(await scan("--prefix", prefix, "--filter", large)).to.equal(games);
      expect(await scan("--filter", `${large} && key.startsWith("${prefix}")`)).to.equal(games);

      const first = JSON.parse(
        await scan("--prefix", prefix, "-f", large, "--limit", "1", "--values", "--json"),
      ) as { readonly key: string; readonly value: Package };
      const wanted = packages.find(({ key, value }) => isLargeGame(value, key));
      expect({ key: first.key, value: first.value }).to.deep.equal(wanted);

      const needy = 'has(json.depends) && json.depends.contains("libc6")';
      expect(await scan("-f", needy)).to.equal(
        keysWhere(({ depends }) => depends?.includes("libc6") === true),
      );
      const dated = "json.version.matches('^[0-9]{8}')";
      expect(await scan("-f", dated)).to.equal(
        keysWhere(({ version }) => /^[0-9]{8}/.test(version)),
      );
      tell(`${String(games.split("\n").length - 1)} games are larger than 100 MB`);

      const wrong = await runKvdb(["scan", "-f", "json.size >", "-a", address]);
      expect(wrong.code).to.equal(2);
      expect(wrong.stderr).to.match(/^kvdb: filter: column 11: /);
    });
  });
});

/** The table of clients and cases, as Markdown that changes only when a result or a version does. */

import type { Suite } from "./cases.js";
import type { CaseResult, ClientResult } from "./run.js";

const HEADING = `# Conformance: results

Written by \`make clients-test\`; what the cases mean is in [README.md](README.md). What a client has passed of all cases,
each against the real server:

`;

export function resultsPage(suites: readonly Suite[], results: readonly ClientResult[]): string {
  const clients = results.map(({ client }) => client.name);
  const bySuite = suites.map((suite) => [
    suite.name,
    ...results.map(({ cases }) => countOf(cases.filter((each) => each.suite === suite.name))),
  ]);
  const all = ["**all**", ...results.map(({ cases }) => `**${countOf(cases)}**`)];
  const versions = results.map(({ client, version }) => [client.name, version || "does not say"]);
  const parts = [
    HEADING,
    table(["suite", ...clients], [...bySuite, all]),
    "\n## Clients\n\n",
    table(["client", "version, and what ran it"], versions),
    ...suites.flatMap((suite) => [
      `\n## ${suite.name}\n\n${suite.about}\n\n`,
      casesOf(suite, results),
    ]),
  ];
  return parts.join("");
}

function casesOf(suite: Suite, results: readonly ClientResult[]): string {
  const rows = suite.cases.map(({ name, about }) => [
    `${name}: ${about}`,
    ...results.map(({ cases }) =>
      mark(cases.find((each) => each.suite === suite.name && each.name === name)),
    ),
  ]);
  return table(["case", ...results.map(({ client }) => client.name)], rows);
}

function countOf(cases: readonly CaseResult[]): string {
  const passed = cases.filter(({ failure }) => failure === undefined).length;
  return `${String(passed)}/${String(cases.length)}`;
}

function mark(result: CaseResult | undefined): string {
  if (result === undefined) return "–";
  return result.failure === undefined ? "✓" : "✗";
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |\n`;
  return [line(head), `|${"---|".repeat(head.length)}\n`, ...rows.map(line)].join("");
}

/** Every link in the documents that stays within the project leads somewhere. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect } from "chai";

import { pages } from "./project-files.js";

/** Code is no prose: brackets in it are not links. */
const CODE = /```.*?```|`[^`\n]*`/gs;
const LINK = /\]\(([^()\s]+)\)/g;
const ELSEWHERE = /^[a-z]+:/;

/** The anchor that GitHub gives a heading: lower case, punctuation dropped, spaces to hyphens. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

function anchors(markdown: string): readonly string[] {
  const prose = markdown.replace(/```.*?```/gs, "");
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchor(heading ?? ""));
}

/** What is wrong with the link, or undefined. */
function fault(from: string, link: string): string | undefined {
  const [path = "", fragment = ""] = link.split("#");
  const target = path === "" ? from : join(dirname(from), path);
  if (!existsSync(target)) return `${from}: ${link} leads to ${target}, which is not there`;
  if (fragment === "" || !target.endsWith(".md")) return undefined;
  if (anchors(readFileSync(target, "utf8")).includes(fragment)) return undefined;
  return `${from}: ${link} names a heading that ${target} does not have`;
}

describe("links in the documents", () => {
  for (const page of pages()) {
    it(`of ${page.path} lead somewhere`, () => {
      const links = [...page.text.replace(CODE, "").matchAll(LINK)].map(([, link]) => link ?? "");
      const faults = links
        .filter((link) => !ELSEWHERE.test(link))
        .map((link) => fault(page.path, link))
        .filter((problem) => problem !== undefined);
      expect(faults).to.deep.equal([]);
    });
  }

  it("reach every page, starting from the README", () => {
    const all = pages();
    const reached = new Set(["README.md"]);
    for (const path of reached) {
      const text = all.find((page) => page.path === path)?.text ?? "";
      for (const [, link = ""] of text.replace(CODE, "").matchAll(LINK)) {
        const target = join(dirname(path), link.split("#")[0] ?? "");
        if (target.endsWith(".md") && existsSync(target)) reached.add(target);
      }
    }
    const lost = all.map((page) => page.path).filter((path) => !reached.has(path));
    expect(lost, "pages that nothing links to").to.deep.equal([]);
  });
});

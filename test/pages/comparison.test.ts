/** What the pages show could not be wrong unseen: the comparison finds a difference where there is one. */

import { expect } from "chai";

import { Comparison } from "./comparison.js";
import { itemsOf } from "./output.js";

const TOKEN = "g7vuHQIZUP0C5IQDV2oGrRgChidMEAAAAA";
const OTHER_TOKEN = "EhawdQEZUP0C5IQDV2oGrRgChidMBAAAAA";

const GRPCURL_ERROR = `ERROR:
  Code: InvalidArgument
  Message: key: must not be empty
  Details:
  1)\t{
    \t  "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    \t  "domain": "keyvaluedb",
    \t  "metadata": {
    \t    "field": "key"
    \t  },
    \t  "reason": "INVALID_FIELD"
    \t}`;

const BUF_ERROR = `{
   "code": "invalid_argument",
   "message": "key: must not be empty",
   "details": [
      {
         "type": "google.rpc.ErrorInfo",
         "value": "Cg1JTlZBTElEX0ZJRUxEEgprZXl2YWx1ZWRiGgwKBWZpZWxkEgNrZXk"
      }
   ]
}`;

function difference(shown: string, printed: string): string | undefined {
  return new Comparison().difference(itemsOf(shown), itemsOf(printed));
}

describe("what a page shows, held against what was printed", () => {
  it("is the same whatever the spaces and the order of fields", () => {
    const shown = '{\n  "revision": "1",\n  "touched": true\n}';
    expect(difference(shown, '{\n "touched":  true,\n "revision": "1"\n}')).to.equal(undefined);
    expect(difference(shown, '{\n  "revision": "2",\n  "touched": true\n}')).to.match(/revision/u);
    expect(difference(shown, '{\n  "revision": "1"\n}')).to.match(/touched is missing/u);
    expect(difference('{\n  "revision": "1"\n}', shown)).to.match(/touched is not shown/u);
    expect(difference(shown, `${shown}\n${shown}`)).to.match(/2 were printed/u);
    expect(difference("a\nb", "a\nc")).to.match(/part 2/u);
  });

  it("holds what differs each time against its form, and remembers it for later commands", () => {
    const comparison = new Comparison();
    const shown = itemsOf(`{\n  "resumeToken": "${TOKEN}"\n}`);
    expect(comparison.difference(shown, itemsOf('{\n  "resumeToken": ""\n}'))).to.match(/form/u);
    const printed = itemsOf(`{\n  "resumeToken": "${OTHER_TOKEN}"\n}`);
    expect(comparison.difference(shown, printed)).to.equal(undefined);
    expect(comparison.inCommand(`-d '${TOKEN}'`)).to.equal(`-d '${OTHER_TOKEN}'`);
    const time = '{\n  "expireTime": "2026-11-26T01:00:04.155Z"\n}';
    expect(difference(time, time.replaceAll("2026", "2031"))).to.equal(undefined);
    expect(difference(time, "{}")).to.match(/expireTime is missing/u);
  });

  it("leaves out what a page leaves out, and no more", () => {
    expect(difference("a\n…\nd", "a\nb\nc\nd")).to.equal(undefined);
    expect(difference("a\n…", "a")).to.equal(undefined);
    expect(difference("a\n…\nd", "a\nb\nc")).to.match(/part 1/u);
    expect(difference("a\nb\n…", "a")).to.match(/part 2 is missing|less/u);
    expect(difference("{}\n^C", "{}\n{}")).to.equal(undefined);
  });

  it("reads an error of grpcurl and one of buf alike, details decoded", () => {
    expect(difference(GRPCURL_ERROR, BUF_ERROR)).to.equal(undefined);
    expect(difference(BUF_ERROR, GRPCURL_ERROR)).to.equal(undefined);
    expect(difference(GRPCURL_ERROR.replace('"key"', '"value"'), BUF_ERROR)).to.match(/field/u);
    expect(difference(GRPCURL_ERROR, GRPCURL_ERROR.replace("InvalidA", "A"))).to.match(/code/u);
  });
});

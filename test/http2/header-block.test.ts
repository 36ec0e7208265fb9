/** Blocks of header fields: the standard's examples, what another implementation writes, and damage, which is always said to be that. */

import { expect } from "chai";

import { HeaderReader, writeHeaderBlock } from "../../src/http2/header-block.js";
import type { HeaderField } from "../../src/http2/header-table.js";
import { ConnectionError, ErrorCode } from "../../src/http2/protocol.js";
import { Random } from "../support/random.js";

const LIST_BYTES_MAX = 65_536;

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(/\s/gu, ""), "hex");
}

/** `name: value` of each. */
function read(reader: HeaderReader, hex: string): string[] {
  return reader.read(bytesOf(hex)).fields.map(({ name, value }) => `${name}: ${value}`);
}

function damageOf(hex: string, reader = new HeaderReader(LIST_BYTES_MAX)): string {
  try {
    reader.read(bytesOf(hex));
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    expect(error.code).to.equal(ErrorCode.compressionError);
    return error.message;
  }
  throw new Error("it was taken, and should not have been");
}

const REQUESTS = [
  [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"],
  [
    ":method: GET",
    ":scheme: http",
    ":path: /",
    ":authority: www.example.com",
    "cache-control: no-cache",
  ],
  [
    ":method: GET",
    ":scheme: https",
    ":path: /index.html",
    ":authority: www.example.com",
    "custom-key: custom-value",
  ],
];

const RESPONSES = [
  [
    ":status: 302",
    "cache-control: private",
    "date: Mon, 21 Oct 2013 20:13:21 GMT",
    "location: https://www.example.com",
  ],
  [
    ":status: 307",
    "cache-control: private",
    "date: Mon, 21 Oct 2013 20:13:21 GMT",
    "location: https://www.example.com",
  ],
  [
    ":status: 200",
    "cache-control: private",
    "date: Mon, 21 Oct 2013 20:13:22 GMT",
    "location: https://www.example.com",
    "content-encoding: gzip",
    "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
  ],
];

/** The appendix has a table of 256 bytes from the start, which a block can say. */
const TABLE_OF_256 = "3f e1 01";

/** RFC 7541, appendix C: blocks that follow one another, and what is in them. */
const EXAMPLES: readonly (readonly [
  what: string,
  blocks: readonly string[],
  lists: readonly string[][],
])[] = [
  [
    "C.2.1",
    ["400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572"],
    [["custom-key: custom-header"]],
  ],
  ["C.2.2", ["040c 2f73 616d 706c 652f 7061 7468"], [[":path: /sample/path"]]],
  ["C.2.3", ["1008 7061 7373 776f 7264 0673 6563 7265 74"], [["password: secret"]]],
  ["C.2.4", ["82"], [[":method: GET"]]],
  [
    "C.3",
    [
      "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      "8286 84be 5808 6e6f 2d63 6163 6865",
      "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    ],
    REQUESTS,
  ],
  [
    "C.4",
    [
      "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
      "8286 84be 5886 a8eb 1064 9cbf",
      "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
    ],
    REQUESTS,
  ],
  [
    "C.5",
    [
      `${TABLE_OF_256} 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032
       303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
      "4803 3330 37c1 c0bf",
      `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970
       7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61
       6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`,
    ],
    RESPONSES,
  ],
  [
    "C.6",
    [
      `${TABLE_OF_256} 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b
       ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
      "4883 640e ffc1 c0bf",
      `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2
       e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
    ],
    RESPONSES,
  ],
];

/** Each is a whole block. */
const DAMAGED: readonly (readonly [what: string, hex: string])[] = [
  ["a field number 0", "80"],
  ["a field that nobody put into the table", "be"],
  ["a name that nobody put into the table", "7f 00 01 61"],
  ["a number that is cut short", "ff"],
  ["a number that goes on", "ff 80 80 80"],
  ["a number past 28 bits", "ff ff ff ff ff ff ff ff ff 01"],
  ["a number with zeros before it", "ff 80 80 80 80 00"],
  ["no value", "40 01 61"],
  ["no name", "40"],
  ["a name that is cut short", "40 02 61"],
  ["a value that is cut short", "40 01 61 05 62"],
  ["a value as long as anything", "40 01 61 7f ff ff ff 7f 62"],
  ["text that is not rightly coded", "40 81 18 01 62"],
  ["the mark of the end in a text", "40 84 ff ff ff ff 01 62"],
  ["a table larger than allowed", "3f e2 1f"],
  ["a table's size behind a field", "82 20"],
  [
    "a table's size behind a field that is too long to keep",
    `00 01 61 7f 81 ff 07 ${"61".repeat(131_072)} 20`,
  ],
];

describe("a block of header fields", () => {
  for (const [what, blocks, lists] of EXAMPLES) {
    it(`is read as example ${what} says`, () => {
      const reader = new HeaderReader(LIST_BYTES_MAX);
      blocks.forEach((block, at) => {
        expect(read(reader, block)).to.deep.equal(lists[at]);
      });
    });
  }

  for (const [what, hex] of DAMAGED) {
    it(`is damaged with ${what}`, () => {
      expect(damageOf(hex)).to.match(/^a header block is damaged: /u);
    });
  }

  it("lets the table forget what is too much for it, oldest first", () => {
    const reader = new HeaderReader(LIST_BYTES_MAX);
    // Each takes 34 bytes, so that three have room in 102.
    read(reader, "3f 47 40 01 61 01 31 40 01 62 01 32 40 01 63 01 33");
    expect(read(reader, "be bf c0")).to.deep.equal(["c: 3", "b: 2", "a: 1"]);
    read(reader, "40 01 64 01 34");
    expect(read(reader, "be bf c0")).to.deep.equal(["d: 4", "c: 3", "b: 2"]);
    expect(damageOf("c1", reader)).to.contain("no field has that number");
  });

  it("empties the table with a field that is longer than all of it, and with a size of 0", () => {
    const reader = new HeaderReader(LIST_BYTES_MAX);
    read(reader, "3f 47 40 01 61 01 31");
    expect(read(reader, `40 01 62 46 ${"62".repeat(70)}`)).to.deep.equal([`b: ${"b".repeat(70)}`]);
    expect(damageOf("be", reader)).to.contain("no field has that number");
    const other = new HeaderReader(LIST_BYTES_MAX);
    read(other, "40 01 61 01 31");
    expect(read(other, "20 3f e1 1f 40 01 62 01 32")).to.deep.equal(["b: 2"]);
    expect(read(other, "be")).to.deep.equal(["b: 2"]);
    expect(damageOf("bf", other)).to.contain("no field has that number");
  });

  it("puts nothing into the table that is not to be put there", () => {
    const reader = new HeaderReader(LIST_BYTES_MAX);
    expect(read(reader, "00 01 61 01 31 10 01 62 01 32")).to.deep.equal(["a: 1", "b: 2"]);
    damageOf("be", reader);
  });

  it("says that it is too long, keeps only its beginning, and goes on with the table", () => {
    const reader = new HeaderReader(100);
    const { fields, isTooLong } = reader.read(
      bytesOf("40 01 61 01 31 40 01 62 01 32 40 01 63 01 33"),
    );
    expect(isTooLong).to.equal(true);
    expect(fields).to.have.length(2);
    expect(read(reader, "be")).to.deep.equal(["c: 3"]);
    expect(reader.read(bytesOf("bf c0")).isTooLong).to.equal(false);
  });

  it("is read as it was written, whatever the fields", () => {
    const random = new Random(5);
    const text = (lengthMax: number): string =>
      random.bytes(random.below(lengthMax)).toString("latin1");
    for (let round = 0; round < 500; round += 1) {
      const fields: HeaderField[] = Array.from({ length: random.below(10) }, () => ({
        name: random.oneIn(3) ? random.pick([":status", "content-type", "date"]) : text(20),
        value: random.oneIn(4) ? "200" : text(random.oneIn(10) ? 3000 : 200),
      }));
      const again = new HeaderReader(1_000_000).read(writeHeaderBlock(fields));
      expect(again.fields.map(({ name, value }) => ({ name, value }))).to.deep.equal(fields);
    }
  });
});

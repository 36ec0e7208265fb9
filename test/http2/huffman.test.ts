/** Huffman-coded text: as another implementation writes it, and never anything but text or a refusal. */

import { once } from "node:events";
import { connect } from "node:http2";

import { expect } from "chai";

import { decodeHuffman } from "../../src/http2/huffman.js";
import { Random } from "../support/random.js";
import { EchoServer } from "./echo-server.js";

function decode(hex: string): string | undefined {
  const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
  return decodeHuffman(bytes, 0, bytes.length);
}

/** The codes themselves, as RFC 7541, appendix B, has them, and what fills their last byte. */
const CODES: readonly (readonly [byte: number, bits: string])[] = [
  [0x30, "00000"],
  [0x61, "00011"],
  [0x20, "010100"],
  [0x25, "010101"],
  [0x7a, "1111011"],
  [0x26, "11111000"],
  [0x21, "1111111000"],
  [0x00, "1111111111000"],
  [0x5c, "1111111111111110000"],
  [0xff, "11111111111111111111101110"],
  [0xf9, "1111111111111111111111111110"],
  [0x0a, "111111111111111111111111111100"],
  [0x16, "111111111111111111111111111110"],
];
const END = "1".repeat(30);

function ofBits(bits: string): Buffer {
  const whole = bits.padEnd(Math.ceil(bits.length / 8) * 8, "1");
  return Buffer.from((whole.match(/.{8}/gu) ?? []).map((byte) => parseInt(byte, 2)));
}

function decodeBits(bits: string): string | undefined {
  const bytes = ofBits(bits);
  return decodeHuffman(bytes, 0, bytes.length);
}

describe("Huffman-coded text", () => {
  it("is read as the standard's examples say", () => {
    expect(decode("f1e3 c2e5 f23a 6ba0 ab90 f4ff")).to.equal("www.example.com");
    expect(decode("a8eb 1064 9cbf")).to.equal("no-cache");
    expect(decode("25a8 49e9 5ba9 7d7f")).to.equal("custom-key");
    expect(decode("d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff")).to.equal(
      "Mon, 21 Oct 2013 20:13:21 GMT",
    );
    expect(decode("")).to.equal("");
  });

  for (const [byte, bits] of CODES) {
    it(`has ${bits} for ${String(byte)}`, () => {
      const text = String.fromCharCode(byte);
      expect(decodeBits(bits)).to.equal(text);
      expect(decodeBits(`00011${bits}${bits}00011`)).to.equal(`a${text}${text}a`);
    });
  }

  it("ends with fewer than eight ones, and with nothing else", () => {
    const whole = "00011".repeat(8);
    expect(decodeBits(whole), "no padding").to.equal("a".repeat(8));
    expect(decodeBits(`${whole}11111111`), "a byte of it").to.equal(undefined);
    for (let codes = 1; codes < 8; codes += 1) {
      const bits = "00011".repeat(codes);
      expect(decodeBits(bits), `${String(bits.length)} bits`).to.equal("a".repeat(codes));
    }
    // Five bits of a code, and three that are not all ones.
    expect(decode("1f")).to.equal("a");
    for (let rest = 0; rest < 7; rest += 1) {
      expect(decode((0x18 | rest).toString(16)), String(rest)).to.equal(undefined);
    }
  });

  it("must not have the mark of the end in it", () => {
    expect(decodeBits(END)).to.equal(undefined);
    expect(decodeBits(`00011${END}00011`)).to.equal(undefined);
    expect(decode("ffffffff")).to.equal(undefined);
  });

  it("is text or refused, whatever the bytes", () => {
    const random = new Random(1);
    let taken = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const bytes = random.bytes(random.below(12));
      const text = decodeHuffman(bytes, 0, bytes.length);
      if (text === undefined) continue;
      taken += 1;
      expect(text.length).to.be.at.most((bytes.length * 8) / 5);
    }
    expect(taken).to.be.within(1000, 19_000);
  });

  it("is what another implementation writes, for every byte that a value may have", async () => {
    const server = await EchoServer.start();
    const session = connect(`http://127.0.0.1:${String(server.port)}`);
    try {
      const values: string[] = [];
      for (let byte = 0x20; byte < 0x100; byte += 1) {
        if (byte === 0x7f) continue;
        // So long that the coded text is shorter, and is what is sent.
        values.push(`${"a".repeat(50)}${String.fromCharCode(byte)}${"e".repeat(50)}`);
      }
      const headers = Object.fromEntries(values.map((value, at) => [`x-${String(at)}`, value]));
      const stream = session.request({ ":path": "/", ...headers });
      stream.resume();
      await once(stream, "end");
      const fields = new Map(
        server.requests[0]?.head.fields.map(({ name, value }) => [name, value]),
      );
      values.forEach((value, at) => {
        expect(fields.get(`x-${String(at)}`)).to.equal(value);
      });
    } finally {
      session.destroy();
      await server.stop();
    }
  });
});

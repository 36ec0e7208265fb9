/**
 * Huffman-coded text of header fields (RFC 7541, appendix B), four bits a step.
 *
 * The code is canonical: given how long each symbol's code is, codes follow in the order of (length, symbol). From them a
 * binary tree is made, and from the tree a table that tells for each of its inner nodes, and each next four bits, where
 * they lead, and which symbol they complete; no code is shorter than five bits, so there is at most one.
 */

/** Bits of the code of each byte, and of the mark of the end, which is 256. */
// prettier-ignore
const CODE_BITS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];

const END_OF_STRING = 256;
const STEP_BITS = 4;
const STEPS = 1 << STEP_BITS;
/** What is left of the last byte is filled with ones, fewer than eight (5.2). */
const PADDING_BITS_MAX = 7;

/** The table's entries: the node that follows; the symbol, where one is complete; or that there is no such code. */
const NODE_SHIFT = 10;
const HAS_SYMBOL = 0x200;
const IS_BAD = 0x100;
const SYMBOL_MASK = 0xff;

interface Node {
  readonly index: number;
  readonly branches: [Node | number | undefined, Node | number | undefined];
}

class Tree {
  readonly nodes: Node[] = [];
  readonly root = this.#add();

  constructor() {
    const symbols = CODE_BITS.map((_, symbol) => symbol).sort(
      (a, b) => bitsOf(a) - bitsOf(b) || a - b,
    );
    let code = 0;
    let bits = bitsOf(symbols[0] ?? 0);
    for (const symbol of symbols) {
      code *= 2 ** (bitsOf(symbol) - bits);
      bits = bitsOf(symbol);
      this.#place(symbol, code);
      code += 1;
    }
  }

  #add(): Node {
    const node: Node = { index: this.nodes.length, branches: [undefined, undefined] };
    this.nodes.push(node);
    return node;
  }

  #place(symbol: number, code: number): void {
    let node = this.root;
    for (let bit = bitsOf(symbol) - 1; bit > 0; bit -= 1) {
      const side = bitAt(code, bit);
      const next = node.branches[side];
      if (typeof next === "object") {
        node = next;
        continue;
      }
      const added = this.#add();
      node.branches[side] = added;
      node = added;
    }
    node.branches[bitAt(code, 0)] = symbol;
  }
}

function bitsOf(symbol: number): number {
  return CODE_BITS[symbol] ?? 0;
}

function bitAt(code: number, bit: number): 0 | 1 {
  return ((code >>> bit) & 1) === 0 ? 0 : 1;
}

function stepsOf({ nodes, root }: Tree): Int32Array {
  const steps = new Int32Array(nodes.length * STEPS);
  for (const node of nodes) {
    for (let bits = 0; bits < STEPS; bits += 1) {
      steps[node.index * STEPS + bits] = stepFrom(node, bits, root);
    }
  }
  return steps;
}

function stepFrom(from: Node, bits: number, root: Node): number {
  let node = from;
  let flags = 0;
  for (let bit = STEP_BITS - 1; bit >= 0; bit -= 1) {
    const next = node.branches[bitAt(bits, bit)];
    if (typeof next === "object") {
      node = next;
      continue;
    }
    // The mark of the end must not be there (5.2).
    if (next === undefined || next === END_OF_STRING) return IS_BAD;
    flags = HAS_SYMBOL | next;
    node = root;
  }
  return (node.index << NODE_SHIFT) | flags;
}

/** Where a text may end: after nothing but ones since the last symbol. */
function endingsOf({ nodes, root }: Tree): Uint8Array {
  const endings = new Uint8Array(nodes.length);
  let node: Node | number | undefined = root;
  for (let ones = 0; ones <= PADDING_BITS_MAX && typeof node === "object"; ones += 1) {
    endings[node.index] = 1;
    node = node.branches[1];
  }
  return endings;
}

const tree = new Tree();
const STEP_TABLE = stepsOf(tree);
const ENDINGS = endingsOf(tree);

/** No code is shorter than five bits. */
const SHORTEST_CODE_BITS = 5;

/** The text, each of its bytes a character; undefined where it is not rightly coded. */
export function decodeHuffman(bytes: Buffer, start: number, end: number): string | undefined {
  const text = Buffer.allocUnsafe(Math.floor(((end - start) * 8) / SHORTEST_CODE_BITS));
  let length = 0;
  let node = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    for (let shift = STEP_BITS; shift >= 0; shift -= STEP_BITS) {
      const step = STEP_TABLE[node * STEPS + ((byte >>> shift) & (STEPS - 1))] ?? IS_BAD;
      if ((step & HAS_SYMBOL) !== 0) {
        text[length] = step & SYMBOL_MASK;
        length += 1;
      } else if ((step & IS_BAD) !== 0) {
        return undefined;
      }
      node = step >>> NODE_SHIFT;
    }
  }
  return ENDINGS[node] === 1 ? text.toString("latin1", 0, length) : undefined;
}

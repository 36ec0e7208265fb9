/**
 * The members of a JSON object with each value as it is written, so that `1.10` and a number of thirty
 * digits stay what they are. The text must be valid JSON: `JSON.parse` has seen it before.
 */

export interface Member {
  readonly name: string;
  /** The value's text, without blanks around it. */
  readonly text: string;
}

const BLANK = /[ \t\n\r]/;

/** The members in order, names that stand twice included. Undefined: the text is no object. */
export function objectMembers(text: string): readonly Member[] | undefined {
  const reader = new Reader(text);
  reader.skipBlanks();
  if (reader.peek() !== "{") return undefined;
  reader.skip(1);
  const members: Member[] = [];
  for (;;) {
    reader.skipBlanks();
    if (reader.peek() === "}") return members;
    if (reader.peek() === ",") reader.skip(1);
    reader.skipBlanks();
    const name = JSON.parse(reader.takeValue()) as string;
    reader.skipBlanks();
    reader.skip(1); // The colon.
    reader.skipBlanks();
    members.push({ name, text: reader.takeValue() });
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  peek(): string {
    return this.#text.charAt(this.#at);
  }

  skip(count: number): void {
    this.#at += count;
  }

  skipBlanks(): void {
    while (BLANK.test(this.peek())) this.#at += 1;
  }

  /** The text of the value that begins here. */
  takeValue(): string {
    const start = this.#at;
    const first = this.peek();
    if (first === '"') this.#skipString();
    else if (first === "{" || first === "[") this.#skipNested();
    else while (this.#isInScalar()) this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  /** Counts brackets rather than recursing, because a line may nest deeper than the stack is. */
  #skipNested(): void {
    let depth = 0;
    do {
      const character = this.peek();
      if (character === '"') {
        this.#skipString();
        continue;
      }
      if (character === "{" || character === "[") depth += 1;
      else if (character === "}" || character === "]") depth -= 1;
      this.#at += 1;
    } while (depth > 0);
  }

  #skipString(): void {
    let end = this.#at;
    do {
      end = this.#text.indexOf('"', end + 1);
    } while (this.#isEscaped(end));
    this.#at = end + 1;
  }

  /** Whether an odd number of backslashes stands before the position. */
  #isEscaped(position: number): boolean {
    let before = position - 1;
    while (this.#text.charAt(before) === "\\") before -= 1;
    return (position - before) % 2 === 0;
  }

  #isInScalar(): boolean {
    const character = this.peek();
    return character !== "" && !",}]".includes(character) && !BLANK.test(character);
  }
}

/**
 * Text that a terminal can be shown without harm: control characters, with which a stored value could
 * move the screen about, are spelt out.
 */

// C0, DEL, C1, and the marks that turn the direction of writing around.
// eslint-disable-next-line no-control-regex -- these are the characters to find
const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** One line of harmless text. */
export function terminalText(text: string): string {
  return text.replaceAll(HARMFUL, spell);
}

/** Harmless text that keeps its lines and tabs. */
export function terminalLines(text: string): string {
  return text.replaceAll(HARMFUL, (character) =>
    character === "\n" || character === "\t" ? character : spell(character),
  );
}

function spell(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\t") return "\\t";
  const code = character.charCodeAt(0);
  return code < 256
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}

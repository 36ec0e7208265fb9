/** What reading a text came to: its value, or a sentence that says what is wrong with it. */

export type Parsed<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "problem"; readonly problem: string };

export function parsed<T>(value: T): Parsed<T> {
  return { kind: "value", value };
}

export function problem<T>(text: string): Parsed<T> {
  return { kind: "problem", problem: text };
}

/** The same outcome, with a value that `change` turned into another. */
export function mapParsed<T, U>(outcome: Parsed<T>, change: (value: T) => U): Parsed<U> {
  return outcome.kind === "value" ? parsed(change(outcome.value)) : outcome;
}

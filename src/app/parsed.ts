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

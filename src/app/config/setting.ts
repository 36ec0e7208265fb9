/** What a setting is: its kind, its default, and the words that describe it. */

import type { SettingKind } from "./setting-kinds.js";

export interface Setting<T> {
  readonly kind: SettingKind<T>;
  /** As a person would write it. */
  readonly default: string;
  readonly meaning: string;
  /** What a larger or a smaller value, or the other choice, costs. */
  readonly price: string;
}

export function setting<T>(
  kind: SettingKind<T>,
  defaultText: string,
  words: { readonly meaning: string; readonly price: string },
): Setting<T> {
  return { kind, default: defaultText, ...words };
}

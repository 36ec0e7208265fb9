/** A number with its noun, for people: `1 key`, `2 keys`. */

/** For nouns whose plural is made with an s. The number is written as it is given. */
export function counted(count: number, noun: string, text = String(count)): string {
  return `${text} ${noun}${count === 1 ? "" : "s"}`;
}

/** What a load needs of a server, whichever it is. */

/** Called with whether the answer is what it should be. */
export type Done = (answer: "right" | "wrong") => void;

/** One connection, to either server. What is asked for in one turn of the event loop goes out together. */
export interface LoadConnection {
  set(key: string, done: Done): void;
  get(key: string, done: Done): void;
  close(): Promise<void>;
}

/** An agent that keeps keys in a map of its own, and does wrong what the first part of a key says: to see that it is found. */

import { createInterface } from "node:readline";

interface Command {
  readonly id: number;
  readonly do: string;
  readonly key?: string;
  readonly value?: string;
}

const values = new Map<string, string>();
let revision = 0;

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function answer({ id, do: name, key = "", value = "" }: Command): void {
  const [fault] = key.split("/");
  switch (name) {
    case "open":
      return say({ id, ok: {} });
    case "set":
      if (fault === "ends") process.exit(3);
      if (fault === "refuses") return say({ id, error: { reason: "KEY_EXISTS", code: "ABORTED" } });
      if (fault === "babbles") return say({ id: "?", ok: {} });
      values.set(key, value);
      revision += 1;
      return say({ id, ok: { revision } });
    case "get": {
      const entry = values.has(key) ? { key, value: values.get(key), revision } : null;
      const wrong = { key, value: "", revision };
      return say({ id, ok: { entry: fault === "forgets" || fault === "invents" ? wrong : entry } });
    }
    default:
      return say({ id, fault: `no ${name} here` });
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  answer(JSON.parse(line) as Command);
});

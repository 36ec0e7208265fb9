/**
 * Sessions that expire: set with a time to live, read from a near cache, and told when they are gone.
 *
 *     npm install @keyvaluedb/client && node --experimental-strip-types sessions.ts 127.0.0.1:50051
 */

import { connect, json, KeyValueError } from "@keyvaluedb/client";

interface Session {
  readonly user: string;
  readonly visits: number;
}

const client = connect({ address: process.argv[2] ?? "127.0.0.1:50051" });
const sessions = client.withCodec(json<Session>());
const range = { prefix: "example/session/" };

// Who comes back later would begin with the resume token of the last message.
const expired = sessions.watchExpirations({ range, includeValue: true });
await expired.next();

const users = ["ann", "bob", "cy"];
await Promise.all(
  users.map((user) => sessions.set(range.prefix + user, { user, visits: 1 }, { ttlMs: 1000 })),
);

const cache = sessions.nearCache({ ranges: [range] });
await cache.ready();
for (let round = 0; round < 1000; round += 1) await cache.get(range.prefix + "ann");
console.log("from memory:", cache.stats.hits, "of", cache.stats.hits + cache.stats.misses);

await sessions.transaction(async (transaction) => {
  const session = await transaction.get(range.prefix + "bob");
  if (session === undefined) return;
  transaction.set(range.prefix + "bob", { ...session, visits: session.visits + 1 }, { ttlMs: 500 });
});

try {
  await sessions.set(
    range.prefix + "cy",
    { user: "cy", visits: 1 },
    { precondition: { exists: false } },
  );
} catch (error) {
  if (!(error instanceof KeyValueError) || error.reason !== "KEY_EXISTS") throw error;
  console.log("cy is there already");
}

const gone: string[] = [];
for await (const { key, value } of expired.events()) {
  console.log("gone:", key, value?.visits);
  gone.push(key);
  if (gone.length === users.length) break;
}
await client.close();

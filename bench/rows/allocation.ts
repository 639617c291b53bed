import type { Row } from "../row.js";
import { inThousands, longest, oneCase, p50, p99, perSecond } from "./context.js";
import type { RowContext } from "./context.js";

export function allocation({ sizes, fixture }: RowContext): Row {
  const { allocated: runs } = sizes;
  const { durable, buffered, wholeFile } = sizes.allocations;
  const way = (name: string, label: string, settings: string, source: string, count: number) =>
    oneCase(name, label, settings, "allocate", { way: name, count, runs, processes: 8, source: fixture(source) });
  const sqlite = (synchronous: string): string =>
    `journal_mode=WAL, synchronous=${synchronous}, BEGIN IMMEDIATE, max(uid) + 1 by the primary key, insert, commit; busy_timeout 120 s, prepared statements`;
  return {
    name: "allocation",
    title: "Allocations by 8 processes at once",
    method: `8 processes allocate uids of one identifier that has ${inThousands(runs)} runs, each as fast as it can: ${durable} durable ones, ${buffered} others, ${wholeFile} on the whole file. All of them are ready before the first begins; after each round the uids are checked: none twice, none left out. The whole file is the JSON run ledger's design: all runs in one metadata.json, read, written anew and renamed under a lock; it syncs nothing, so it stands against durability os.`,
    metrics: [perSecond, p50, p99, longest, { key: "fairness", title: "fastest / slowest process", better: "higher" }],
    cases: [
      way("daybook-fsync", "daybook, durable", "durability fsync, lockTimeoutMs 120 s", "allocated-book", durable),
      way("sqlite-full", "better-sqlite3 FULL", sqlite("FULL"), "allocated-sqlite", durable),
      way("daybook-os", "daybook, os", "durability os, lockTimeoutMs 120 s", "allocated-book", buffered),
      way("sqlite-normal", "better-sqlite3 NORMAL", sqlite("NORMAL"), "allocated-sqlite", buffered),
      way("whole-file", "whole-file ledger", "flock, JSON.parse, JSON.stringify, write, rename; no sync", "allocated-file", wholeFile),
    ],
    reference: "sqlite-full",
    targets: [
      { text: "durable: 1.5 x better-sqlite3 FULL", case: "daybook-fsync", against: "sqlite-full", metric: "perSecond", times: 1.5 },
      { text: "durable: longest wait at most 1/10 of better-sqlite3's", case: "daybook-fsync", against: "sqlite-full", metric: "maxMs", times: 10 },
      { text: "os: 1.0 x better-sqlite3 NORMAL", case: "daybook-os", against: "sqlite-normal", metric: "perSecond", times: 1 },
      { text: "os: 500 x the whole-file ledger", case: "daybook-os", against: "whole-file", metric: "perSecond", times: 500 },
    ],
    fixtures: ["allocated-book", "allocated-sqlite", "allocated-file"],
    seconds: 18,
  };
}

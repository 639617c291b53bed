import type { Row } from "../row.js";
import { sqliteSettings } from "../sqlite-log.js";
import { daybookDurable, inThousands, longest, oneCase, p50, p99, perSecond } from "./context.js";
import type { RowContext } from "./context.js";

export function singleAppend({ sizes }: RowContext): Row {
  const count = sizes.single;
  const way = (name: string, label: string, settings: string) => oneCase(name, label, settings, "append-single", { way: name, count });
  return {
    name: "single",
    title: "Durable appends, one after another",
    method: `${inThousands(count)} events, each awaited until it is on the disk. The raw writes are the floor: lines that were serialised before, and one system call to write and one to sync.`,
    metrics: [perSecond, p50, p99, longest],
    cases: [
      way("daybook", "daybook", daybookDurable),
      way("sqlite", "better-sqlite3 FULL", sqliteSettings("FULL")),
      way("raw", "raw write + fdatasync", "one file that grows"),
      way("raw-preallocated", "raw write + fdatasync, preallocated", "one file, filled with zeros and synced before"),
      way("level", "classic-level", "put, sync: true"),
    ],
    reference: "sqlite",
    targets: [
      { text: "1.0 x better-sqlite3 FULL", case: "daybook", against: "sqlite", metric: "perSecond", times: 1 },
      { text: "0.85 x raw write + fdatasync", case: "daybook", against: "raw", metric: "perSecond", times: 0.85 },
    ],
    fixtures: [],
    seconds: 8,
  };
}

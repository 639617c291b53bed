import type { Row } from "../row.js";
import { sqliteSettings } from "../sqlite-log.js";
import { inThousands, oneCase, peak, perSecond } from "./context.js";
import type { RowContext } from "./context.js";

export function bulkAppend({ sizes }: RowContext): Row {
  const count = sizes.bulk;
  const way = (name: string, label: string, settings: string) => oneCase(name, label, settings, "append-bulk", { way: name, count });
  const sqlite = `${sqliteSettings("NORMAL")}; the last commit FULL`;
  return {
    name: "bulk",
    title: `Bulk append of ${inThousands(count)} events`,
    method: "Batches of 1,000 events, one after another, everything on the disk at the end: one last sync for each. The events are made before; 100,000 different ones go round.",
    metrics: [perSecond, peak],
    cases: [
      way("daybook-schemas", "daybook, with schemas", 'append of 1,000, durability os, the last one fsync; every type has a JSON Schema'),
      way("daybook-plain", "daybook, without schemas", "the same, with no schema registered; names and JSON are still checked"),
      way("sqlite", "better-sqlite3, transactions of 1,000", sqlite),
      way("sqlite-index", "better-sqlite3, with an index by run", `${sqlite}; index on (stream, seq)`),
      way("level", "classic-level, batches of 1,000", "batch, sync: false, the last one true"),
    ],
    reference: "sqlite",
    targets: [
      { text: "with schemas, 1.7 x better-sqlite3", case: "daybook-schemas", against: "sqlite", metric: "perSecond", times: 1.7 },
      { text: "without schemas, 2.5 x better-sqlite3", case: "daybook-plain", against: "sqlite", metric: "perSecond", times: 2.5 },
      { text: "with schemas, 6 x better-sqlite3 with an index by run", case: "daybook-schemas", against: "sqlite-index", metric: "perSecond", times: 6 },
    ],
    fixtures: [],
    seconds: 55,
  };
}

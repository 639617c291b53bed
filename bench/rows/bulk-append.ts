import type { Row } from "../row.js";
import { sqliteSettings } from "../sqlite-log.js";
import { inThousands, oneCase, peak, perSecond } from "./context.js";
import type { RowContext } from "./context.js";

export function bulkAppend({ sizes }: RowContext): Row {
  const count = sizes.bulk;
  const way = (name: string, label: string, settings: string) => oneCase(name, label, settings, "append-bulk", { way: name, count });
  const scattered = (name: string, label: string, settings: string, by: string) => oneCase(name, label, settings, "append-bulk", { way: by, count, scatteredOver: count / 100 });
  const sqlite = `${sqliteSettings("NORMAL")}; the last commit FULL`;
  return {
    name: "bulk",
    title: `Bulk append of ${inThousands(count)} events`,
    method: `Batches of 1,000 events, one after another, everything on the disk at the end: one last sync for each. ${inThousands(count / 100)} runs of 100 events; 8 runs go on at a time, an event of each in turn, or, where it says scattered, each event is of any run: an index by run does not like that. Making the events is not in the time.`,
    metrics: [perSecond, peak],
    cases: [
      way("daybook-schemas", "daybook, with schemas", "append of 1,000, durability os, the last one fsync; every type has a JSON Schema"),
      way("daybook-plain", "daybook, without schemas", "the same, with no schema registered; names and JSON are still checked"),
      way("sqlite", "better-sqlite3, transactions of 1,000", sqlite),
      way("sqlite-index", "better-sqlite3, with an index by run", `${sqlite}; index on (stream, seq)`),
      scattered("daybook-scattered", "daybook, with schemas, scattered", "as daybook, with schemas", "daybook-schemas"),
      scattered("sqlite-index-scattered", "better-sqlite3, with an index by run, scattered", "as better-sqlite3, with an index by run", "sqlite-index"),
      way("level", "classic-level, batches of 1,000", "batch, sync: false, the last one true"),
    ],
    reference: "sqlite",
    targets: [
      { text: "with schemas, 1.7 x better-sqlite3", case: "daybook-schemas", against: "sqlite", metric: "perSecond", times: 1.7 },
      { text: "without schemas, 2.5 x better-sqlite3", case: "daybook-plain", against: "sqlite", metric: "perSecond", times: 2.5 },
      { text: "with schemas, 6 x better-sqlite3 with an index by run", case: "daybook-schemas", against: "sqlite-index", metric: "perSecond", times: 6 },
      { text: "with schemas, 6 x better-sqlite3 with an index by run, both scattered", case: "daybook-scattered", against: "sqlite-index-scattered", metric: "perSecond", times: 6 },
    ],
    fixtures: [],
    seconds: 60,
  };
}

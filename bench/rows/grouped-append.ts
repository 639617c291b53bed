import type { Row } from "../row.js";
import { sqliteSettings } from "../sqlite-log.js";
import { daybookDurable, longest, oneCase, p50, p99, perSecond } from "./context.js";
import type { RowContext } from "./context.js";

export function groupedAppend(name: "grouped-64" | "grouped-1024", { sizes }: RowContext): Row {
  const callers = name === "grouped-64" ? 64 : 1024;
  const { few, fewEach, many, manyEach } = sizes.perCaller;
  const [each, ofEach] = callers === 64 ? [few, fewEach] : [many, manyEach];
  const way = (name: string, label: string, settings: string, perCaller = each) =>
    oneCase(name, label, settings, "append-grouped", { way: name, callers, count: callers * perCaller });
  return {
    name,
    title: `Durable appends, ${callers} callers in one process`,
    method: `${callers} callers append one event each, wait until it is on the disk, and come again: ${each} times each (${ofEach} where each has a transaction of its own). "Grouped" is what a careful user of a database writes by hand: collect, one transaction, tell all.`,
    metrics: [perSecond, p50, p99, longest],
    cases: [
      way("daybook", "daybook", daybookDurable),
      way("sqlite-grouped", "better-sqlite3 FULL, grouped by hand", sqliteSettings("FULL")),
      way("sqlite-each", "better-sqlite3 FULL, a transaction each", sqliteSettings("FULL"), ofEach),
      way("level-grouped", "classic-level, grouped by hand", "batch, sync: true"),
    ],
    reference: "sqlite-grouped",
    targets: [
      { text: "20 x better-sqlite3 FULL, a transaction each", case: "daybook", against: "sqlite-each", metric: "perSecond", times: 20 },
      callers === 64
        ? { text: "1.0 x better-sqlite3 grouped by hand", case: "daybook", against: "sqlite-grouped", metric: "perSecond", times: 1 }
        : { text: "1.2 x better-sqlite3 grouped by hand", case: "daybook", against: "sqlite-grouped", metric: "perSecond", times: 1.2 },
    ],
    fixtures: [],
    seconds: 10,
  };
}

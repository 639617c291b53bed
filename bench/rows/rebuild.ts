import { join } from "node:path";
import { mixOf } from "../events.js";
import type { Row } from "../row.js";
import { inThousands, oneCase, peak, perSecond } from "./context.js";
import type { RowContext } from "./context.js";

export function rebuild({ sizes, fixture }: RowContext): Row {
  const count = sizes.large;
  const way = (name: string, label: string, settings: string, source: string, by = name) => oneCase(name, label, settings, "rebuild", { way: by, count, source });
  const [large, single, sqlite] = [fixture("large"), fixture("large-single"), join(fixture("sqlite"), "log.sqlite")];
  return {
    name: "rebuild",
    title: `Verified rebuild of the built-in projections from ${inThousands(count)} events`,
    method: `book.rebuild() in one thread: runs, run-index, append-ids and imports are folded again from the first event, every commit held against its hash, and the result compared with the views as they were served. Of the events (${mixOf}) the run.* ones are folded. Better-sqlite3 checks nothing, reads pages of 5,000 rows, parses them, and feeds the very same folds. All cases are checked to end in the same state.`,
    metrics: [perSecond, peak],
    cases: [
      way("daybook-rebuild", "daybook, book.rebuild()", "log in commits of 1,000; snapshots as a closed writer left them", large),
      way("daybook-check", "daybook, book.rebuild({ check: true })", "the same; compared, and nothing replaced", large),
      way("daybook-first", "daybook, first question without snapshots", "runs.findByParamHash on a log opened read-only: runs and run-index folded from the first event", large),
      way("daybook-single", "daybook, book.rebuild(), each event a commit", "log in commits of one event", single, "daybook-rebuild"),
      way("sqlite", "better-sqlite3, pages + JSON.parse + the same folds", "one thread, readonly, prepared statement, data parsed for every row", sqlite),
      way("sqlite-ledger-types", "better-sqlite3, run.* rows only", "the same, and type glob 'run.*' in SQL: what a careful user might do", sqlite),
    ],
    reference: "sqlite",
    targets: [
      { text: "1.4 x better-sqlite3, pages + parse + the same folds", case: "daybook-rebuild", against: "sqlite", metric: "perSecond", times: 1.4 },
      { text: "2.5 x better-sqlite3, pages + parse + the same folds", case: "daybook-rebuild", against: "sqlite", metric: "perSecond", times: 2.5 },
      { text: "under 150 MB resident at the peak", case: "daybook-rebuild", metric: "peakMb", limit: 150 },
      { text: "each event a commit: 1.4 x better-sqlite3 (not asked for)", case: "daybook-single", against: "sqlite", metric: "perSecond", times: 1.4 },
    ],
    fixtures: ["large", "large-single", "sqlite"],
    agree: ["digest", "runs"],
    seconds: 60,
  };
}

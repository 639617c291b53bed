import { join } from "node:path";
import { standardWorkload, runsAmong } from "../events.js";
import type { Metric, Row } from "../row.js";
import { inThousands, oneCase, peak } from "./context.js";
import type { RowContext } from "./context.js";

const milliseconds = (key: string, title: string): Metric => ({ key, title: `${title}, ms`, better: "lower" });

export function opening({ sizes, fixture }: RowContext): Row {
  const runs = runsAmong(sizes.large, standardWorkload);
  const uid = String(runs >> 1).padStart(4, "0");
  const way = (name: string, label: string, settings: string, source: string) => oneCase(name, label, settings, "open", { way: name, source, identifier: "train", uid });
  const [large, sqlite] = [fixture("large"), join(fixture("sqlite"), "log.sqlite")];
  return {
    name: "open",
    title: "Opening in a fresh process, and one run's record",
    method: `A log of ${inThousands(sizes.large)} events and ${inThousands(runs)} runs, with the snapshots that a closed writer leaves; a database with the same events and a table of runs. Measured inside of the process from before the import to the record, and as the whole process with the start of Node. Everything is in the page cache.`,
    metrics: [milliseconds("totalMs", "in all"), milliseconds("importMs", "import"), milliseconds("openMs", "open"), milliseconds("recordMs", "record"), milliseconds("processMs", "whole process"), peak],
    cases: [
      way("daybook-read", "daybook, read-only", "openDaybook(readOnly), runs.getRecord", large),
      way("sqlite-read", "better-sqlite3, readonly", "require, open, one row by primary key, JSON.parse", sqlite),
      way("daybook-write", "daybook, for writing", "openDaybook, runs.getRecord; checks the newest 64 MiB of the log against its hashes", large),
      way("sqlite-write", "better-sqlite3, for writing", "the same", sqlite),
    ],
    reference: "sqlite-read",
    targets: [
      { text: "read-only: not slower than better-sqlite3", case: "daybook-read", against: "sqlite-read", metric: "totalMs", times: 1 },
      { text: "read-only, whole process: not slower than better-sqlite3", case: "daybook-read", against: "sqlite-read", metric: "processMs", times: 1 },
      { text: "for writing: not slower than better-sqlite3", case: "daybook-write", against: "sqlite-write", metric: "totalMs", times: 1 },
    ],
    fixtures: ["large", "sqlite"],
    rounds: 15,
    seconds: 1.5,
  };
}

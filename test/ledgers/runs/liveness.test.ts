import { expect, it } from "vitest";
import { Status, statuses } from "../../../src/events/status.js";
import { judgeLiveness } from "../../../src/ledgers/runs/liveness.js";
import type { Liveness, ProcessSight } from "../../../src/ledgers/runs/liveness.js";
import type { AttemptRow, RunRow } from "../../../src/projections/views/run-row.js";
import { holder } from "./given.js";

const at = (seconds: number): string => new Date(Date.parse("2026-11-21T12:00:00.000Z") + seconds * 1000).toISOString();
const now = Date.parse(at(100));

/** `ended, then changed`: somebody without a lease has set a status after the attempt ended. */
const leases = ["none", "open", "ended", "ended, then changed"] as const;
type Lease = (typeof leases)[number];
const sights: readonly ProcessSight[] = ["running", "gone", "unseen"];

interface Case {
  readonly status: Status;
  readonly lease: Lease;
  readonly sight: ProcessSight;
  /** Longer than promised. */
  readonly silent: boolean;
}

const cases: readonly Case[] = statuses.flatMap((status) =>
  leases.flatMap((lease) => sights.flatMap((sight) => [false, true].map((silent) => ({ status, lease, sight, silent })))),
);

/** The first line that fits a case judges it. */
const rules: readonly [Partial<Case>, Liveness][] = [
  [{ status: Status.DONE }, "ended"],
  [{ status: Status.ERROR }, "ended"],
  [{ lease: "none" }, "unknown"],
  [{ lease: "ended" }, "ended"],
  [{ lease: "ended, then changed" }, "unknown"],
  [{ sight: "gone" }, "lost"],
  [{ silent: true }, "lost"],
  [{}, "live"],
];

const fits = (one: Case, rule: Partial<Case>): boolean => (Object.keys(rule) as (keyof Case)[]).every((key) => one[key] === rule[key]);

function rowOf({ status, lease, silent }: Case): RunRow {
  const attempt: AttemptRow = {
    attempt: 1,
    ...holder,
    by: "w",
    started: at(0),
    lastBeat: at(silent ? 39 : 41),
    beatWithinMs: 60_000,
    ...(lease.startsWith("ended") ? { ended: at(45) } : {}),
  };
  const last = { status, time: at(lease === "ended, then changed" ? 46 : 45), by: "w" };
  return {
    identifier: "train", relpath: "", uid: "0001", status, files: {}, metrics: {}, tags: [], changedSeq: 1, changed: at(0),
    attempts: lease === "none" ? [] : [attempt],
    history: [{ status: Status.PENDING, time: at(0), by: "w" }, last],
  };
}

it.each(
  rules.map(([rule, liveness], index) => ({ rule, liveness, index })),
)("judges $rule, where no line above fits, $liveness", ({ liveness, index }) => {
  const mine = cases.filter((one) => rules.findIndex(([rule]) => fits(one, rule)) === index);
  expect(mine).not.toHaveLength(0);
  const judged = mine.map((one) => ({ ...one, liveness: judgeLiveness(rowOf(one), { nowMs: now, sees: () => one.sight }) }));
  expect(judged).toEqual(mine.map((one) => ({ ...one, liveness })));
});

it("has judged every combination of status, lease, sight of the process and silence", () => {
  expect(cases).toHaveLength(4 * 4 * 3 * 2);
});

it("takes a beat at the very moment of the promise for kept", () => {
  const row = rowOf({ status: Status.RUNNING, lease: "open", sight: "unseen", silent: false });
  const judge = (nowMs: number): Liveness => judgeLiveness(row, { nowMs, sees: () => "unseen" });
  expect([judge(Date.parse(at(101))), judge(Date.parse(at(101)) + 1)]).toEqual(["live", "lost"]);
});

it("takes a beat from the future, by a clock that is ahead, for a sign of life", () => {
  expect(
    judgeLiveness(
      rowOf({ status: Status.RUNNING, lease: "open", sight: "unseen", silent: false }),
      { nowMs: Date.parse(at(0)), sees: () => "unseen" },
    ),
  ).toBe("live");
});

it("looks at the latest attempt only", () => {
  const row = rowOf({ status: Status.RUNNING, lease: "open", sight: "running", silent: false });
  const before: AttemptRow = { ...row.attempts[0]!, lastBeat: at(0), pid: 1 };
  const seen: number[] = [];
  const sees = (attempt: AttemptRow): ProcessSight => {
    seen.push(attempt.pid);
    return "running";
  };
  expect(judgeLiveness({ ...row, attempts: [before, { ...row.attempts[0]!, attempt: 2 }] }, { nowMs: now, sees })).toBe("live");
  expect(seen).toEqual([holder.pid]);
});

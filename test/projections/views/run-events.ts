import fc from "fast-check";
import type { NewCatalogueEvent } from "../../../src/events/catalogue.js";
import type { RecordedEvent } from "../../../src/events/recorded-event.js";
import { statuses } from "../../../src/events/status.js";
import type { Status } from "../../../src/events/status.js";
import { recorded } from "./fold-rows.js";

// Few streams, so that events meet; some are no runs.
const stream = fc.constantFrom(
  "run/a/0001",
  "run/a/0002",
  "run/a/x/0001",
  "run/b/y z/w/10000",
  "run/__proto__/0001",
  "run/a",
  "run/a/xyz",
  "note/1",
);
const name = fc.constantFrom("model", "loss", "__proto__", "constructor", "é/😀");
const attempt = fc.integer({ min: 1, max: 3 });
const status = fc.constantFrom(...statuses);

/** A dictionary with own keys only, `__proto__` among them. */
const named = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<{ readonly [key: string]: Value }> =>
  fc
    .uniqueArray(fc.tuple(name, value), { minLength: 1, maxLength: 3, selector: ([key]) => key })
    .map((entries) => Object.fromEntries(entries));

const payload: fc.Arbitrary<Omit<NewCatalogueEvent, "stream">> = fc.oneof(
  fc.record(
    {
      uid: fc.constantFrom("0001", "0002"),
      paramHash: fc.constantFrom("h", "i"),
      params: fc.constant({ lr: 0.1, deep: { a: [1] } }),
      status,
      storage: fc.constant("prefix" as const),
    },
    { requiredKeys: ["uid"] },
  ).map((data) => ({ type: "run.allocated" as const, data })),
  status.map((value) => ({ type: "run.status-changed" as const, data: { status: value } })),
  named(fc.constantFrom("a.pt", "/abs/b.pt")).map((files) => ({ type: "run.files-attached" as const, data: { files } })),
  named(fc.constantFrom(1, 0.5, "text", true, null)).map(
    (metrics) => ({ type: "run.metrics-recorded" as const, data: { metrics, step: 1 } }),
  ),
  fc.constant({ type: "run.error-recorded" as const, data: { message: "out of memory", name: "Error" } }),
  fc.string().map((note) => ({ type: "run.noted" as const, data: { note } })),
  fc.uniqueArray(fc.constantFrom("best", "slow", "old"), { minLength: 1 }).map((tags) => ({ type: "run.tagged" as const, data: { tags } })),
  attempt.map((number) => ({
    type: "run.attempt-started" as const,
    data: { attempt: number, host: "node7", boot: "b", pidNamespace: "n", pid: 4711, processStart: "99", beatWithinMs: 60_000 },
  })),
  attempt.map((number) => ({ type: "run.heartbeat-recorded" as const, data: { attempt: number, beatWithinMs: 30_000 } })),
  fc.tuple(attempt, fc.constantFrom({}, { exitCode: 1 }, { signal: "SIGKILL" })).map(
    ([number, how]) => ({ type: "run.attempt-ended" as const, data: { attempt: number, ...how } }),
  ),
);

/** Any events of runs: of runs that were never allocated, allocated twice, with attempts that never began. */
export const runEvents: fc.Arbitrary<RecordedEvent[]> = fc
  .array(fc.tuple(stream, payload), { maxLength: 40 })
  .map((pairs) => recorded(pairs.map(([where, what]) => ({ stream: where, ...what }) as NewCatalogueEvent)));

/** An allocation of a run at the root, PENDING. */
export const allocated = (at: string): NewCatalogueEvent => ({
  stream: at,
  type: "run.allocated",
  data: { uid: at.slice(at.lastIndexOf("/") + 1) },
});

/** A change of status. */
export const statusChanged = (at: string, to: Status): NewCatalogueEvent => ({
  stream: at,
  type: "run.status-changed",
  data: { status: to },
});

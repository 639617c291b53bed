import { runsAmong, standardWorkload } from "../events.js";
import type { Case, Row, Target } from "../row.js";
import { inThousands, oneCase, p50, peak, perSecond } from "./context.js";
import type { RowContext } from "./context.js";

/** "Within 1.5 x", as a ratio of how good it is. */
const grown = 1 / 1.5;
/** Counted: equal. Of bytes, but for numbers in the lines that have two digits more. */
const equalCalls = 1 / 1.001;
const equalBytes = 1 / 1.06;

interface LogOfSize {
  readonly name: "small" | "large-few-runs" | "large";
  readonly label: string;
  readonly run: string;
}

function logsOf({ sizes: { large, small } }: RowContext): readonly [LogOfSize, LogOfSize, LogOfSize] {
  const perRun = (standardWorkload.perRun * large) / small;
  const [few, fewer, many] = [runsAmong(small, standardWorkload), runsAmong(large, { ...standardWorkload, perRun }), runsAmong(large, standardWorkload)];
  return [
    { name: "small", label: `${inThousands(small)} events, ${few} runs`, run: "0001" },
    { name: "large-few-runs", label: `${inThousands(large)} events, ${fewer} runs`, run: "0001" },
    { name: "large", label: `${inThousands(large)} events, ${inThousands(many)} runs`, run: "0001" },
  ];
}

const fixtures = ["small", "large-few-runs", "large"];

/** The large logs against the small one, in one metric. */
function comparisons(logs: readonly LogOfSize[], operation: string, label: string, metric: string, times: number, wanted: string, exact = false): Target[] {
  const [small, ...larger] = logs;
  return larger.map((log) => ({
    text: `${label}, ${log.label}: ${wanted} the small log's`,
    case: `${operation}@${log.name}`,
    against: `${operation}@${small?.name ?? ""}`,
    metric,
    times,
    exact,
  }));
}

const operations = {
  "append-fsync": "single append, durable",
  "append-os": "single append, os",
  "append-grouped": "append by 64 callers, durable",
  allocate: "allocation, os",
  record: "getRecord",
} as const;

type Operation = keyof typeof operations;

function casesOf(context: RowContext, logs: readonly LogOfSize[], countFor: (operation: Operation) => number, counting: boolean): Case[] {
  return (Object.keys(operations) as Operation[]).flatMap((operation) =>
    logs.map(({ name, label, run }) => ({
      ...oneCase(`${operation}@${name}`, `${operations[operation]}: ${label}`, "a log that a writer has closed, opened for writing", "growth", {
        way: operation,
        source: context.fixture(name),
        count: countFor(operation),
        counting,
        run,
      }),
      reference: `${operation}@small`,
    })),
  );
}

export function growth(context: RowContext): Row {
  const logs = logsOf(context);
  const { durable, grouped, buffered } = context.sizes.growth;
  const counts: Readonly<Record<Operation, number>> = { "append-fsync": durable, "append-grouped": grouped, "append-os": buffered, allocate: buffered, record: buffered };
  return {
    name: "growth",
    title: "Growth: speed on a log 100 times as long",
    method: "The same operations on a small log, on a long one with as few runs, and on a long one with 100 times as many runs, each in a fresh process that has opened it and warmed up.",
    metrics: [perSecond, p50],
    cases: casesOf(context, logs, (operation) => counts[operation], false),
    reference: "append-fsync@small",
    targets: (Object.keys(operations) as Operation[]).flatMap((operation) => comparisons(logs, operation, operations[operation], "perSecond", grown, "within 1.5 x of")),
    fixtures,
    seconds: 25,
  };
}

export function growthOpen(context: RowContext): Row {
  const logs = logsOf(context);
  const ways = { read: "open read-only + record", write: "open for writing + record" } as const;
  const each = Object.entries(ways);
  return {
    name: "growth-open",
    title: "Growth: opening a log 100 times as long",
    method: "Opening in a fresh process and one run's record, imports included, as in the row on opening.",
    metrics: [{ key: "totalMs", title: "in all, ms", better: "lower" }, { key: "openMs", title: "open, ms", better: "lower" }, { key: "recordMs", title: "record, ms", better: "lower" }, peak],
    cases: each.flatMap(([way, label]) =>
      logs.map(({ name, label: size, run }) => ({
        ...oneCase(`${way}@${name}`, `${label}: ${size}`, "snapshots as a closed writer leaves them", "open", { way: `daybook-${way}`, source: context.fixture(name), identifier: "train", uid: run }),
        reference: `${way}@small`,
      })),
    ),
    reference: "read@small",
    targets: each.flatMap(([way, label]) => comparisons(logs, way, label, "totalMs", grown, "within 1.5 x of")),
    fixtures,
    rounds: 9,
    seconds: 2,
  };
}

export function growthCalls(context: RowContext): Row {
  const logs = logsOf(context);
  const count = Math.min(1000, context.sizes.growth.buffered);
  return {
    name: "growth-calls",
    title: "Growth: system calls and bytes of an operation",
    method: `Counted at the file system that the log stands on, over ${inThousands(count)} operations; the lock's calls and the watcher's are not in it. One round: nothing is timed. Bytes are equal within 6 %: a seq, a sync and a uid have up to two digits more.`,
    metrics: [
      { key: "calls", title: "system calls", better: "lower" },
      { key: "bytesWritten", title: "bytes written", better: "lower" },
      { key: "bytesRead", title: "bytes read", better: "lower" },
    ],
    cases: casesOf(context, logs, () => count, true),
    reference: "append-fsync@small",
    targets: (Object.keys(operations) as Operation[]).flatMap((operation) => [
      ...comparisons(logs, operation, `${operations[operation]}, system calls`, "calls", equalCalls, "equal to", true),
      ...comparisons(logs, operation, `${operations[operation]}, bytes`, operation === "record" ? "bytesRead" : "bytesWritten", equalBytes, "equal to", true),
    ]),
    fixtures,
    rounds: 1,
    seconds: 15,
  };
}

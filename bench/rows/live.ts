import type { Row } from "../row.js";
import { longest, oneCase, p50, p99 } from "./context.js";
import type { RowContext } from "./context.js";

export function live({ sizes }: RowContext): Row {
  const count = sizes.ticks;
  const way = (name: string, label: string, settings: string) => oneCase(name, label, settings, "live", { way: name, count });
  return {
    name: "live",
    title: "From an append in one process to events$ in another",
    method: `${count} events, 2 to 6 ms apart, each with the time right before its append; measured in the subscriber of the other process, by a clock that both share. The floors: fs.watch on a file whose new end is read, and a line through a unix socket.`,
    metrics: [p50, p99, longest, { key: "readerCpuMs", title: "reader's CPU, ms", better: "lower" }],
    cases: [
      way("daybook-os", "daybook, os", "durability os; events$ of a read-only daybook"),
      way("daybook-fsync", "daybook, durable", "durability fsync; events$ of a read-only daybook"),
      way("file", "raw fs.watch + read", "one file, appended to"),
      way("socket", "raw unix socket", "a line per event"),
    ],
    reference: "file",
    targets: [
      { text: "os: median under 0.2 ms", case: "daybook-os", metric: "p50us", limit: 200 },
      { text: "os: 99th percentile under 2 ms", case: "daybook-os", metric: "p99us", limit: 2000 },
      { text: "durable: median under 0.2 ms", case: "daybook-fsync", metric: "p50us", limit: 200 },
      { text: "durable: 99th percentile under 2 ms", case: "daybook-fsync", metric: "p99us", limit: 2000 },
    ],
    fixtures: [],
    seconds: 11,
  };
}

import type { Row } from "../row.js";
import { oneCase, p99, perSecond } from "./context.js";
import type { RowContext } from "./context.js";

const leases = 100;
const beatsPerSecond = 10;

export function beats({ sizes }: RowContext): Row {
  const seconds = sizes.beatSeconds;
  const way = (processes: number, label: string) =>
    oneCase(`processes-${processes}`, label, "RunLease.beat(), durability os", "beats", { processes, leases, beatsPerSecond, seconds });
  const wanted = leases * beatsPerSecond;
  const targets = (name: string, where: string) => [
    { text: `${where}: sustained, 99 % of ${wanted} beats a second`, case: name, metric: "perSecond", limit: wanted * 0.99 },
    { text: `${where}: event-loop delay p99 under 20 ms`, case: name, metric: "loopDelayP99Ms", limit: 20 },
  ];
  return {
    name: "beats",
    title: "1,000 beats a second",
    method: `${leases} leases, as ${leases} processes would hold them, beat ${beatsPerSecond} times a second each, for ${seconds} s, on time: a beat that comes late does not move the next. Each beat is an event; at the end the log is read and counted. The delay of the event loop is that of monitorEventLoopDelay with a resolution of 1 ms, which is part of it.`,
    metrics: [
      perSecond,
      { key: "loopDelayP99Ms", title: "event-loop delay p99, ms", better: "lower" },
      { key: "loopDelayMaxMs", title: "longest, ms", better: "lower" },
      { key: "beatP50us", title: "from due to done, p50, µs", better: "lower" },
      { key: "beatP99us", title: p99.title, better: "lower" },
    ],
    cases: [way(1, "daybook, 100 leases in one process"), way(4, "daybook, 25 leases in each of 4 processes")],
    reference: "processes-1",
    targets: [...targets("processes-1", "one process"), ...targets("processes-4", "4 processes")],
    fixtures: [],
    seconds: 26,
  };
}

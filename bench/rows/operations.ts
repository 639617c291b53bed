import type { Row, Target } from "../row.js";
import { inThousands, oneCase, p50, perSecond } from "./context.js";
import type { RowContext } from "./context.js";

const ways = { beat: "a beat", call: "a call, from its start to its end" } as const;
type Way = keyof typeof ways;
const few = 10;

export function operations({ sizes: { operations: sizes } }: RowContext): Row {
  const pasts = [few, sizes.past];
  const name = (way: Way, past: number): string => `${way}@${past}`;
  const each = Object.keys(ways) as Way[];
  const targets = (way: Way): Target[] => {
    const against = { case: name(way, sizes.past), against: name(way, few) };
    return [
      { text: `${ways[way]}, after ${inThousands(sizes.past)} calls: within 1.5 x of the speed after ${few}`, ...against, metric: "perSecond", times: 1 / 1.5 },
      // A seq, a count and an id have up to three digits more.
      { text: `${ways[way]}, after ${inThousands(sizes.past)} calls: as many bytes as after ${few}`, ...against, metric: "bytesWritten", times: 1 / 1.06, exact: true },
    ];
  };
  return {
    name: "operations",
    title: "A beat and a call of an operation",
    method: `In an operation that has had few calls, and in one that has had many: all ended, one process. ${inThousands(sizes.count)} of each, one after another, in a fresh process.`,
    metrics: [perSecond, p50, { key: "bytesWritten", title: "bytes written", better: "lower" }],
    cases: each.flatMap((way) =>
      pasts.map((past) => ({
        ...oneCase(name(way, past), `${ways[way]}, after ${inThousands(past)} calls`, "durability os", "operations", { way, past, count: sizes.count }),
        reference: name(way, few),
      })),
    ),
    reference: name("beat", few),
    targets: each.flatMap(targets),
    fixtures: [],
    seconds: 12,
  };
}

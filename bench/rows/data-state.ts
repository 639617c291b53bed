import type { Case, Metric, Row } from "../row.js";
import { inThousands, oneCase } from "./context.js";
import type { RowContext } from "./context.js";

const lower = (key: string, title: string): Metric => ({ key, title, better: "lower" });
const ms = lower("ms", "ms");

const program = (name: string, label: string, settings: string, way: string, args: Case["args"]): Case => oneCase(name, label, settings, "data-state", { way, changes: 0, ...args });

export function dataState({ sizes: { samples } }: RowContext): Row {
  const count = samples;
  const update = (changes: number): Case => program(`update-${changes}`, `${inThousands(changes)} of them discarded, digest again`, "DataState.discard(uids).digest", "update", { count, changes });
  return {
    name: "data-state",
    title: `The digest of a data state of ${inThousands(count)} samples`,
    method: `${inThousands(count)} uids of 14 characters in a list, a tenth discarded in a set, a fifth with two tags in a map; each time once, in a fresh process. The plain way makes a line of each sample, sorts all and takes one SHA-256; the floor is XXH3-128 over those lines when they are already one buffer. Memory is what the process has had resident at most, beyond what it had before.`,
    metrics: [ms, lower("moreMb", "more memory, MB")],
    cases: [
      program("sorted", "lines, sorted, SHA-256", "what needs no library", "sorted", { count }),
      program("hash", "hashDataState", "from the list, the set and the map", "hash", { count }),
      update(1),
      update(100),
      update(10_000),
      program("floor", "XXH3-128 of the bytes alone", "one buffer that is there already", "floor", { count }),
    ],
    reference: "sorted",
    targets: [
      { text: "hashDataState: no slower than sorting", case: "hash", against: "sorted", metric: "ms", times: 1 },
      { text: "one sample changed: 1,000 times as fast as hashing all", case: "update-1", against: "hash", metric: "ms", times: 1000 },
      { text: "100 samples changed: 100 times as fast as hashing all", case: "update-100", against: "hash", metric: "ms", times: 100 },
    ],
    fixtures: [],
    seconds: 15,
  };
}

export function dataStateFile({ sizes: { samples } }: RowContext): Row {
  const count = samples;
  return {
    name: "data-state-file",
    title: `data_state.yaml of ${inThousands(count)} samples`,
    method: "The content as it is kept in the log and the file from it, into memory: the whole, and after 100 samples were discarded what differs from the earlier one.",
    metrics: [ms, lower("kilobytes", "file, kB"), lower("moreMb", "more memory, MB")],
    cases: [
      program("whole", "the whole state", "uids, discarded and tags", "yaml-whole", { count }),
      program("delta", "100 discarded since an earlier one", "what differs", "yaml-delta", { count, changes: 100 }),
    ],
    reference: "whole",
    targets: [{ text: "what differs: at most 1/100 of the time", case: "delta", against: "whole", metric: "ms", times: 100 }],
    fixtures: [],
    seconds: 12,
  };
}

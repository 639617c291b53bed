import type { KillPlan } from "../crash-matrix/kill-switch.js";

/** What a program does, one step after another. */
export type Step = "durable" | "os" | "large" | "large-os" | "group" | "twice" | "nothing" | "allocate" | "bulk" | "seal" | "reopen";

export interface ProgramTask {
  /** The folder under which everything happens. */
  readonly base: string;
  readonly root: string;
  /** Where to record, and what the clock showed then. */
  readonly file: string;
  readonly epoch: string;
  readonly by: string;
  readonly steps: readonly Step[];
  readonly kill?: KillPlan;
}

/** A process of a recording: its steps, and where it is killed on the way. */
export interface Part {
  readonly steps: readonly Step[];
  readonly kill?: KillPlan;
}

/** A recording: parts of one stage run at once, stages one after another. */
export interface Plot {
  readonly name: string;
  /** Short enough to build every state. */
  readonly short: boolean;
  /** What was on the disk before: nothing, or what a power cut has left of another log. */
  readonly from: "nothing" | "power cut";
  readonly stages: readonly (readonly Part[])[];
}

const killAt = (kind: string, ordinal: number, phase: KillPlan["phase"], part = 0.6): KillPlan => ({ kind, ordinal, phase, part });
const plot = (name: string, short: boolean, ...stages: readonly (readonly Part[])[]): Plot => ({ name, short, from: "nothing", stages });
const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

export const plots: readonly Plot[] = [
  plot("creation, and one append", true, [{ steps: ["durable"] }]),
  plot("appends of both kinds", true, [{ steps: ["durable", "os", "os", "durable", "nothing", "os", "large-os"] }]),
  plot("nothing but appends that wait for no disk", true, [{ steps: ["os", "large-os", "os", "os"] }]),
  plot("rotation and sealing", true, [{ steps: ["large", "large", "durable", "seal", "large", "large", "seal"] }]),
  plot("appends over zeros", false, [{ steps: [...times(14, "durable" as const), "os", "durable", "reopen", "durable"] }]),
  plot("appends over zeros, killed inside of a write", false,
    [{ steps: times(20, "durable"), kill: killAt("write a segment", 16, "partly") }],
    [{ steps: ["durable", "os", "large", "nothing"] }]),
  plot("two append over zeros", false, times(2, { steps: [...times(11, "durable" as const), "os", "nothing", "durable"] })),
  plot("a torn tail and its recovery", true, [{ steps: ["durable", "os", "large"], kill: killAt("write a segment", 3, "partly") }], [{ steps: ["os", "durable", "nothing"] }]),
  plot("recovery killed behind the copy's rename", true,
    [{ steps: ["durable", "large"], kill: killAt("write a segment", 2, "partly") }],
    [{ steps: ["durable"], kill: killAt("rename a quarantine copy", 1, "after") }],
    [{ steps: ["durable", "durable"] }]),
  plot("recovery killed inside of its write", true,
    [{ steps: ["durable", "large"], kill: killAt("write a segment", 2, "partly") }],
    [{ steps: ["large"], kill: killAt("write a segment", 1, "partly", 0.3) }],
    [{ steps: ["os", "durable"] }]),
  plot("creation killed behind its folders", true, [{ steps: [], kill: killAt("make the folder log", 1, "after") }], [{ steps: ["durable"] }]),
  plot("creation killed behind the link", true, [{ steps: [], kill: killAt("link daybook.json", 1, "after") }], [{ steps: ["durable"] }]),
  plot("creation killed behind the first segment's rename", true, [{ steps: [], kill: killAt("rename a segment's header", 1, "after") }], [{ steps: ["nothing", "durable"] }]),
  plot("rotation killed behind the rename", true, [{ steps: ["large", "large", "os"], kill: killAt("rename a segment's header", 2, "after") }], [{ steps: ["durable", "seal"] }]),
  plot("sealing killed before its sync", true,
    [{ steps: ["large", "large", "large", "seal", "large"], kill: killAt("sync log/manifest.ndjson", 1, "before") }],
    [{ steps: ["large", "large", "seal", "large", "seal"] }]),
  plot("three create at once", false, times(3, { steps: ["durable", "durable"] })),
  plot("groups", false, [{ steps: times(6, "group") }]),
  plot("two mix durable and not", false, times(2, { steps: [...times(4, "os" as const), "durable", "large-os", "twice", "nothing", "os", "large", "durable"] })),
  plot("four append and rotate", false, times(4, { steps: ["durable", "large", "nothing", "durable", "large-os", "nothing", "twice", "large", "seal"] })),
  plot("two allocate runs", false, times(2, { steps: times(5, "allocate") })),
  plot("snapshots", false, [{ steps: ["bulk", "allocate", "reopen", "bulk", "reopen", "allocate", "bulk", "reopen", "durable"] }]),
  plot("two go on behind a third that was killed", false,
    [{ steps: ["large", "durable", "large", "large"], kill: killAt("write a segment", 3, "partly") }, { steps: times(6, "durable") }],
    times(2, { steps: ["os", "large", "durable", "nothing"] })),
  { name: "recovery behind a power cut", short: true, from: "power cut", stages: [[{ steps: ["durable", "os", "nothing"] }]] },
  { name: "recovery behind a power cut, killed inside of its write", short: true, from: "power cut",
    stages: [[{ steps: ["large"], kill: killAt("write a segment", 1, "partly", 0.4) }], [{ steps: ["os", "durable"] }]] },
];

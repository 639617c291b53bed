/**
 * daybook/projects: runs on a higher level. A {@link Project} is a place where runs belong together, a {@link Session} is one run that
 * is found or made by its parameters, taken up, and brought to an end. A {@link Sweep} is many sets of parameters, each for one run.
 */
export type { AggregateFormat, AggregateOptions, AggregateResult, AggregateRows, AggregateText, MissingFile } from "./ledgers/projects/aggregate.js";
export type { MissingReason } from "./ledgers/projects/attached-json.js";
export type { AggregateRow } from "./ledgers/projects/join-rows.js";
export { Project } from "./ledgers/projects/project.js";
export type { ExistingRuns, ProjectOptions, SessionOptions } from "./ledgers/projects/project-options.js";
export type { RunScope, Session, SessionOutcome, SessionStart, SessionStartOptions } from "./ledgers/projects/session.js";
export type { PathOptions } from "./ledgers/projects/session-paths.js";
export type { IfDone, IfLive, TakeUpPolicy } from "./ledgers/projects/take-up-policy.js";
export type { RunStorage } from "./events/run-storage.js";
export type { BestRun } from "./ledgers/projects/sweep/best-run.js";
export type { RunnableSweep, SweepOptions } from "./ledgers/projects/sweep/runnable-sweep.js";
export type { SweepScope, SweepWork } from "./ledgers/projects/sweep/attempt.js";
export type { SweepRunOptions } from "./ledgers/projects/sweep/sweep-options.js";
export type { SweepFailure, SweepReport } from "./ledgers/projects/sweep/sweep-report.js";
export type { SweepCounts, SweepProgress } from "./ledgers/projects/sweep/sweep-tally.js";
export { chain } from "./ledgers/sweeps/chain.js";
export type { SweepLike } from "./ledgers/sweeps/chain.js";
export { readSweepFile } from "./ledgers/sweeps/file/read-sweep-file.js";
export { product } from "./ledgers/sweeps/product.js";
export type { ProductOptions } from "./ledgers/sweeps/product.js";
export { readSweep } from "./ledgers/sweeps/read-sweep.js";
export type { SampleOptions, Sweep } from "./ledgers/sweeps/sweep.js";
export { zip } from "./ledgers/sweeps/zip.js";
export type { ZipOptions } from "./ledgers/sweeps/zip.js";

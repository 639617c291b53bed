/**
 * daybook/projects: runs on a higher level. A {@link Project} is a place where runs belong together, a {@link Session} is one run that
 * is found or made by its parameters, taken up, and brought to an end.
 */
export { Project } from "./ledgers/projects/project.js";
export type { ExistingRuns, ProjectOptions, SessionOptions } from "./ledgers/projects/project-options.js";
export type { RunScope, Session, SessionOutcome, SessionStart, SessionStartOptions } from "./ledgers/projects/session.js";
export type { PathOptions } from "./ledgers/projects/session-paths.js";
export type { IfDone, IfLive, TakeUpPolicy } from "./ledgers/projects/take-up-policy.js";
export type { RunStorage } from "./events/run-storage.js";

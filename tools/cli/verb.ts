import type { Command } from "commander";
import type { Moment } from "../../src/index.js";

/** What every verb is told besides its own arguments. */
export interface Context {
  /** Absolute path of the root, found by the default rule. */
  readonly root: string;
  /** NDJSON instead of tables. */
  readonly json: boolean;
  /** Of a verb that reads as of a moment: which one. Undefined: now. */
  readonly at?: Moment;
  /** Modules with projections of one's own, for a verb that shows or folds views; else none. */
  readonly projections: readonly string[];
  /** The command line as it was typed, from the verb's program on. */
  readonly argv: readonly string[];
}

/** One verb of the command line. */
export interface Verb {
  readonly name: string;
  /** Takes `--at`: `readBook` gives it the daybook as of then. */
  readonly asOf?: boolean;
  /** It shows or folds views: projections of one's own are loaded first. */
  readonly views?: true;
  /** Declares arguments, options and help. Called at every start: it must not load anything heavy. */
  configure(command: Command): void;
  /** Does the work; `command` has the parsed arguments. @returns the exit code */
  run(context: Context, command: Command): Promise<number>;
}

/** A verb that consists of others, such as `checkpoints` of `checkpoints prune`. */
export interface VerbGroup {
  readonly name: string;
  /** The first one is meant where none is named. */
  readonly verbs: readonly Verb[];
  /** As that of a verb; declares no arguments and options. */
  configure(command: Command): void;
}

/** Where a program leaves the exit code of its verb for the edge. */
export interface Outcome {
  exitCode: number;
}

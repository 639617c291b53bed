import { checkSignal } from "../../base/checks.js";
import { InvalidOptionError } from "../../base/errors.js";
import type { DaybookOptions } from "../../daybook-options.js";
import type { RunStorage } from "../../events/run-storage.js";
import { parseRelpath } from "../../events/names.js";
import { checkOptions, resolveStorage } from "../runs/run-input.js";
import { oneOf } from "./take-up-policy.js";

/** What a session is made of where a run with the same parameters exists: that run, or a new one. */
export type ExistingRuns = "resume" | "new";

/** How a project is opened. */
export interface ProjectOptions {
  /** Sub-folder namespace of its runs, such as `mnist/cnn`. Default: the root. */
  readonly relpath?: string;
  /** Default `"resume"`. */
  readonly existingRuns?: ExistingRuns;
  /** How the files of its new runs lie. Default `"subfolder"`. A run that is there keeps its own mode. */
  readonly storage?: RunStorage;
  /** Gives up what this project, those below it and their sessions wait for, and stops work under `Session.run`. */
  readonly signal?: AbortSignal;
  /** How the daybook is opened, when the project is opened from a folder. */
  readonly daybook?: DaybookOptions;
}

/** How a session is made. */
export interface SessionOptions {
  /** Default: the project's. */
  readonly existingRuns?: ExistingRuns;
  /** Default: the project's. A run that is there keeps its own mode. */
  readonly storage?: RunStorage;
  /** Said of a new run, in the same append as its allocation; a run that is there is left as it is. */
  readonly tags?: readonly string[];
  readonly note?: string;
  readonly signal?: AbortSignal;
}

/** A project's settings, checked. */
export interface ProjectSettings {
  readonly relpath: string;
  readonly existingRuns: ExistingRuns;
  readonly storage: RunStorage;
  readonly signal: AbortSignal | undefined;
}

const choices: readonly ExistingRuns[] = ["resume", "new"];

/** @throws InvalidOptionError @throws InvalidIdError */
export function resolveProject(options: ProjectOptions, ownsDaybook: boolean): ProjectSettings {
  checkOptions(options, ["relpath", "existingRuns", "storage", "signal", "daybook"]);
  checkSignal(options.signal);
  if (options.daybook !== undefined && !ownsDaybook) throw new InvalidOptionError("daybook", "says how a daybook is opened; this one is open");
  return {
    relpath: parseRelpath(options.relpath),
    existingRuns: resolveExistingRuns(options.existingRuns ?? "resume"),
    storage: resolveStorage(options.storage),
    signal: options.signal,
  };
}

/** @throws InvalidOptionError */
export function resolveSession(options: SessionOptions, project: ProjectSettings): { readonly existingRuns: ExistingRuns; readonly storage: RunStorage } {
  checkOptions(options, ["existingRuns", "storage", "tags", "note", "signal"]);
  checkSignal(options.signal);
  return {
    existingRuns: resolveExistingRuns(options.existingRuns ?? project.existingRuns),
    storage: resolveStorage(options.storage ?? project.storage),
  };
}

const resolveExistingRuns = (value: unknown): ExistingRuns => oneOf("existingRuns", value, choices);

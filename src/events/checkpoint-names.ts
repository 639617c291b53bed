/** What streams and folders of experiments and checkpoints are called. */
import { isPart, parsePart } from "./alphabet.js";
import { InvalidOptionError, preview } from "../base/errors.js";

/** A checkpoint: a step under a hash's folder. */
export interface CheckpointName {
  readonly folder: string;
  readonly step: number;
}

const folderPattern = /^[0-9a-z]{24}(-[0-9]+)?$/;
const stepPattern = /^[0-9]{6,16}$/;

/** What an experiment is called: one part, such as `main`. @throws InvalidIdError */
export function parseExperiment(value: unknown): string {
  return parsePart("experiment", value);
}

/** The stream of an experiment, with its changes of hash. Takes a parsed name. */
export const experimentStream = (experiment: string): string => `experiment/${experiment}`;

/** The experiment of a stream; undefined for every other stream. */
export function parseExperimentStream(stream: string): string | undefined {
  const name = stream.startsWith("experiment/") ? stream.slice("experiment/".length) : "";
  return isPart(name) ? name : undefined;
}

/** Six digits, more past 999999: `000100`. Takes a whole number from 0 on. */
export const formatStep = (step: number): string => String(step).padStart(6, "0");

/** A step is a whole number from 0 on. @throws InvalidOptionError */
export function parseStep(value: unknown, field = "step"): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidOptionError(field, `must be a whole number from 0 on, not ${preview(value)}`);
}

/** The stream of a checkpoint: `checkpoint/HASH/000100`. */
export const checkpointStream = (folder: string, step: number): string => `checkpoint/${folder}/${formatStep(step)}`;

/** The checkpoint of a stream; undefined for every other stream. */
export function parseCheckpointStream(stream: string): CheckpointName | undefined {
  const [noun, folder = "", digits = "", ...rest] = stream.split("/");
  if (noun !== "checkpoint" || rest.length > 0 || !folderPattern.test(folder) || !stepPattern.test(digits)) return undefined;
  const step = Number(digits);
  return Number.isSafeInteger(step) && formatStep(step) === digits ? { folder, step } : undefined;
}

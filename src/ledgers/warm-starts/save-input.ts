import { checkKnown, checkSignal } from "../../base/checks.js";
import { InvalidIdError, InvalidOptionError, preview } from "../../base/errors.js";
import { warmStartKinds } from "../../events/warm-start-events.js";
import type { WarmStartKind, WarmStartSeed } from "../../events/warm-start-events.js";
import { Fingerprint } from "./fingerprint.js";
import type { EntryToSave } from "./save-entry.js";

/** What is told of a payload. */
export interface SaveEntryOptions {
  /** What the fit minimises: a finite number. Default: none, which loses to any. */
  readonly objective?: number | undefined;
  /** A whole number from 0 on. */
  readonly iteration?: number | undefined;
  /** Default `"checkpoint"`. */
  readonly kind?: WarmStartKind | undefined;
  /** What the fit had begun from. Sessions tell it by themselves, once. */
  readonly seed?: WarmStartSeed | undefined;
  /** Gives up; what was there before is there still. */
  readonly signal?: AbortSignal | undefined;
}

/** What may follow the payload: options, or, as in the document, objective, iteration and kind. */
export type SaveArguments = readonly [options?: SaveEntryOptions | undefined] | readonly [objective: number | undefined, iteration?: number | undefined, kind?: WarmStartKind | undefined];

/** @throws InvalidOptionError @throws InvalidIdError for the name of a slot */
export function entryToSave(key: unknown, run: unknown, payload: unknown, more: SaveArguments): EntryToSave {
  const [first, iteration, kind] = more;
  const given: SaveEntryOptions = typeof first === "object" && first !== null && more.length === 1 ? first : { objective: first as number | undefined, iteration, kind };
  checkKnown(given, ["objective", "iteration", "kind", "seed", "signal"]);
  checkSignal(given.signal);
  return {
    key: Fingerprint.hexOf("key", key),
    run: run === undefined ? undefined : parseRun(run),
    payload: copiedPayload("payload", payload),
    objective: checkedObjective(given.objective),
    iteration: checkedIteration(given.iteration),
    kind: checkedKind(given.kind ?? "checkpoint"),
    seed: checkedSeed(given.seed),
    signal: given.signal,
  };
}

/** @throws InvalidOptionError */
export function checkPayload(field: string, payload: unknown): asserts payload is Uint8Array {
  if (!(payload instanceof Uint8Array)) throw new InvalidOptionError(field, `must be a Uint8Array, not ${ArrayBuffer.isView(payload) ? `a ${payload.constructor.name}; make one of its buffer` : preview(payload)}`);
}

/** A payload as it is now. @throws InvalidOptionError */
export function copiedPayload(field: string, payload: unknown): Uint8Array {
  checkPayload(field, payload);
  try {
    return new Uint8Array(payload);
  } catch {
    throw new InvalidOptionError(field, "has lost its memory: its buffer was transferred");
  }
}

/** NaN compares with nothing, and an infinite objective would pin whatever has it. @throws InvalidOptionError */
export function checkedObjective(objective: unknown): number | undefined {
  if (objective === undefined || (typeof objective === "number" && Number.isFinite(objective))) return objective;
  throw new InvalidOptionError("objective", `must be a finite number, not ${preview(objective)}`);
}

/** @throws InvalidOptionError */
export function checkedIteration(iteration: unknown): number | undefined {
  if (iteration === undefined || (Number.isSafeInteger(iteration) && (iteration as number) >= 0)) return iteration as number | undefined;
  throw new InvalidOptionError("iteration", `must be a whole number from 0 on, not ${preview(iteration)}`);
}

/** @throws InvalidOptionError */
export function checkedKind(kind: unknown): WarmStartKind {
  const known = warmStartKinds.find((one) => one === kind);
  if (known === undefined) throw new InvalidOptionError("kind", `must be one of ${warmStartKinds.join(", ")}, not ${preview(kind)}`);
  return known;
}

function checkedSeed(seed: unknown): WarmStartSeed | undefined {
  if (seed === undefined) return undefined;
  if (typeof seed !== "object" || seed === null) throw new InvalidOptionError("seed", `must be an object, not ${preview(seed)}`);
  checkKnown(seed, ["key", "run", "source"]);
  const { key, run, source } = seed as Partial<Record<"key" | "run" | "source", unknown>>;
  if (source !== "exact" && source !== "preloaded") throw new InvalidOptionError("seed.source", `must be exact or preloaded, not ${preview(source)}`);
  return { key: Fingerprint.hexOf("seed.key", key), run: parseRun(run), source };
}

/** The name of a slot: it is part of a file's name. @throws InvalidIdError */
export function parseRun(run: unknown): string {
  if (typeof run === "string" && /^[A-Za-z0-9_][A-Za-z0-9_-]{0,127}$/.test(run)) return run;
  throw new InvalidIdError("run id", run, "it must be 1 to 128 ASCII letters, digits, _ and -, not beginning with -");
}

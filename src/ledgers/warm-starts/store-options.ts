import type { ArtifactStore } from "../../artifacts/artifact-store.js";
import { checkKnown, checkObject, checkWhole } from "../../base/checks.js";
import { clockReader, isTimeMs } from "../../base/clock.js";
import type { Clock, ClockOption } from "../../base/clock.js";
import { InvalidOptionError, preview } from "../../base/errors.js";
import type { DaybookOptions } from "../../daybook-options.js";
import { reporter } from "./report.js";
import type { OnWarmStartError, Report } from "./report.js";

/** How a store of warm starts is opened. */
export interface WarmStartStoreOptions {
  /** What all payloads of the root may take together, in bytes, a whole number or Infinity; the oldest go first. Default 1 GiB. */
  readonly sizeBudgetBytes?: number;
  /** How old an entry may get, in milliseconds; 0 or Infinity: any age. Default 30 days. */
  readonly ttlMs?: number;
  /** Where the payloads go. Default: the daybook's root, below `warm-starts/`. */
  readonly artifacts?: ArtifactStore;
  /** How the daybook is opened, when the store is opened from a folder. */
  readonly daybook?: DaybookOptions;
  /** What time it is (ms since 1970, or a Date) when entries are saved and their ages counted; sessions count their limit by it, too. Default: the daybook's clock. */
  readonly clock?: ClockOption;
  /** Told of what went wrong and stopped nothing: bad payloads, files that cannot be deleted. Default: a warning of the process. */
  readonly onError?: OnWarmStartError;
}

/** A store's settings, checked. */
export interface StoreSettings {
  readonly sizeBudgetBytes: number;
  readonly ttlMs: number;
  readonly artifacts: ArtifactStore | undefined;
  readonly clock: Clock | undefined;
  readonly report: Report;
}

const gibibyte = 1024 ** 3;
const dayMs = 86_400_000;

/** @throws InvalidOptionError */
export function resolveStore(options: WarmStartStoreOptions, ownsDaybook: boolean): StoreSettings {
  checkObject(options);
  checkKnown(options, ["sizeBudgetBytes", "ttlMs", "artifacts", "daybook", "clock", "onError"]);
  const { sizeBudgetBytes = gibibyte, ttlMs = 30 * dayMs, artifacts, clock } = options;
  if (sizeBudgetBytes !== Infinity) checkWhole("sizeBudgetBytes", sizeBudgetBytes, 0, Number.MAX_SAFE_INTEGER);
  if (!(typeof ttlMs === "number" && ttlMs >= 0)) throw new InvalidOptionError("ttlMs", `must be a number of milliseconds from 0 on, not ${preview(ttlMs)}`);
  if (options.daybook !== undefined && !ownsDaybook) throw new InvalidOptionError("daybook", "says how a daybook is opened; this one is open");
  const store = artifacts as Partial<ArtifactStore> | null | undefined;
  if (store !== undefined && (store === null || ![store.put, store.get, store.list, store.delete, store.locate].every((method) => typeof method === "function"))) {
    throw new InvalidOptionError("artifacts", "must be an artifact store, with put(), get(), list(), delete() and locate()");
  }
  return { sizeBudgetBytes, ttlMs, artifacts, clock: clock === undefined ? undefined : soundClock(clock, "a time, in milliseconds since 1970", isTimeMs), report: reporter(options.onError) };
}

/** A clock that shows no time would make every age a NaN, and nothing would ever expire or be due. @throws InvalidOptionError for what is no clock, and when it is read and shows none */
export function soundClock(clock: unknown, what: string, isSound: (reading: unknown) => reading is number): Clock {
  const read = clockReader(clock);
  if (read === undefined) throw new InvalidOptionError("clock", `must be a function that gives ${what}, or an object with such a now, not ${preview(clock)}`);
  return () => {
    const now = read();
    if (!isSound(now)) throw new InvalidOptionError("clock", `must give ${what}, and gave ${preview(now)}`);
    return now;
  };
}

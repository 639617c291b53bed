import type { ArtifactStore } from "../../artifacts/artifact-store.js";
import type { Clock } from "../../base/clock.js";
import { LogReadOnlyError } from "../../base/errors.js";
import type { Daybook } from "../../daybook.js";
import type { LedgerHost } from "../ledger-host.js";
import type { Report } from "./report.js";

/** What the parts of a store of warm starts share. */
export interface WarmStartContext {
  readonly book: Daybook;
  readonly host: LedgerHost;
  readonly artifacts: ArtifactStore;
  /** Milliseconds since 1970: what ages are counted to. */
  readonly clock: Clock;
  /** The clock is not the daybook's: events tell what it showed. */
  readonly ownClock: boolean;
  readonly sizeBudgetBytes: number;
  readonly ttlMs: number;
  readonly report: Report;
  /** How many saves have succeeded. */
  saves: number;
}

/** @throws LogReadOnlyError */
export function assertWritable({ host }: WarmStartContext): void {
  if (host.past) throw new LogReadOnlyError("This daybook stands as of a moment that is past; nothing is saved into it, or given up");
  if (host.readOnly) throw new LogReadOnlyError();
}

/** By what entries are given up now. */
export const policyNow = ({ clock, ttlMs, sizeBudgetBytes }: WarmStartContext): { readonly nowMs: number; readonly ttlMs: number; readonly budgetBytes: number } => ({ nowMs: clock(), ttlMs, budgetBytes: sizeBudgetBytes });

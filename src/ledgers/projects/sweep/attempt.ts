import { isDaybookError } from "../../../base/errors.js";
import { runAddress } from "../../../events/names.js";
import { Status } from "../../../events/status.js";
import type { RunRecord } from "../../runs/run-record.js";
import type { RunScope, Session } from "../session.js";

/** What became of one try at a set: run and DONE, DONE already, failed, or left because somebody else holds it (or has taken it over). */
export type Attempted =
  | { readonly kind: "ran" | "done"; readonly record: RunRecord }
  | { readonly kind: "failed"; readonly error: unknown; readonly attempt: number }
  | { readonly kind: "live" };

/** What an attempt is told. */
export interface AttemptScope {
  /** The set's place in the sweep, from 0. */
  readonly index: number;
  /** The sweep is to stop. */
  readonly signal: AbortSignal;
  /** To be called once the run is held. */
  readonly began: () => void;
}

/**
 * Tries a set once, and records how it ended. It throws where that is not the set's own doing: when it was stopped, or when the daybook
 * cannot be written.
 */
export type Attempt = (session: Session, scope: AttemptScope) => Promise<Attempted>;

/** What work on a set gets besides its session. */
export interface SweepScope extends RunScope {
  /** The set's place in the sweep, from 0. */
  readonly index: number;
}

/** Work on one set; its parameters are in `session.params`. What it gives is not kept. */
export type SweepWork = (session: Session, scope: SweepScope) => unknown;

/** An attempt that calls a function under the run's lease. */
export function attemptByCalling(work: SweepWork, beatWithinMs: number | undefined): Attempt {
  return async (session, { index, signal, began }) => {
    const thrown: { error: unknown; attempt: number }[] = [];
    try {
      const { ran, record } = await session.run(
        async (held, scope) => {
          began();
          try {
            await work(held, { ...scope, index });
          } catch (error) {
            thrown.push({ error, attempt: scope.attempt });
            throw error;
          }
        },
        { ifLive: "skip", ifDone: "reuse", signal, ...(beatWithinMs === undefined ? {} : { beatWithinMs }) },
      );
      if (ran) return judge(record);
      return record.status === Status.DONE ? { kind: "done", record } : { kind: "live" };
    } catch (error) {
      if (tookOver(session, error)) return { kind: "live" };
      const [own] = thrown;
      // Anything else is not the work's doing, but the daybook's.
      if (signal.aborted || own === undefined || own.error !== error) throw error;
      return { kind: "failed", ...own };
    }
  };
}

/** Work that has come to its end may have judged itself. */
export function judge(record: RunRecord): Attempted {
  if (record.status === Status.DONE) return { kind: "ran", record };
  return { kind: "failed", error: record.error ?? new Error(`The run was left as ${record.status}`), attempt: record.attempts.at(-1)?.attempt ?? 1 };
}

/** True when the run's lease was lost to somebody else. */
export const tookOver = ({ identifier, relpath, uid }: Session, error: unknown): boolean =>
  isDaybookError(error, "LEASE_LOST") && (error as { readonly run?: unknown }).run === runAddress(identifier, relpath, uid);

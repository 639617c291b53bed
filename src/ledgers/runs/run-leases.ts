import { Status } from "../../events/status.js";
import type { Rows } from "../../projections/projection.js";
import { runIndexProjection } from "../../projections/views/run-index.js";
import type { RunRow } from "../../projections/views/run-row.js";
import { runsProjection } from "../../projections/views/runs.js";
import { only } from "../ledger-host.js";
import type { LedgerHost } from "../ledger-host.js";
import { decideBeat, decideEnd, decideReport, holdsRun, isLatest, requireLatest, requireRun, streamOf } from "./decide-runs.js";
import type { RunReference } from "./run-commands.js";
import { resolveReport } from "./run-input.js";
import type { RunPatch } from "./run-input.js";
import { RunLease } from "./run-lease.js";
import type { LeaseStanding } from "./run-lease.js";

/** The runs that this process holds, and what is reported in their name: a report never passes for that of a later attempt. */
export class RunLeases {
  /** By stream. A lease that was lost stays, so that whoever goes on in its name is told. */
  readonly #leases = new Map<string, RunLease>();

  constructor(readonly host: LedgerHost) {}

  /** The lease that this process has, or had and lost, on a run. */
  get(row: RunRow): RunLease | undefined {
    return this.#leases.get(streamOf(row));
  }

  /** Stops the beats of all. */
  abandon(reason: Error): void {
    for (const lease of this.#leases.values()) lease.abandon(reason);
  }

  /**
   * Appends what a report says, unless the attempt that it speaks for (the one it names, else that of the lease) was followed by another
   * one; DONE and ERROR end the lease of that attempt. @throws LeaseLostError
   */
  async report(reference: RunReference, patch: RunPatch, leaseOn: (row: RunRow) => RunLease | undefined, signal?: AbortSignal): Promise<void> {
    const ends = patch.status === Status.DONE || patch.status === Status.ERROR;
    const { result: lease } = await this.host.transact(
      [runsProjection, runIndexProjection],
      (states) => {
        const row = requireRun(states, reference);
        const events = decideReport(row, patch);
        const lease = leaseOn(row);
        if (lease === undefined || events.length === 0 || (patch.attempt ?? lease.attempt) !== lease.attempt) return { events, result: undefined };
        requireLatest(row, lease.attempt);
        // Before the status: who sees DONE sees a run that nobody holds. Another report of ours may have ended it a moment ago.
        const ending = ends && holdsRun(row, lease.attempt) ? [decideEnd(row, lease.attempt, {})] : [];
        return { events: [...ending, ...events], result: lease };
      },
      signal === undefined ? {} : { signal },
    );
    if (ends) lease?.release();
  }

  /** The lease of an attempt that has just begun. */
  hold(row: RunRow, attempt: number, folder: string, beatWithinMs: number): RunLease {
    const { identifier, relpath, uid } = row;
    const stream = streamOf(row);
    const current = (states: { readonly runs: Rows<RunRow> }): RunRow | undefined => states.runs.get(stream);
    const lease: RunLease = new RunLease(identifier, relpath, uid, attempt, folder, beatWithinMs, {
      beat: async (withinMs) => {
        const decided = await this.host.transact<readonly [typeof runsProjection], LeaseStanding>(
          [runsProjection],
          (states) => {
            const event = decideBeat(current(states), attempt, withinMs);
            if (event !== undefined) return { events: [event], result: "held" };
            return { events: [], result: isLatest(current(states), attempt) ? "ended" : "lost" };
          },
          // A lost heartbeat costs nothing; a sync for each would cost everybody.
          { durability: "os" },
        );
        return decided.result;
      },
      // In the name of this attempt, whoever holds the run by now.
      log: (report) => this.report({ identifier, uid, relpath }, resolveReport(report), () => lease),
      end: async (ending, report) => {
        const patch = resolveReport(report);
        await this.host.transact([runsProjection], (states) => {
          const row = current(states);
          // Ended by a report of ours that is still under way: that is what was asked for.
          const ended = isLatest(row, attempt) && !holdsRun(row, attempt) ? [] : [decideEnd(row, attempt, ending)];
          return only(row === undefined ? ended : [...ended, ...decideReport(row, patch)]);
        });
      },
      over: () => {
        if (this.#leases.get(stream) === lease) this.#leases.delete(stream);
      },
    });
    this.#leases.set(stream, lease);
    return lease;
  }
}

import { setTimeout as pause } from "node:timers/promises";
import { ChangeSignal } from "../../base/change-signal.js";
import type { Daybook } from "../../daybook.js";
import { runStream } from "../../events/names.js";
import type { RunName } from "../../events/names.js";
import type { Rows } from "../../projections/projection.js";
import type { RunRow } from "../../projections/views/run-row.js";
import { runsProjection } from "../../projections/views/runs.js";
import { judgeLiveness } from "../runs/liveness.js";
import { observerHere } from "../runs/process-identity.js";

/** A process that fell silent, or that was killed, tells nobody: it is looked for this often. */
const pollMs = 250;
/** On a log that many write to, notices come by the hundreds. */
const restMs = 20;

/**
 * Resolves once no live process holds the run: when the log says so, or when its holder is found to be gone.
 * @throws LogClosedError when the daybook is closed meanwhile, the signal's reason when that aborts, and what reading throws
 */
export async function untilNotLive(book: Daybook, run: RunName, signal: AbortSignal | undefined): Promise<void> {
  await untilSomeNotLive(book, [run], signal);
}

/**
 * Resolves once no live process holds one of these runs, with all of which that is so.
 * @throws LogClosedError when the daybook is closed meanwhile, the signal's reason when that aborts, and what reading throws
 */
export async function untilSomeNotLive<Run extends RunName>(book: Daybook, runs: readonly Run[], signal: AbortSignal | undefined): Promise<ReadonlySet<Run>> {
  book.log.assertOpen();
  const changes = new ChangeSignal();
  const raise = (): void => changes.raise();
  // Before the first look: what is appended between looking and waiting raises the signal.
  const unwatch = book.core.backend.watch(raise);
  const stayOpen = book.onClose(raise);
  signal?.addEventListener("abort", raise);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const found = await notLiveAmong(book, runs);
      if (found.size > 0) return found;
      await pause(restMs);
      await changes.wait(pollMs - restMs);
    }
  } finally {
    signal?.removeEventListener("abort", raise);
    stayOpen();
    unwatch();
  }
}

/** Those of the runs that no live process holds now: one look at the log for all of them. */
export async function notLiveAmong<Run extends RunName>(book: Daybook, runs: readonly Run[]): Promise<ReadonlySet<Run>> {
  const { host } = book.runs;
  const rows = (await host.query(runsProjection)).state as Rows<RunRow>;
  const observer = observerHere(host.clock());
  return new Set(
    runs.filter(({ identifier, relpath, uid }) => {
      const row = rows.get(runStream(identifier, relpath, uid));
      return row === undefined || judgeLiveness(row, observer) !== "live";
    }),
  );
}

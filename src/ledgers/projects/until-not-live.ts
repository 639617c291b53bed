import { setTimeout as pause } from "node:timers/promises";
import { ChangeSignal } from "../../base/change-signal.js";
import type { Daybook } from "../../daybook.js";
import type { RunName } from "../../events/names.js";

/** A process that fell silent, or that was killed, tells nobody: it is looked for this often. */
const pollMs = 250;
/** On a log that many write to, notices come by the hundreds. */
const restMs = 20;

/**
 * Resolves once no live process holds the run: when the log says so, or when its holder is found to be gone.
 * @throws LogClosedError when the daybook is closed meanwhile, the signal's reason when that aborts, and what reading throws
 */
export async function untilNotLive(book: Daybook, { identifier, uid, relpath }: RunName, signal: AbortSignal | undefined): Promise<void> {
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
      const record = await book.runs.getRecord(identifier, uid, { relpath });
      if (record?.liveness !== "live") return;
      await pause(restMs);
      await changes.wait(pollMs - restMs);
    }
  } finally {
    signal?.removeEventListener("abort", raise);
    stayOpen();
    unwatch();
  }
}

import type { LogBackend, LogVerification, VerifyOptions } from "../log/port.js";
import type { ProjectionEngine } from "../projections/engine.js";

/** What `verify` found. */
export type Verification = LogVerification;
export type { VerifyOptions };

/**
 * Checks the log, and says of the snapshots which do not belong to it. Those are no faults: they are ignored, and rebuilt
 * from the log.
 */
export async function verify(backend: LogBackend, engine: ProjectionEngine, options: VerifyOptions = {}): Promise<Verification> {
  const found = await backend.verify(options);
  // A damaged log cannot tell whether a snapshot fits.
  const unusable = found.ok ? await engine.unusableSnapshots(options.full) : [];
  return { ...found, notes: [...found.notes, ...unusable.map((problem) => `${problem}; it is ignored, and the view is folded from the log`)] };
}

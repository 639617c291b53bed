import { isDaybookError } from "./base/errors.js";
import type { LogCorruptError } from "./base/errors.js";
import type { ResolvedOptions } from "./daybook-options.js";
import type { EngineCore } from "./engine-core.js";
import { openPast } from "./replay/as-of.js";
import type { Moment } from "./replay/moment.js";

/** The moment as of which a daybook stands. */
export interface AsOf {
  /** The last event's seq; 0: before the first one. */
  readonly seq: number;
  /** The time that was asked for, else that of the last event (ISO 8601); undefined for seq 0. What is judged by a clock, such as liveness, is judged as of then. */
  readonly time: string | undefined;
}

/** What a daybook as of a moment is made of. Its log stands on that of `core`, which has to stay open. @throws MomentAheadError @throws InvalidOptionError @throws LogCorruptError */
export async function pastOf(core: EngineCore, options: ResolvedOptions, moment: Moment): Promise<{ readonly core: EngineCore; readonly options: ResolvedOptions; readonly asOf: AsOf }> {
  const past = await openPast(core, moment, options.clock).catch((error: unknown) => {
    // What would be there is damaged, not yet to come.
    throw isDaybookError(error, "MOMENT_AHEAD") ? (core.damage() ?? error) : error;
  });
  const { backend, engine, seq, time } = past;
  // Damage behind that moment does not concern it; a time means all there was, and some of that may be lost.
  const damage = (): LogCorruptError | undefined => {
    const found = core.damage();
    return found === undefined || (typeof moment === "number" && found.seq > seq) ? undefined : found;
  };
  const clock = time === undefined ? options.clock : () => Date.parse(time);
  return {
    core: { ...core, backend, engine, damage, release: () => Promise.resolve(engine.close()) },
    options: { ...options, readOnly: true, materialize: undefined, clock },
    asOf: { seq, time },
  };
}

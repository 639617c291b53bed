import type { Form } from "../suite.js";

/** How an endurance run goes. Times in milliseconds. */
export interface Plan {
  readonly loadMs: number;
  readonly warmUpMs: number;
  /** How much after warm-up is compared with as much at the end; 0 where a run is too short to compare anything. */
  readonly windowMs: number;
  readonly sampleMs: number;
  /** Small, so that rotation and sealing happen all the time. */
  readonly segmentBytes: number;
  /** Appends per second of each appender. */
  readonly rate: number;
  /** From one piece of run work of a process to its next. */
  readonly runEveryMs: number;
  readonly listEveryMs: number;
  readonly verifyEveryMs: number;
  readonly openEveryMs: number;
  readonly visitEveryMs: number;
}

/** Sets how many appends per second each appender makes. */
export const rateVariable = "DAYBOOK_ENDURANCE_RATE";

const ci: Plan = {
  loadMs: 95_000,
  warmUpMs: 25_000,
  windowMs: 25_000,
  sampleMs: 1000,
  segmentBytes: 16 * 1024,
  rate: 8,
  runEveryMs: 2000,
  listEveryMs: 1000,
  verifyEveryMs: 10_000,
  openEveryMs: 1500,
  visitEveryMs: 8000,
};

const plans: { readonly [F in Form]: Plan } = {
  ci,
  long: {
    ...ci,
    loadMs: 3_600_000,
    warmUpMs: 300_000,
    windowMs: 600_000,
    sampleMs: 10_000,
    segmentBytes: 128 * 1024,
    runEveryMs: 5000,
    listEveryMs: 2000,
    verifyEveryMs: 60_000,
    openEveryMs: 4000,
    visitEveryMs: 20_000,
  },
  // As fast as it goes: what a missing lock breaks, it breaks soon.
  sabotage: { ...ci, loadMs: 4000, warmUpMs: 0, windowMs: 0, segmentBytes: 8192, rate: 400, runEveryMs: 50, listEveryMs: 250, verifyEveryMs: 1500, openEveryMs: 100, visitEveryMs: 1000 },
};

/** @throws Error for a rate that is none */
export function planFor(form: Form, env: NodeJS.ProcessEnv): Plan {
  const rate = env[rateVariable];
  if (rate === undefined || rate === "") return plans[form];
  if (!(Number(rate) > 0)) throw new Error(`${rateVariable} must be appends per second, not ${rate}`);
  return { ...plans[form], rate: Number(rate) };
}

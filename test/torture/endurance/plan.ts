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
/** Sets how long the load lasts; warm-up and what is compared are as large a part of it as ever. */
export const minutesVariable = "DAYBOOK_ENDURANCE_MINUTES";

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

/** @throws Error for a variable that is no number above 0 */
export function planFor(form: Form, env: NodeJS.ProcessEnv): Plan {
  const plan = plans[form];
  const minutes = positive(env, minutesVariable);
  const scale = minutes === undefined ? 1 : (minutes * 60_000) / plan.loadMs;
  const ms = (time: number): number => Math.round(time * scale);
  // A short load needs samples more often; a window of fewer than ten says little.
  const sampleMs = plan.windowMs === 0 ? plan.sampleMs : Math.min(plan.sampleMs, Math.ceil(ms(plan.windowMs) / 10));
  return { ...plan, sampleMs, loadMs: ms(plan.loadMs), warmUpMs: ms(plan.warmUpMs), windowMs: ms(plan.windowMs), rate: positive(env, rateVariable) ?? plan.rate };
}

function positive(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  if (!(Number(text) > 0)) throw new Error(`${name} must be a number above 0, not ${text}`);
  return Number(text);
}

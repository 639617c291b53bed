/** What every torture suite is: a name, what it can be cut down to, and a run that counts what it tried and lists what it found. */

/** Safeguards that can be switched off, one at a time, to show which suites notice. */
export const sabotages = ["lock", "sync", "hash-check", "sync-rule", "folder-sync", "quarantine", "input-check"] as const;
export type Sabotage = (typeof sabotages)[number];

/** `ci`: minutes for all suites together. `long`: by hand, hours. `sabotage`: only as much as makes the sabotage show. */
export type Form = "ci" | "long" | "sabotage";

/** What a suite is given. */
export interface TortureContext {
  readonly form: Form;
  /** All randomness of a suite comes from this. */
  readonly seed: number;
  /** The safeguard that is off in this run; a suite may cut itself down to what can notice it. */
  readonly sabotage: Sabotage | undefined;
  /** How far the suite is; `total` 0 where that is not known. */
  progress(done: number, total: number, what: string): void;
}

/** Something that must not happen and did. `where` is enough to repeat it (seed, step, path). */
export interface TortureFailure {
  readonly where: string;
  readonly problem: string;
}

/** What a suite tried and found. */
export interface SuiteReport {
  /** What was tried, in words, and how often: `{ "kills at instrumented points": 300 }`. */
  readonly tried: Readonly<Record<string, number>>;
  /** Measured facts that the report shows: `{ "resident memory, MB, after warm-up": "81" }`. */
  readonly facts?: Readonly<Record<string, string>>;
  readonly failures: readonly TortureFailure[];
}

/** One kind of torture. */
export interface TortureSuite {
  readonly name: string;
  /** What is promised, in one sentence; goes into docs/reliability.md. */
  readonly promise: string;
  /** How it is tested, in a few sentences; goes into docs/reliability.md. */
  readonly method: string;
  /** What it does not cover; goes into docs/reliability.md. */
  readonly gaps: readonly string[];
  /** Sabotages that this suite must notice. */
  readonly notices: readonly Sabotage[];
  run(context: TortureContext): Promise<SuiteReport>;
}

import { DaybookError } from "../../../src/base/errors.js";
import type { Daybook } from "../../../src/daybook.js";
import type { JsonObject } from "../../format/independent-files.js";

/** What became of an append with a mark. */
export interface Outcome {
  readonly mark: number;
  readonly events: number;
  /** `acknowledged`, or the code of the error. */
  readonly result: string;
}

const writeCodes: ReadonlySet<string> = new Set(["WRITE_FAILED", "SYNC_FAILED", "READ_FAILED"]);

/** The work of one process: everything that it asks for, and what it was told. */
export class Session {
  readonly outcomes: Outcome[] = [];
  readonly problems: string[] = [];
  /** Everything that was rejected, and how. */
  readonly refusals: string[] = [];
  /** The codes of everything that was rejected. */
  readonly codes = new Set<string>();
  book: Daybook | undefined;
  #mark: number;

  /** Marks count from there. */
  constructor(firstMark: number) {
    this.#mark = firstMark;
  }

  get refused(): number {
    return this.refusals.length;
  }

  get syncFailed(): boolean {
    return this.codes.has("SYNC_FAILED");
  }

  /** Anything that appends nothing. */
  async ask<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#note(what, error);
      return undefined;
    }
  }

  /** An append of events that carry the mark. */
  async append<T>(what: string, events: number, work: (mark: number) => Promise<T>): Promise<T | undefined> {
    this.#mark += 1;
    return this.again(what, this.#mark, events, work);
  }

  /** An append under a mark that was used before. */
  async again<T>(what: string, mark: number, events: number, work: (mark: number) => Promise<T>): Promise<T | undefined> {
    try {
      const value = await work(mark);
      this.outcomes.push({ mark, events, result: "acknowledged" });
      return value;
    } catch (error) {
      this.outcomes.push({ mark, events, result: this.#note(what, error) });
      return undefined;
    }
  }

  get lastMark(): number {
    return this.#mark;
  }

  #note(what: string, error: unknown): string {
    const told = `${what} rejects with ${error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error)}`;
    this.refusals.push(error instanceof Error && error.cause instanceof Error ? `${told}, because of ${error.cause.stack ?? error.cause.message}` : told);
    if (error instanceof DaybookError && writeCodes.has(error.code)) {
      this.codes.add(error.code);
      return error.code;
    }
    this.problems.push(told);
    return "another error";
  }
}

/** How many events with each mark a log has. */
export function marksIn(events: readonly JsonObject[]): Map<number, number> {
  const marks = new Map<number, number>();
  for (const { data } of events as readonly { readonly data: { readonly mark?: number; readonly params?: { readonly mark?: number }; readonly note?: string } }[]) {
    const noted = /^mark ([0-9]+)$/.exec(data.note ?? "")?.[1];
    const mark = data.mark ?? data.params?.mark ?? (noted === undefined ? undefined : Number(noted));
    if (mark !== undefined) marks.set(mark, (marks.get(mark) ?? 0) + 1);
  }
  return marks;
}

/** Holds what callers were told against what the log has. */
export function problemsOfOutcomes(outcomes: readonly Outcome[], events: readonly JsonObject[]): string[] {
  const marks = marksIn(events);
  const problems: string[] = [];
  for (const mark of new Set(outcomes.map((outcome) => outcome.mark))) {
    const told = outcomes.filter((outcome) => outcome.mark === mark);
    const results = told.map(({ result }) => result);
    const whole = told[0]?.events ?? 0;
    const found = marks.get(mark) ?? 0;
    const acknowledged = results.includes("acknowledged");
    const mayBeThere = results.includes("SYNC_FAILED");
    if (acknowledged ? found !== whole : found !== 0 && !(mayBeThere && found === whole)) problems.push(`mark ${mark} (${results.join(", ")}) has ${found} of ${whole} events in the log`);
  }
  return problems;
}

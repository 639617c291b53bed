import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDaybook } from "../../../src/index.js";
import { CrashChecker } from "./checker.js";
import { usualShape } from "./entries.js";
import type { Entry } from "./entries.js";
import type { KillPlan } from "./kill-switch.js";
import type { Matrix } from "./matrix.js";
import type { Scenario } from "./scenarios.js";
import type { SeededRandom } from "./seeded-random.js";
import type { Tally } from "./tally.js";
import { runWriter } from "./writer-process.js";
import type { WriterEnd } from "./writer-process.js";
import type { WriterTask } from "./writer.js";

/** One folder and the crashes that it goes through, each writer taking up what the one before has left. */
export interface ChainOptions {
  readonly name: string;
  readonly scenario: Scenario;
  readonly matrix: Matrix;
  readonly random: SeededRandom;
  readonly tally: Tally;
  readonly crashes: number;
  /** The share of crashes in which several writers run at once. */
  readonly several: number;
  /** Called after each crash. False ends the chain. */
  readonly onCrash: () => boolean;
}

/** Enough for every point that a counting run of three rounds has seen. */
const roundsToPoint = 6;

export async function runChain(options: ChainOptions): Promise<void> {
  const root = join(mkdtempSync(join(tmpdir(), "daybook-crash-")), "book");
  try {
    await new Chain(root, options).run();
  } finally {
    rmSync(join(root, ".."), { recursive: true, force: true });
  }
}

class Chain {
  readonly #checker: CrashChecker;
  #writers = 0;
  #repeat: readonly Entry[] = [];

  constructor(
    readonly root: string,
    readonly options: ChainOptions,
  ) {
    this.#checker = new CrashChecker(root);
  }

  async run(): Promise<void> {
    const { random, crashes, onCrash, tally, name } = this.options;
    let sound = true;
    for (let crash = 0; crash < crashes && sound; crash += 1) {
      const { what, killed } = await this.#crash(crash === 0);
      sound = this.#check(`${name}, crash ${crash + 1}: ${what}`);
      if (sound && random.below(10) === 0) sound = await this.#openWithEngine(`${name}, behind crash ${crash + 1}`);
      if (killed && !onCrash()) break;
    }
    if (sound) await this.#openWithEngine(`${name}, at the end`);
    tally.count("folders");
  }

  async #crash(fresh: boolean): Promise<{ readonly what: string; readonly killed: boolean }> {
    const { random, scenario, several } = this.options;
    const chance = random.next();
    if (!fresh && chance < several) return this.#several();
    if (!fresh && chance < several + 0.1) {
      const delay = random.next() * (scenario === "ledger" ? 150 : 50);
      const end = await this.#write({ rounds: 10_000 }, delay);
      return this.#judged(end, "at a random time", `killed from outside ${delay.toFixed(1)} ms after opening`);
    }
    const kill = this.#plan(fresh);
    return this.#judged(await this.#write({ rounds: roundsToPoint, kill }), kill.kind, JSON.stringify(kill));
  }

  /** A point of the matrix for what the folder is like now; torn tails are made oftener than their share. */
  #plan(fresh: boolean): KillPlan {
    const { random, matrix, scenario } = this.options;
    const part = random.next();
    const { torn } = this.#checker;
    if (!fresh && !torn && random.below(10) < 3) return { kind: "write a segment", ordinal: 1 + random.below(6), phase: "partly", part };
    const { kind, ordinal, phase } = matrix.next(scenario, fresh ? "fresh" : torn ? "torn" : "whole");
    return { kind, ordinal, phase, part };
  }

  /** Two or three writers at once; one is killed, the others go on. */
  async #several(): Promise<{ readonly what: string; readonly killed: boolean }> {
    const { random } = this.options;
    const outside = random.below(2) === 0;
    const kill = outside ? undefined : this.#plan(false);
    const delay = random.next() * 60;
    const repeat = this.#repeat;
    const victim = this.#write(kill === undefined ? { rounds: 10_000 } : { rounds: roundsToPoint, kill }, outside ? delay : undefined);
    const others = Array.from({ length: 1 + random.below(2) }, () => this.#write({ rounds: 2 }));
    this.#repeat = repeat;
    const ends = await Promise.all([victim, ...others]);
    for (const other of ends.slice(1)) if (other.kind !== "done") this.#judged(other, "", "one of several, not the one to be killed");
    const what = kill === undefined ? `one of several killed from outside ${delay.toFixed(1)} ms after opening` : `one of several: ${JSON.stringify(kill)}`;
    return this.#judged(await victim, "one of several writers", what);
  }

  async #write(task: Pick<WriterTask, "rounds"> & { readonly kill?: KillPlan }, killAfterMs?: number): Promise<WriterEnd> {
    this.#writers += 1;
    const { scenario } = this.options;
    const end = await runWriter({ root: this.root, scenario, writer: `w${this.#writers}`, repeat: this.#repeat, ...task }, this.#checker, killAfterMs);
    const last = Math.max(0, ...end.entries.filter(({ writer }) => writer === end.task.writer).map(({ number }) => number));
    // The last one that was acknowledged, and one that may be in the log or not: its writer did not live to hear of it.
    if (scenario === "mixed") this.#repeat = [last, last + 1].filter((number) => number > 0).map((number) => ({ writer: end.task.writer, number, shape: usualShape(number) }));
    return end;
  }

  #judged(end: WriterEnd, kind: string, what: string): { readonly what: string; readonly killed: boolean } {
    const { tally, name } = this.options;
    switch (end.kind) {
      case "failed":
        tally.fail(`${name}, ${what}`, [`${end.task.writer} failed: ${end.errors.trim().slice(0, 1500)}`]);
        return { what, killed: false };
      case "done":
        tally.count("writers that were done before their point");
        return { what, killed: false };
      case "killed":
        tally.count("crashes");
        tally.count(`killed: ${kind}`);
        return { what, killed: true };
    }
  }

  #check(where: string): boolean {
    const problems = this.#checker.check();
    this.options.tally.count("checks without the library");
    this.options.tally.fail(where, problems);
    return problems.length === 0;
  }

  /** The library opens what the crashes have left, finds nothing wrong, and goes on. */
  async #openWithEngine(where: string): Promise<boolean> {
    const problems: string[] = [];
    try {
      await using book = await openDaybook(this.root, { participantId: "judge", segmentBytes: 4096 });
      const before = await book.verify({ full: true });
      await book.log.append({ stream: "judge", type: "judgement.passed", data: { events: before.events } });
      const { faults } = await book.verify({ full: true });
      problems.push(...[...before.faults, ...faults].map((fault) => `verify: ${fault.message} (${fault.segment} at byte ${fault.offset})`));
    } catch (error) {
      problems.push(`the library: ${String(error)}`);
    }
    this.options.tally.count("openings with the library");
    this.options.tally.fail(where, problems);
    return this.#check(where) && problems.length === 0;
  }
}

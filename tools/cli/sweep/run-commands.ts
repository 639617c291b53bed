import type { Daybook } from "../../../src/index.js";
import { Project } from "../../../src/projects.js";
import type { Sweep, SweepProgress, SweepReport, SweepRunOptions } from "../../../src/projects.js";
import type { SettledSet } from "../../../src/ledgers/projects/sweep/run-sweep.js";
import { say } from "../output.js";
import { clean } from "../text.js";
import { attemptByCommand } from "./attempt-command.js";
import { RunningCommands } from "./running-commands.js";
import { sweepOutput } from "./sweep-output.js";
import { Interrupted, SweepSignals } from "./sweep-signals.js";
import { saySummary, showCounts } from "./sweep-summary.js";
import type { SweepPlace } from "./sweep-summary.js";
import { stderrLog } from "./sweep-text.js";

/** A sweep of commands. */
export interface CommandSweep {
  readonly book: Daybook;
  readonly place: SweepPlace;
  readonly sweep: Sweep;
  readonly template: readonly string[];
  readonly settings: Pick<SweepRunOptions, "concurrency" | "retries" | "metric" | "goal">;
  readonly tags: readonly string[];
  readonly json: boolean;
}

/** A report, or the exit code of a sweep that was stopped by a signal. */
export type CommandSweepEnd = { readonly report: SweepReport } | { readonly report?: undefined; readonly exitCode: number };

/** Runs a command for every set; shows how far it is, and how it came out. @throws what `RunnableSweep.run` throws, but for a stop by a signal */
export async function runCommands({ book, place, sweep, template, settings, tags, json }: CommandSweep): Promise<CommandSweepEnd> {
  const output = await sweepOutput(sweep.length, settings.metric, json);
  const tell = (line: string): void => output.say(line);
  const commands = new RunningCommands((problem) => tell(`daybook: warning: ${clean(problem)}`));
  const signals = new SweepSignals(commands, tell);
  let latest: SweepProgress | undefined;
  let failedLog: string | undefined;
  const onSettled = (set: SettledSet): Promise<void> => {
    if (set.how.kind === "failed") failedLog ??= stderrLog(set.session, set.how.attempt);
    return output.settled(set);
  };
  try {
    const project = await Project.open(book, { relpath: place.relpath });
    const runnable = project.sweep(place.identifier, sweep, { tags });
    const onProgress = (progress: SweepProgress): void => output.progress((latest = progress));
    const report = await runnable.runBy(attemptByCommand(book, template, commands, tell), { ...settings, onProgress, signal: signals.stopped }, onSettled);
    output.stop();
    await saySummary(place, report, settings.metric, failedLog);
    return { report };
  } catch (error) {
    output.stop();
    if (!(error instanceof Interrupted)) throw error;
    say(`daybook: ${error.message}${latest === undefined ? "" : `: ${showCounts(latest)}`}; the same command again goes on from here`);
    return { exitCode: error.exitCode };
  } finally {
    output.stop();
    signals.close();
    commands.close();
  }
}

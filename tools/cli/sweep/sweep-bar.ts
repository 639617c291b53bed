import type { SweepProgress } from "../../../src/projects.js";
import { say } from "../output.js";
import { clean, duration, showRounded } from "../text.js";
import { showRate } from "./sweep-text.js";

/** A bar on the terminal's stderr. */
export interface SweepBar {
  update(progress: SweepProgress): void;
  /** A line above the bar. */
  say(line: string): void;
  stop(): void;
}

/** Sets done, rate, remaining time, and the best so far. */
export async function sweepBar(total: number, metric: string | undefined): Promise<SweepBar> {
  const { SingleBar } = await import("cli-progress");
  const single = new SingleBar({
    format: "[{bar}] {value}/{total}{rest}",
    barsize: 20,
    hideCursor: true,
    clearOnComplete: true,
    // Its signal handlers would be in the way of ours.
    gracefulExit: false,
    stream: process.stderr,
  });
  let rest = "";
  let value = 0;
  let active = false;
  const show = (): void => {
    if (!active) single.start(total, value, { rest });
    active = true;
    single.update(value, { rest });
  };
  const stop = (): void => {
    if (active) single.stop();
    active = false;
  };
  // Ctrl-C: the cursor has to come back.
  process.once("exit", stop);
  return {
    update: (progress) => {
      value = progress.done;
      rest = restOf(progress, metric);
      show();
    },
    say: (line) => {
      const was = active;
      stop();
      say(line);
      if (was) show();
    },
    stop,
  };
}

function restOf({ running, elsewhere, failed, retried, ratePerSecond, remainingMs, best }: SweepProgress, metric: string | undefined): string {
  const parts = [
    `${running} running${elsewhere > 0 ? `, ${elsewhere} elsewhere` : ""}`,
    failed > 0 ? `${failed} failed` : "",
    retried > 0 ? `${retried} retried` : "",
    ratePerSecond > 0 ? showRate(ratePerSecond) : "",
    remainingMs === undefined ? "" : `${duration(remainingMs)} left`,
    best === undefined || metric === undefined ? "" : `best ${clean(metric)}=${showRounded(best.value)} (${best.uid})`,
  ];
  return parts.filter((part) => part !== "").map((part) => ` | ${part}`).join("");
}

import { bytes as showBytes, counted, duration } from "./text.js";
import { say } from "./output.js";

/** Says how far long work is. */
export interface Progress {
  update(done: number, total: number): void;
  /** Takes the bar away. Twice is once. */
  stop(): void;
}

/** What is counted. */
export type Unit = "bytes" | "events" | "runs";

/** After so long a time a log file gets a line about it, too. */
const worthALineMs = 3000;

/** A bar on stderr with rate and remaining time if that is a terminal; otherwise one line at the end of long work. */
export async function startProgress(what: string, unit: Unit): Promise<Progress> {
  return process.stderr.isTTY ? bar(what, unit) : quiet(what, unit);
}

async function bar(what: string, unit: Unit): Promise<Progress> {
  const { SingleBar } = await import("cli-progress");
  const amount = (count: number): string => (unit === "bytes" ? showBytes(count) : count.toLocaleString("en-US"));
  let first: { readonly at: number; readonly done: number } | undefined;
  const single = new SingleBar({
    format: `${what} [{bar}] {percentage}% | {value} of {total} | {rate}/s | {left}`,
    formatValue: (value, _options, type) => (type === "value" || type === "total" ? `${amount(value)}${unit !== "bytes" && type === "total" ? ` ${unit}` : ""}` : String(value)),
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    // Its signal handlers would be in the way of ours.
    gracefulExit: false,
    stream: process.stderr,
  });
  let active = false;
  const stop = (): void => {
    if (active) single.stop();
    active = false;
  };
  // Ctrl-C: the cursor has to come back.
  process.once("exit", stop);
  return {
    update: (done, total) => {
      // Since the first report: what came before it was other work.
      first ??= { at: performance.now(), done };
      const perMs = (done - first.done) / Math.max(1, performance.now() - first.at);
      // Nothing is known from one report.
      const payload = perMs > 0 ? { rate: amount(Math.round(perMs * 1000)), left: `${remaining(Math.max(0, total - done) / perMs)} left` } : { rate: "-", left: "" };
      if (!active) single.start(total, done, payload);
      active = true;
      single.setTotal(total);
      single.update(done, payload);
    },
    stop,
  };
}

/** Whole seconds: parts of them would only flicker. */
function remaining(ms: number): string {
  return ms < 60_000 ? `${Math.ceil(ms / 1000)} s` : duration(ms);
}

function quiet(what: string, unit: Unit): Progress {
  let started: number | undefined;
  let last = 0;
  let stopped = false;
  return {
    update: (done) => {
      started ??= performance.now();
      last = done;
    },
    stop: () => {
      const took = performance.now() - (started ?? Infinity);
      if (!stopped && took > worthALineMs) say(`daybook: ${what.toLowerCase()}: ${unit === "bytes" ? showBytes(last) : counted(last, unit.slice(0, -1))} in ${duration(took)}`);
      stopped = true;
    },
  };
}

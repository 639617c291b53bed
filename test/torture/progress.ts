import { duration } from "../../tools/cli/text.js";

/** Says how far a suite is. */
export interface SuiteProgress {
  update(done: number, total: number, what: string): void;
  stop(): void;
}

/** Where stderr is no terminal, a line this often. */
const lineEveryMs = 15_000;

/** A bar on a terminal, now and then a line elsewhere. */
export async function startProgress(title: string): Promise<SuiteProgress> {
  return process.stderr.isTTY ? bar(title) : lines(title);
}

async function bar(title: string): Promise<SuiteProgress> {
  const { SingleBar } = await import("cli-progress");
  const single = new SingleBar({
    format: `${title} [{bar}] {percentage}% | {value} of {total} | {duration_formatted} | {what}`,
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false,
    stream: process.stderr,
  });
  single.start(1, 0, { what: "starting" });
  let active = true;
  const stop = (): void => {
    if (active) single.stop();
    active = false;
  };
  // Ctrl-C: the cursor has to come back.
  process.once("exit", stop);
  return {
    update: (done, total, what) => {
      if (!active) return;
      single.setTotal(Math.max(total, done, 1));
      single.update(done, { what: what.slice(0, 60) });
    },
    stop,
  };
}

function lines(title: string): SuiteProgress {
  const started = performance.now();
  let last = started;
  process.stderr.write(`${title}\n`);
  return {
    update: (done, total, what) => {
      const now = performance.now();
      if (now - last < lineEveryMs) return;
      last = now;
      process.stderr.write(`${title}: ${done}${total > 0 ? ` of ${total}` : ""}, ${what} (${duration(now - started)})\n`);
    },
    stop: () => undefined,
  };
}

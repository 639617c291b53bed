/** Progress while training: bars on stderr when it is a terminal, otherwise plain lines there. */
import { MultiBar, type SingleBar } from "cli-progress";

/** Where the demo's own lines and the workers' progress go; `say` does not tear the bars. */
export interface Progress {
  readonly say: (line: string) => void;
  readonly update: (worker: string, uid: string, epoch: number, epochs: number, loss?: number) => void;
  /** Takes a worker's bar away. */
  readonly remove: (worker: string) => void;
  readonly stop: () => void;
}

function plainLines(): Progress {
  return {
    say: (line) => console.log(line),
    update: (worker, uid, epoch, epochs, loss) => {
      if (loss !== undefined) console.error(`  ${worker}  run ${uid}  epoch ${epoch}/${epochs}  loss ${loss.toFixed(4)}`);
    },
    remove: () => undefined,
    stop: () => undefined,
  };
}

function bars(): Progress {
  const format = "  {worker}  run {uid} [{bar}] {value}/{total} epochs  loss {loss}";
  // gracefulExit would add signal handlers of its own; the demo has one that also ends the workers.
  const all = new MultiBar({ format, barsize: 24, clearOnComplete: true, hideCursor: true, gracefulExit: false, stream: process.stderr });
  const byWorker = new Map<string, SingleBar>();
  return {
    // Lines meant for a file or a pipe belong there; on a terminal they go above the bars.
    say: (line) => (process.stdout.isTTY && byWorker.size > 0 ? all.log(`${line}\n`) : console.log(line)),
    update: (worker, uid, epoch, epochs, loss) => {
      const bar = byWorker.get(worker) ?? all.create(epochs, 0, { worker, uid, loss: "-" });
      byWorker.set(worker, bar);
      bar.setTotal(epochs);
      bar.update(epoch, { worker, uid, loss: loss?.toFixed(4) ?? "-" });
    },
    remove: (worker) => {
      const bar = byWorker.get(worker);
      if (bar !== undefined) all.remove(bar);
      byWorker.delete(worker);
    },
    stop: () => all.stop(),
  };
}

/** Bars for a person who watches, lines for a log. */
export function createProgress(): Progress {
  return process.stderr.isTTY ? bars() : plainLines();
}

/**
 * Training with several workers, one of which is killed in the middle of its epochs on purpose. Its run is then lost, and a
 * replacement takes it up again.
 */
import type { Project } from "../../src/projects.js";
import { IDENTIFIER } from "./grid.js";
import { ending, startWorker } from "./processes.js";
import type { Progress } from "./progress.js";
import type { News } from "./train-grid.js";

const WORKERS = 2;

/** Runs workers until all have gone through the grid. Rejects when one ends by itself with anything but success. */
export async function trainAll(project: Project, progress: Progress): Promise<void> {
  const { say } = progress;
  /** The last that was heard from each worker at work; nothing from one that has just been started. */
  const heard = new Map<string, News | undefined>();
  let victim: string | undefined;
  let started = 0;

  /**
   * Whether to kill this worker now: it is in the middle of its epochs, and every other worker is already further down the
   * grid. As each goes through the grid once, forwards, none of them can take the lost run up before it has been shown.
   */
  const isVictim = (name: string, { epoch, epochs, index }: News): boolean =>
    victim === undefined && epoch >= epochs / 3 && epoch <= (epochs * 3) / 4 && [...heard].every(([other, news]) => other === name || (news?.index ?? -1) > index);

  const show = (name: string, { uid, attempt, epoch, epochs, trainLoss, heldOutAccuracy }: News): void => {
    if (heldOutAccuracy !== undefined) return say(`${name} finished run ${uid}: held-out accuracy ${heldOutAccuracy.toFixed(4)}`);
    if (epoch === 0) say(attempt === 1 ? `${name} starts run ${uid}` : `${name} takes up run ${uid} again, attempt ${attempt}`);
    progress.update(name, uid, epoch, epochs, trainLoss);
  };

  /** Reads from the ledger, not from the exit code, what became of the killed worker's run. */
  const inspect = async (pid: number | undefined): Promise<void> => {
    const [lost] = await project.book.runs.list({ where: ({ identifier, liveness, attempts }) => identifier === IDENTIFIER && liveness === "lost" && attempts.at(-1)?.pid === pid });
    if (lost !== undefined) return say(`the ledger on run ${lost.uid}: status ${lost.status} (as recorded), liveness ${lost.liveness} (derived: its process is gone)`);
    say("the signal came too late, its run had ended; another one gets its chance");
    victim = undefined;
  };

  const work = async (): Promise<void> => {
    const name = `worker-${++started}`;
    const child = startWorker(project.root, name);
    heard.set(name, undefined);
    child.on("message", (message) => {
      const news = message as News;
      heard.set(name, news);
      show(name, news);
      if (!isVictim(name, news)) return;
      victim = name;
      child.kill("SIGKILL");
      say(`${name} (pid ${child.pid}) gets SIGKILL at epoch ${news.epoch} of ${news.epochs} of run ${news.uid}`);
    });
    const end = await ending(child);
    heard.delete(name);
    progress.remove(name);
    if (victim === name) {
      await inspect(child.pid);
      await work();
    } else if (end.code !== 0) throw new Error(`${name} ended with ${end.signal ?? `exit code ${end.code}`}`);
  };

  const ends = await Promise.allSettled(Array.from({ length: WORKERS }, work));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  if (victim === undefined) say("no worker could be killed in the middle of a run this time: too little was left to train");
}

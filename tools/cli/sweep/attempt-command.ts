import type { ChildProcess } from "node:child_process";
import type { Daybook, RunLease } from "../../../src/index.js";
import { judge, tookOver } from "../../../src/ledgers/projects/sweep/attempt.js";
import type { Attempt } from "../../../src/ledgers/projects/sweep/attempt.js";
import { CliFault } from "../errors.js";
import { trackAttempt } from "../run/tracked-run.js";
import { fillCommand } from "./placeholders.js";
import type { RunningCommands } from "./running-commands.js";

/** An attempt that runs a command, as `daybook run` does, its output kept in the run's folder only. */
export function attemptByCommand(book: Daybook, template: readonly string[], commands: RunningCommands, tell: (line: string) => void): Attempt {
  return async (session, { signal, began }) => {
    const { identifier, uid, relpath, params, storage } = session;
    const command = fillCommand(template, params);
    const { lease, because, record } = await book.runs.tryStart(identifier, uid, { relpath, command, cwd: process.cwd(), signal });
    if (lease === undefined) return because === "done" ? { kind: "done", record } : { kind: "live" };
    began();
    if (signal.aborted) {
      await lease.end({ status: "ERROR", error: "stopped before the command began" });
      signal.throwIfAborted();
    }
    const keeper = { attach: (child: ChildProcess) => keep(child, lease, commands) };
    const { failure, notStarted, problem } = await trackAttempt(book, lease, { identifier, uid, relpath, params, storage }, { command, tags: [], note: undefined }, { keeper, apart: true, shown: undefined, tell });
    if (problem !== undefined) {
      if (tookOver(session, problem)) return { kind: "live" };
      throw problem;
    }
    if (failure === undefined) return judge(await session.record());
    // What no set can run is the command line's fault, not this set's.
    if (notStarted && command[0] === template[0]) throw new CliFault("COMMAND_NOT_STARTED", failure);
    // It was told to end, and did.
    signal.throwIfAborted();
    return { kind: "failed", error: new Error(failure), attempt: lease.attempt };
  };
}

/** Whoever has taken the run up is to have its folder to himself. */
function keep(child: ChildProcess, lease: RunLease, commands: RunningCommands): void {
  commands.attach(child);
  const onLost = (): void => {
    if (!lease.ended) commands.end(child);
  };
  lease.signal.addEventListener("abort", onLost);
  child.once("exit", () => lease.signal.removeEventListener("abort", onLost));
}

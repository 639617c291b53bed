import { isOver } from "./call-core.js";
import { resolveCall } from "./call-options.js";
import type { CallOptions } from "./call-options.js";
import type { OperationSession } from "./operation-session.js";
import type { WorkerSlot } from "./running-workers.js";
import { SpawnedCall, workOn } from "./spawned-call.js";
import type { WorkerHost, WorkerTask } from "./workers/worker-host.js";

/** A spawned call whose work is a process. Its start and its exit are in the log. @throws InvalidOptionError */
export function spawnWorker<T>(session: OperationSession, task: WorkerTask<T>, options: CallOptions<T>): SpawnedCall<T> {
  const core = session.newCall(task.kind, callOf(options, task.description));
  const worker: WorkerSlot = {};
  const named = { session: session.session, call: core.callId };
  const host: WorkerHost = {
    callId: core.callId,
    get signal() {
      return core.signal;
    },
    async workerStarted(process) {
      worker.current = process;
      const { pid, processStart, command } = process;
      await session.send({ kind: "worker-started", ...named, pid, processStart, command: loggedCommand(command) });
    },
    async workerExited({ pid, exitCode, signal }) {
      try {
        await session.send({ kind: "worker-exited", ...named, pid, ...(exitCode === undefined ? {} : { exitCode }), ...(signal === undefined ? {} : { signal }) });
      } catch (error) {
        if (!isOver(error)) throw error;
      }
    },
    callbackFailed: (error, callback) => void session.guarded.report(error, { callback, callId: core.callId }),
  };
  const call = new SpawnedCall(core, worker);
  void workOn(core, () => session.workers.add(task.work(host), worker), task.signal);
  return call;
}

/** How much of a command the log has, in characters. */
const longestCommand = 16 * 1024;

/** A command as the log has it: an event takes no line of any length. */
function loggedCommand(command: readonly string[]): string[] {
  let room = longestCommand;
  const kept = command.map((word) => {
    const shown = word.length <= room ? word : `${word.slice(0, room)}…`.toWellFormed();
    room = Math.max(0, room - word.length - 1);
    return shown;
  });
  // Words that are left out altogether would be a list of marks.
  const last = kept.findIndex((word, index) => word !== command[index]);
  return last < 0 ? kept : kept.slice(0, last + 1);
}

/** What of a worker's options is about its call. @throws InvalidOptionError */
export function callOf<T>({ description, failOnCrash, callback }: CallOptions<T>, otherwise: string): ReturnType<typeof resolveCall<T>> {
  return resolveCall<T>({ description: description ?? otherwise, ...(failOnCrash === undefined ? {} : { failOnCrash }), ...(callback === undefined ? {} : { callback }) });
}
